using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Cli.Display;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Training;

namespace NativeRnn.TestHost;

/// <summary>
/// Counts what the steps 10 to 110 of a run in a folder allocate, with a report, a line of metrics and a line of progress at every step: managed
/// memory of all threads, and allocations of the native library.
/// </summary>
public static class AllocationCheck
{
    private const int First = 10, Last = 110;

    private static readonly string[] Regularizers =
    [
        "input_dropout=0.1", "layer_dropout=0.1", "output_dropout=0.1", "recurrent_dropout=0.1", "embedding_dropout=0.1", "weight_drop=0.1",
        "activation_penalty=1", "temporal_penalty=1",
    ];

    /// <summary>Whether nothing was allocated by dense updates, by those of a few rows, and with everything that regularizes; the counts go to <paramref name="log"/>.</summary>
    public static bool Run(TextWriter log)
    {
        string[][] runs =
        [
            [],
            ["training.batch=2", "training.bptt=5", "training.optimizer.kind=sgd", "training.reduction=sum"],
            [.. Regularizers.Select(setting => $"training.regularization.{setting}")],
        ];
        return runs.Select(overrides => Run(log, overrides)).ToArray().All(nothing => nothing);
    }

    private static bool Run(TextWriter log, string[] overrides)
    {
        var fixture = Fixture.Folder(textLength: 40_000);
        try
        {
            using var backend = Backend.Create(new BackendOptions { Threads = 2 });
            var recipe = RecipeFile.Read(Path.Combine(fixture, "recipe.json"), ["training.report_every=1", "training.checkpoint_every=100000", .. overrides]);
            using var run = TrainingRun.Start(recipe, Path.Combine(fixture, "text.txt"), Path.Combine(fixture, "run"), backend);
            run.Trainer.Profile = new StepProfile();
            using var progress = new PlainProgress();
            run.Trainer.Reported += report => progress.Show(report);
            long managedBefore = 0, managed = -1, nativeBefore = 0, native = -1;
            run.Trainer.Reported += report =>
            {
                if (report.Step == First - 1)
                    _ = NativeBackend.Allocations; // the first call of a native function allocates
                else if (report.Step == First)
                    (managedBefore, nativeBefore) = (GC.GetTotalAllocatedBytes(true), NativeBackend.Allocations);
                else if (report.Step == Last)
                    (managed, native) = (GC.GetTotalAllocatedBytes(true) - managedBefore, NativeBackend.Allocations - nativeBefore);
            };
            run.Fit();
            log.WriteLine($"steps {First} to {Last}: {managed} managed bytes, {native} native allocations");
            return managed == 0 && native == 0;
        }
        finally
        {
            Directory.Delete(fixture, recursive: true);
        }
    }
}
