namespace NativeRnn.Cli.Benchmarking;

/// <summary>Training on one backend.</summary>
/// <param name="Backend">The backend's name.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Step">One step.</param>
internal sealed record TrainingResult(string Backend, int Threads, Measurement Step)
{
    /// <summary>The most memory that a process which did nothing but train ever held.</summary>
    public long PeakMemory { get; init; }

    public double CharactersPerSecond => TrainingCase.Generated.TokensPerStep / Step.Seconds;
}
