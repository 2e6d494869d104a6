using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>
/// Measures one layer on all backends. Within each round every backend has its turn: FMA peak, forward, forward and backward; so a
/// drifting clock touches all alike.
/// </summary>
internal static class LayerBenchmark
{
    /// <summary>Runs every backend until the compiler is done with it.</summary>
    public static void WarmUp(BenchBackends backends, BenchSettings settings)
    {
        foreach (var backend in backends.All)
        {
            using var work = new LayerWork(backend.Backend, new RecurrentShape(CellKind.Lstm, 20, 8, 64, 64));
            Measurement.Time(settings.WarmUp, work.Run);
        }
    }

    /// <summary>One result per backend.</summary>
    public static IReadOnlyList<LayerResult> Measure(RecurrentShape shape, BenchBackends backends, BenchSettings settings)
    {
        var works = new List<LayerWork>();
        try
        {
            foreach (var backend in backends.All)
                works.Add(new LayerWork(backend.Backend, shape));
            works.ForEach(work => work.Run()); // touches the memory
            LayerResult[] results = [.. backends.All.Select((backend, i) => new LayerResult(
                shape, backend.Name, backend.Threads, new Measurement(works[i].ForwardFlops), new Measurement(works[i].Flops)))];
            for (var round = 0; round < settings.Rounds; round++)
            {
                for (var i = 0; i < results.Length; i++)
                {
                    if (round < settings.RoundsOf(results[i].Backend))
                        Measure(backends.All[i], works[i], results[i], settings.Slice);
                }
            }
            return results;
        }
        finally
        {
            works.ForEach(work => work.Dispose());
        }
    }

    private static void Measure(BenchBackend backend, LayerWork work, LayerResult result, double slice)
    {
        var peak = backend.Peak(slice);
        result.Forward.Add(Measurement.Time(slice, work.Forward), peak);
        result.Both.Add(Measurement.Time(slice, work.Run), peak);
    }
}
