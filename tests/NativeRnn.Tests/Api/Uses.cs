using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.TestHost;
using NativeRnn.Training;

namespace NativeRnn.Tests.Api;

/// <summary>What is done with shapes and settings, and the name of the parameter that takes them.</summary>
internal static class Uses
{
    /// <summary>Any public type with numbers or enumerated values to set must stand here or among <see cref="Results"/>.</summary>
    public static readonly Dictionary<Type, (string Parameter, Action<Samples, object> Use)> All = new()
    {
        [typeof(RecurrentShape)] = ("shape", (samples, shape) => OnBackends(samples, backend => Run(backend, (RecurrentShape)shape))),
        [typeof(Activation)] = ("shape", (samples, activation) => OnBackends(samples,
            backend => Run(backend, samples.Of<RecurrentShape>() with { CandidateActivation = (Activation)activation }))),
        [typeof(DenseShape)] = ("shape", (samples, shape) => OnBackends(samples, backend => Run(backend, (DenseShape)shape))),
        [typeof(UpdateRule)] = ("rule", (samples, rule) => OnBackends(samples, backend => backend.Update((UpdateRule)rule, new()
        {
            Parameters = new float[1],
            Gradients = new float[1],
            First = new float[1],
            Second = new float[1],
            Third = new float[1],
        }))),
        [typeof(LanguageModelOptions)] = ("options", (samples, options) =>
            new LanguageModel(samples.Of<CharacterVocabulary>(), (LanguageModelOptions)options, samples.Backend).Dispose()),
        [typeof(TrainingOptions)] = ("options", (samples, options) =>
            new Trainer(samples.Of<LanguageModel>(), samples.Of<Optimizer>(), (TrainingOptions)options).Dispose()),
        [typeof(BackendOptions)] = ("options", (_, options) => Backend.Create((BackendOptions)options).Dispose()),
        [typeof(AdaMax)] = Steps,
        [typeof(AdamW)] = Steps,
        [typeof(Adadelta)] = Steps,
        [typeof(Adagrad)] = Steps,
        [typeof(Adam)] = Steps,
        [typeof(AveragedSgd)] = Steps,
        [typeof(NAdam)] = Steps,
        [typeof(RmsProp)] = Steps,
        [typeof(Sgd)] = Steps,
        [typeof(Sampling)] = ("sampling", (samples, sampling) => new TextGenerator(samples.Of<LanguageModel>(), "a", (Sampling)sampling).Next()),
        [typeof(DataRecipe)] = ("recipe", (samples, data) => Make(samples, samples.Of<Recipe>() with { Data = (DataRecipe)data })),
        [typeof(OptimizerRecipe)] = ("recipe", (samples, optimizer) =>
            Make(samples, samples.Of<Recipe>() with { Training = samples.Of<TrainingRecipe>() with { Optimizer = (OptimizerRecipe)optimizer } })),
        [typeof(ModelRecipe)] = ("recipe", (samples, model) => Make(samples, samples.Of<Recipe>() with { Model = (ModelRecipe)model })),
        [typeof(TrainingRecipe)] = ("recipe", (samples, training) => Make(samples, samples.Of<Recipe>() with { Training = (TrainingRecipe)training })),
        [typeof(DecayRecipe)] = ("recipe", (samples, decay) =>
            Make(samples, samples.Of<Recipe>() with { Training = samples.Of<TrainingRecipe>() with { Decay = (DecayRecipe)decay } })),
        [typeof(RegularizationRecipe)] = ("recipe", (samples, regularization) =>
            Make(samples, samples.Of<Recipe>() with { Training = samples.Of<TrainingRecipe>() with { Regularization = (RegularizationRecipe)regularization } })),
        [typeof(Regularization)] = ("regularization", (samples, regularization) =>
            samples.Of<LanguageModel>().CreatePass(1, 1, training: true, (Regularization)regularization).Dispose()),
        [typeof(Recipe)] = ("recipe", (samples, recipe) => Make(samples, (Recipe)recipe)),
    };

    /// <summary>What comes out of the library and goes into nothing.</summary>
    public static readonly Type[] Results = [typeof(RecurrentSizes), typeof(Evaluation), typeof(TrainingReport), typeof(ValidationPoint)];

    private static (string Parameter, Action<Samples, object> Use) Steps =>
        ("model", (samples, optimizer) => ((Optimizer)optimizer).Step(samples.Of<LanguageModel>()));

    /// <summary>All that is made from a recipe; one that no file may hold makes nothing.</summary>
    public static void Make(Samples samples, Recipe recipe)
    {
        var folder = Fixture.Folder(textLength: 3_000);
        var text = Path.Combine(folder, "text.txt");
        try
        {
            var makers = (Action[])
            [
                () => recipe.LoadCorpus(text),
                () => recipe.CreateModelOptions(),
                () => recipe.CreateModel(samples.Of<CharacterVocabulary>(), samples.Backend).Dispose(),
                () => recipe.CreateOptimizer().Dispose(),
                () => recipe.CreateTrainingOptions(),
                () => TrainingRun.Start(recipe, text, Path.Combine(folder, "run"), samples.Backend).Dispose(),
            ];
            var refused = makers.Select(make => Record.Exception(make)).OfType<ArgumentException>().ToArray();
            Assert.True(refused.Length == 0 || refused.Length == makers.Length, $"{refused.Length} of {makers.Length} refused the recipe");
            if (refused.Length > 0)
                throw refused.FirstOrDefault(error => error.ParamName != "recipe") ?? refused[0];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Whatever its sizes are, a shape without memory is refused.</summary>
    private static void Run(IBackend backend, RecurrentShape shape)
    {
        Refused(() => backend.RecurrentPack(shape, default, default), "shape", "weights", "packed");
        Refused(() => backend.RecurrentForward(shape, default), "shape", "arguments");
        Refused(() => backend.RecurrentBackward(shape, default), "shape", "arguments");
        var sizes = backend.RecurrentSizes(shape);
        Assert.True(sizes is { Packed: > 0, Reserve: > 0, Workspace: > 0 }, $"{sizes}");
    }

    private static void Run(IBackend backend, DenseShape shape)
    {
        Refused(() => backend.DenseForward(shape, default), "shape", "arguments");
        Refused(() => backend.DenseBackward(shape, default), "shape", "arguments");
        Refused(() => backend.DenseCrossEntropy(shape, default), "shape", "arguments");
        Assert.True(backend.DenseCrossEntropyWorkspace(shape) > 0);
    }

    private static void Refused(Action call, params string[] names) => Assert.Contains(Assert.ThrowsAny<ArgumentException>(call).ParamName, names);

    /// <summary>Both refuse it, or none.</summary>
    private static void OnBackends(Samples samples, Action<IBackend> run)
    {
        var managed = Record.Exception(() => run(samples.Backend));
        var native = Record.Exception(() => run(samples.Of<NativeRnn.Backends.Native.NativeBackend>()));
        Assert.Equal((managed as ArgumentException)?.ParamName, (native as ArgumentException)?.ParamName);
        if ((managed ?? native) is { } error)
            throw error;
    }
}
