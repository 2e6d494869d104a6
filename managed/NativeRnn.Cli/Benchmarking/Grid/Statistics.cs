namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>What verdicts are made of.</summary>
internal static class Statistics
{
    /// <summary>The n-th root of the product of n ratios.</summary>
    public static double GeometricMean(IReadOnlyCollection<double> ratios) =>
        ratios.Count > 0 ? Math.Exp(ratios.Average(Math.Log)) : throw new ArgumentException("there is no mean of nothing", nameof(ratios));

    /// <summary>By how much the largest of some times exceeds the smallest: 0 when all are the same.</summary>
    public static double Spread(IReadOnlyCollection<double> times) => times.Max() / times.Min() - 1;
}
