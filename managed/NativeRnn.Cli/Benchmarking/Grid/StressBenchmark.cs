using NativeRnn.Backends;
using NativeRnn.Machine;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>Measures LSTM layers where threads have to wait for a processor, and over long sequences.</summary>
internal static class StressBenchmark
{
    /// <summary>The name of the condition that more threads are asked for than there are processors.</summary>
    public const string Oversubscribed = "more threads than processors";

    /// <summary>The name of the condition that another process keeps a processor busy.</summary>
    public const string Beside = "beside a busy process";

    /// <summary>The layer whose steps must take the same time however many they are.</summary>
    public static LayerSize LongLayer { get; } = new(T: 0, B: 8, I: 128, H: 128);

    /// <summary>Each size with twice as many threads as processors, and on two threads beside a busy process.</summary>
    public static IReadOnlyList<StressResult> Measure(GridBackends backends, QuietTurns turns, GridSettings settings)
    {
        using var crowded = GridBackends.Create(settings.Isa, 2 * MachineInfo.Read().UsableProcessors).Backend;
        return
        [
            .. settings.Sizes.Select(size => Measure(Oversubscribed, size, backends, crowded, busy: false, turns, settings)),
            .. settings.Sizes.Select(size => Measure(Beside, size, backends, backends.All[^1].Backend, busy: true, turns, settings)),
        ];
    }

    /// <summary>Seconds per step of a layer over sequences of different lengths, on one thread.</summary>
    public static IReadOnlyList<(int T, double Seconds)> MeasureLengths(GridBackends backends, QuietTurns turns, GridSettings settings)
    {
        var seconds = settings.Lengths.ToDictionary(T => T, _ => new Measurement(flops: 0));
        for (var round = 0; round < settings.Rounds; round++)
        {
            foreach (var (T, times) in seconds)
            {
                using var work = new LayerWork(backends.One.Backend, (LongLayer with { T = T }).With(CellKind.Lstm));
                times.Add(turns.Take(backends.One, () => GridBenchmark.TimeWarm(settings.Slice, work.Run) / T));
            }
        }
        return [.. seconds.Select(length => (length.Key, length.Value.Seconds))];
    }

    private static StressResult Measure(
        string condition, LayerSize size, GridBackends backends, IBackend stressed, bool busy, QuietTurns turns,
        GridSettings settings)
    {
        var shape = size.With(CellKind.Lstm);
        using LayerWork one = new(backends.One.Backend, shape), work = new(stressed, shape);
        var result = new StressResult(condition, size, stressed.Threads, new(one.Flops), new(one.Flops));
        for (var round = 0; round < settings.Rounds; round++)
        {
            result.OneThread.Add(turns.Take(backends.One, () => GridBenchmark.TimeWarm(settings.Slice, one.Run)));
            result.Stressed.Add(turns.Take(backends.All[^1], () =>
            {
                using var process = busy ? new BusyProcess() : null;
                return GridBenchmark.TimeWarm(settings.Slice, work.Run);
            }));
        }
        return result;
    }
}
