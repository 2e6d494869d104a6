using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.TestHost;
using NativeRnn.Tests.Models;
using NativeRnn.Training;

namespace NativeRnn.Tests.Training;

/// <summary>A run that was stopped and resumed ends with the bits of one that was not, whatever its model.</summary>
public sealed class ModelResumeTests : IDisposable
{
    private readonly string _folder = Fixture.Folder(textLength: 3_000);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(ModelVariants.All), MemberType = typeof(ModelVariants))]
    public void A_stopped_run_goes_on_to_the_same_bits(string variant, CellKind cell) => RequireSameBits(ModelVariants.Assignments(variant, cell));

    [Theory]
    [InlineData("input_dropout=0.2", "layer_dropout=0.3", "output_dropout=0.2")]
    [InlineData("input_dropout=0.2", "layer_dropout=0.3", "output_dropout=0.2", "variational=true")]
    [InlineData("recurrent_dropout=0.3")]
    [InlineData("embedding_dropout=0.2")]
    [InlineData("weight_drop=0.3", "activation_penalty=2", "temporal_penalty=1")]
    public void So_does_one_that_draws_masks(params string[] regularization) =>
        RequireSameBits([.. regularization.Select(assignment => $"training.regularization.{assignment}")]);

    private void RequireSameBits(string[] assignments)
    {
        var recipe = RecipeFile.Parse(Fixture.Recipe, "the fixture", assignments);
        using var backend = Backend.Create(new BackendOptions { Threads = 2 });
        var whole = Train(recipe, "whole", backend, stopAt: null);
        Assert.Null(Train(recipe, "parts", backend, stopAt: 9));
        Assert.Equal(whole, Train(recipe, "parts", backend, stopAt: null));
        using var loaded = LanguageModel.Load(Path.Combine(_folder, "parts", RunFolder.BestName), backend);
        Assert.Equal(recipe.CreateModelOptions(), loaded.Options);
        Assert.Equal(20, loaded.Generate("the ", 20).Length);
    }

    /// <summary>The parameters at the end; null where the run was stopped before.</summary>
    private float[]? Train(Recipe recipe, string name, IBackend backend, long? stopAt)
    {
        var (text, folder) = (Path.Combine(_folder, "text.txt"), Path.Combine(_folder, name));
        using var run = Directory.Exists(folder) ? TrainingRun.Resume(recipe, text, folder, backend) : TrainingRun.Start(recipe, text, folder, backend);
        using var stop = new CancellationTokenSource();
        run.Trainer.Reported += report =>
        {
            if (report.Step >= stopAt)
                stop.Cancel();
        };
        try
        {
            run.Fit(stop.Token);
            return run.Model.Parameters.Values.ToArray();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
