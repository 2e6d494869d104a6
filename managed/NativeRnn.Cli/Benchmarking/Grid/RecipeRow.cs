namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>A recipe in training on some threads: ours and PyTorch's.</summary>
/// <param name="Recipe">The recipe's name.</param>
/// <param name="Threads">The threads that both may use.</param>
/// <param name="TokensPerStep">Characters or words that one step learns from.</param>
/// <param name="Ours">One step of the native backend.</param>
internal sealed record RecipeRow(string Recipe, int Threads, int TokensPerStep, Measurement Ours)
{
    /// <summary>One step of PyTorch at its best setting; null where it has no figure.</summary>
    public PeerResult? Theirs { get; set; }

    /// <summary>How many times as long as we PyTorch takes; null where it has no figure.</summary>
    public double? Ratio => Theirs?.Time.Seconds / Ours.Seconds;

    /// <summary>Characters or words per second.</summary>
    public double TokensPerSecond(Measurement step) => TokensPerStep / step.Seconds;
}
