namespace NativeRnn.Cli.Verification;

/// <summary>What came of one file.</summary>
/// <param name="File">The path.</param>
/// <param name="Failures">One line each; none: it passed.</param>
internal sealed record CaseResult(string File, IReadOnlyList<string> Failures)
{
    public bool Passed => Failures.Count == 0;
}
