using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>Measures whole training on all backends, in rounds like <see cref="LayerBenchmark"/>, then its memory.</summary>
internal static class TrainingBenchmark
{
    /// <summary>One result per backend.</summary>
    public static IReadOnlyList<TrainingResult> Measure(BenchBackends backends, BenchSettings settings)
    {
        var results = MeasureSpeed(backends, settings);
        return [.. results.Select(result => result with { PeakMemory = Memory(result) })];

        long Memory(TrainingResult result) =>
            TrainingMemory.Measure(new BackendOptions { Name = result.Backend, Threads = result.Threads, Isa = settings.Isa }, settings.MemorySteps);
    }

    private static TrainingResult[] MeasureSpeed(BenchBackends backends, BenchSettings settings)
    {
        var works = new List<TrainingWork>();
        try
        {
            foreach (var backend in backends.All)
                works.Add(new TrainingWork(backend.Backend, TrainingCase.Generated));
            works.ForEach(work => work.Run(settings.WarmUp));
            TrainingResult[] results = [.. backends.All.Select(backend =>
                new TrainingResult(backend.Name, backend.Threads, new Measurement(TrainingCase.Generated.FlopsPerStep)))];
            for (var round = 0; round < BenchSettings.FewestRounds; round++) // long ones, so few do
            {
                for (var i = 0; i < results.Length; i++)
                {
                    var peak = backends.All[i].Peak(settings.Slice);
                    results[i].Step.Add(works[i].Run(settings.TrainingSlice), peak);
                }
            }
            return results;
        }
        finally
        {
            works.ForEach(work => work.Dispose());
        }
    }
}
