using static System.FormattableString;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>One line of what must be reached, and whether it is.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Subject">Of which cell, recipe or condition.</param>
/// <param name="Threads">On how many threads.</param>
/// <param name="Required">What must be reached.</param>
/// <param name="Reached">What was reached; null where it was not measured.</param>
/// <param name="Detail">Where the figure comes from, or why there is none.</param>
internal sealed record Verdict(string What, string Subject, int Threads, double Required, double? Reached, string Detail)
{
    /// <summary>Whether less is better.</summary>
    public bool AtMost { get; init; }

    /// <summary>What the figures are counted in: "%" stands for hundredths, "×" for ratios.</summary>
    public string Unit { get; init; } = "×";

    /// <summary>Whether it holds; null where it was not measured.</summary>
    public bool? Holds => Reached is { } reached ? AtMost ? reached <= Required : reached >= Required : null;

    /// <summary>By how much of the requirement it misses: 0 where it holds or was not measured.</summary>
    public double Miss => Holds == false ? Math.Abs(Reached!.Value / Required - 1) : 0;

    /// <summary>The verdict in words.</summary>
    public string Text => Holds switch
    {
        true => "holds",
        false => Invariant($"misses by {Miss * 100:F1} %"),
        null => "not measured",
    };

    /// <summary>What must be reached, in words.</summary>
    public string RequiredText => (AtMost ? "≤ " : "≥ ") + Figure(Required);

    /// <summary>What was reached, in words.</summary>
    public string ReachedText => Reached is { } reached ? Figure(reached) : "-";

    /// <summary>How many of the lines hold, and what is to be said of the others.</summary>
    public static string Summary(IReadOnlyList<Verdict> all)
    {
        var (held, open) = (all.Count(verdict => verdict.Holds == true), all.Count(verdict => verdict.Holds is null));
        var worst = all.MaxBy(verdict => verdict.Miss);
        var misses = all.Count - held - open == 0 ? "" : Invariant($", the largest miss is {worst!.Miss * 100:F1} %");
        return $"{held} of {all.Count} lines hold, {open} not measured{misses}.";
    }

    private string Figure(double value) => Unit switch
    {
        "%" => Invariant($"{value * 100:F1} %"),
        "×" => Invariant($"{value:F2} ×"),
        _ => Invariant($"{value:F0} {Unit}"),
    };
}
