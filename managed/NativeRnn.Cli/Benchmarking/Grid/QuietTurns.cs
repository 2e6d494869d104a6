namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>
/// Repeats what was measured while the machine had something else to do. The processors of a virtual machine are shared with others, and two of
/// them may be one core's threads for a second: a turn counts only if the FMA peak right before and right after it was near the
/// highest of the run. The same holds for ours and the peers'.
/// </summary>
internal sealed class QuietTurns
{
    private const double LeastShare = 0.9; // of the highest peak on as many threads
    private const int MostTries = 10, FirstLooks = 20;
    private const double Pause = 0.02;

    private readonly double _slice;
    private readonly Dictionary<int, double> _highest = [];

    /// <summary>Looks for the highest peak of each backend.</summary>
    public QuietTurns(GridBackends backends, double slice)
    {
        _slice = slice;
        foreach (var backend in backends.All)
        {
            for (var look = 0; look < FirstLooks; look++)
            {
                Peak(backend);
                Thread.Sleep(TimeSpan.FromSeconds(Pause));
            }
        }
    }

    /// <summary>Turns that were taken again.</summary>
    public int Repeated { get; private set; }

    /// <summary>Turns that counted although the machine was not quiet in any try.</summary>
    public int Disturbed { get; private set; }

    /// <summary>The seconds that <paramref name="turn"/> returns, and the peak of as many threads beside it.</summary>
    public (double Seconds, double Peak) Take(BenchBackend backend, Func<double> turn)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = Peak(backend);
            var seconds = turn();
            var after = Peak(backend);
            var quiet = Math.Min(before, after) >= LeastShare * _highest[backend.Threads];
            if (quiet || attempt == MostTries)
            {
                Disturbed += quiet ? 0 : 1;
                return (seconds, (before + after) / 2);
            }
            Repeated++;
        }
    }

    private double Peak(BenchBackend backend)
    {
        var peak = backend.Peak(_slice);
        _highest[backend.Threads] = Math.Max(peak, _highest.GetValueOrDefault(backend.Threads));
        return peak;
    }
}
