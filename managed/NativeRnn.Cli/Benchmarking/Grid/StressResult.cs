namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>A layer under conditions that must not make it slow.</summary>
/// <param name="Condition">What was done to it.</param>
/// <param name="Size">The LSTM layer.</param>
/// <param name="Threads">The threads under the condition.</param>
/// <param name="OneThread">One thread, undisturbed, in the same rounds.</param>
/// <param name="Stressed">Under the condition.</param>
internal sealed record StressResult(string Condition, LayerSize Size, int Threads, Measurement OneThread, Measurement Stressed)
{
    /// <summary>How many times as long it takes.</summary>
    public double Ratio => Stressed.Seconds / OneThread.Seconds;
}
