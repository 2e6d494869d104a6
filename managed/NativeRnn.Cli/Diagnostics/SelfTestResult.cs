namespace NativeRnn.Cli.Diagnostics;

/// <summary>How the native backend compares with the managed one on one instruction set.</summary>
/// <param name="Isa">The instruction set.</param>
/// <param name="Arrays">Results that were compared.</param>
/// <param name="LargestError">The largest difference, relative to max(1, the largest magnitude of its array); not finite where a result is not.</param>
/// <param name="Where">The array with that difference, and its shapes.</param>
/// <param name="Failure">What is wrong, in words; empty if the test passed.</param>
internal sealed record SelfTestResult(string Isa, int Arrays, double LargestError, string Where, string Failure)
{
    public bool Passed => Failure.Length == 0;
}
