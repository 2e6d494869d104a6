using System.Diagnostics;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>One piece of work over the rounds of a benchmark: its time, and the FMA peak that was measured beside it.</summary>
/// <param name="flops">Floating-point operations of one run.</param>
internal sealed class Measurement(double flops)
{
    private readonly List<double> _seconds = [], _peaks = [];

    /// <summary>Seconds of one run, round by round.</summary>
    public IReadOnlyList<double> Rounds => _seconds;

    /// <summary>Median of the rounds.</summary>
    public double Seconds => Median(_seconds);

    /// <summary>Billions of floating-point operations per second.</summary>
    public double Gflops => flops / Seconds / 1e9;

    /// <summary>Median of the peaks of the same rounds, in GFLOP/s.</summary>
    public double Peak => Median(_peaks);

    /// <summary>How much of the peak was reached.</summary>
    public double Share => Gflops / Peak;

    /// <summary>Takes the figures of one round.</summary>
    public void Add(double seconds, double peak)
    {
        _seconds.Add(seconds);
        _peaks.Add(peak);
    }

    /// <inheritdoc cref="Add(double, double)"/>
    public void Add((double Seconds, double Peak) turn) => Add(turn.Seconds, turn.Peak);

    /// <summary>The value in the middle; of an even number, the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException("there is no median of nothing", nameof(values));
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Seconds of one run: the mean over as many as begin within <paramref name="slice"/> seconds, at least one.</summary>
    public static double Time(double slice, Action run)
    {
        var clock = Stopwatch.StartNew();
        var runs = 0;
        do
        {
            run();
            runs++;
        }
        while (clock.Elapsed.TotalSeconds < slice);
        return clock.Elapsed.TotalSeconds / runs;
    }
}
