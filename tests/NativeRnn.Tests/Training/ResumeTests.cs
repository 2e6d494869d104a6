using NativeRnn.Backends;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.TestHost;
using NativeRnn.Training;

namespace NativeRnn.Tests.Training;

/// <summary>A run that is stopped and resumed ends with the bits of one that was not, whatever it is trained with.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int StepsPerEpoch = 17, StopAt = 60; // in the middle of the fourth epoch

    /// <summary>Every optimizer with all that it can keep, and settings that have a state or depend on the step.</summary>
    private static readonly Dictionary<string, string[]> Runs = new()
    {
        ["sgd"] = ["momentum=0.9", "nesterov=true", "learning_rate=0.1"],
        ["adagrad"] = ["learning_rate_decay=0.01", "initial_accumulator=0.1"],
        ["adadelta"] = ["learning_rate=1"],
        ["rmsprop"] = ["momentum=0.5", "centered=true"],
        ["adam"] = ["amsgrad=true"],
        ["adamw"] = [],
        ["nadam"] = [],
        ["adamax"] = [],
        ["nt_asgd"] = ["non_monotone=1", "learning_rate=0.1", "weight_decay=20.5"], // the parameters grow by 5 % a step: losses rise, and it averages
    };

    private readonly string _folder = Fixture.Folder(textLength: 2_500);
    private readonly IBackend _backend = Backend.Create(new BackendOptions { Threads = 2 });

    public static TheoryData<string> Optimizers => [.. Runs.Keys];

    public void Dispose()
    {
        _backend.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Every_optimizer_is_resumed() =>
        Assert.Equal(RecipeFields.Find(RecipeFields.KindPath) is RecipeField.Choice kinds ? kinds.Choices.Order() : [], Runs.Keys.Order());

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_resumed_run_has_the_bits_of_a_whole_one(string kind)
    {
        var recipe = Recipe(kind);
        using (var whole = TrainingRun.Start(recipe, Text, Of("whole"), _backend))
        {
            whole.Fit();
            if (whole.Optimizer is AveragedSgd averaged)
                Assert.InRange(averaged.AveragedAfter ?? 0, 1, StopAt); // the average is part of what is resumed
        }
        Interrupt(recipe, "stopped");
        using (var resumed = TrainingRun.Resume(recipe, Text, Of("stopped"), _backend))
        {
            Assert.Equal(StopAt, resumed.Optimizer.Steps);
            resumed.Fit();
        }
        foreach (var file in new[] { RunFolder.LastName, RunFolder.BestName })
            Assert.Equal(Tensors(Path.Combine(Of("whole"), file)), Tensors(Path.Combine(Of("stopped"), file)));
    }

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_checkpoint_of_another_optimizer_is_refused_by_name(string kind)
    {
        Interrupt(Recipe(kind), "run");
        var other = kind == "adam" ? "sgd" : "adam";
        var path = Path.Combine(Of("run"), RunFolder.LastName);

        var error = Assert.Throws<CheckpointException>(() => TrainingRun.Resume(Recipe(other), Text, Of("run"), _backend));
        Assert.Contains("was trained with another training.optimizer.kind", error.Message, StringComparison.Ordinal);

        // What a program gets that restores a trainer of its own.
        var recipe = Recipe(other);
        using var model = recipe.CreateModel(recipe.LoadCorpus(Text).Vocabulary, _backend);
        using var optimizer = recipe.CreateOptimizer();
        using var trainer = new Trainer(model, optimizer, recipe.CreateTrainingOptions());
        error = Assert.Throws<CheckpointException>(() => TrainingCheckpoint.Restore(trainer, StepsPerEpoch, path, SafetensorsFile.Read(path)));
        Assert.Contains($"was trained with \"{kind}\", this run uses \"{other}\"", error.Message, StringComparison.Ordinal);
    }

    private string Text => Path.Combine(_folder, "text.txt");

    private string Of(string run) => Path.Combine(_folder, run);

    private Recipe Recipe(string kind)
    {
        var json = File.ReadAllText(Path.Combine(_folder, "recipe.json"));
        string[] settings = [$"kind={kind}", .. Runs[kind]];
        return RecipeFile.Parse(json, "the fixture", ["training.epochs=6", "training.decay.factor=0.99", .. settings.Select(setting => $"training.optimizer.{setting}")]);
    }

    private void Interrupt(Recipe recipe, string name)
    {
        using var run = TrainingRun.Start(recipe with { Training = recipe.Training with { ReportEvery = 1 } }, Text, Of(name), _backend);
        using var stop = new CancellationTokenSource();
        run.Trainer.Reported += report =>
        {
            if (report.Step == StopAt)
                stop.Cancel();
        };
        Assert.Throws<OperationCanceledException>(() => run.Fit(stop.Token));
    }

    private static Dictionary<string, byte[]> Tensors(string path) =>
        SafetensorsFile.Read(path).Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Bytes.ToArray());
}
