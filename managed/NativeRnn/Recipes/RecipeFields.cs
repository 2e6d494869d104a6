using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Serialization;

namespace NativeRnn.Recipes;

/// <summary>
/// The table of fields. It drives reading, writing, overrides and the comparison at resume; a test holds it against the published schema.
/// The defaults stand in the records.
/// </summary>
internal static class RecipeFields
{
    private const int Large = 1_000_000;

    private static readonly OptimizerKind[] KindsOfAdam =
        [OptimizerKind.Adam, OptimizerKind.Adamax, OptimizerKind.Adamw, OptimizerKind.Nadam];

    // What the records give to fields that nobody stated.
    private static readonly Dictionary<OptimizerKind, Recipe> Defaults = Enum.GetValues<OptimizerKind>().ToDictionary(
        kind => kind,
        kind => new Recipe("", new DataRecipe(TokenizerKind.Characters), new ModelRecipe(0, 0), new TrainingRecipe(new OptimizerRecipe(kind, 0))));

    /// <summary>Every field, in the order in which a recipe is written; the fields of a group follow each other.</summary>
    public static IReadOnlyList<RecipeField> All { get; } =
    [
        new RecipeField.Choice("task", recipe => recipe.Task, "language-model") { Required = true },
        new RecipeField.Text("name", recipe => recipe.Name) { Longest = 100, MayChange = true },
        new RecipeField.Whole("seed", recipe => recipe.Seed, 0, (1L << 53) - 1),
        new RecipeField.Choice(TokenizerPath, recipe => NameOf(recipe.Data.Tokenizer), NamesOf<TokenizerKind>()) { Required = true },
        new RecipeField.Whole(VocabularySizePath, recipe => recipe.Data.VocabularySize, WordVocabulary.Fewest, int.MaxValue)
        { Nullable = true, OnlyWhere = HasWords },
        new RecipeField.Whole(MinCountPath, recipe => recipe.Data.MinCount, 1, Large) { OnlyWhere = HasWords },
        new RecipeField.Text(TrainFilePath, recipe => recipe.Data.TrainFile) { Nullable = true, IsFile = true },
        new RecipeField.Text(ValidationFilePath, recipe => recipe.Data.ValidationFile) { Nullable = true, IsFile = true },
        new RecipeField.Text(TestFilePath, recipe => recipe.Data.TestFile) { Nullable = true, IsFile = true },
        new RecipeField.Number(ValidationFractionPath, recipe => recipe.Data.ValidationFraction, 0, 1)
        { OpenMaximum = true, LeastAboveZero = 0, OnlyWhere = recipe => recipe.Data.ValidationFile is null },
        new RecipeField.Whole("model.embedding", recipe => recipe.Model.Embedding, 1, Large) { Required = true },
        new RecipeField.Choice("model.cell", recipe => CellInfo.Of(recipe.Model.Cell).Name, [.. CellInfo.All.Select(cell => cell.Name)]),
        new RecipeField.Whole("model.hidden", recipe => recipe.Model.Hidden, 1, Large) { Required = true },
        new RecipeField.Whole("model.layers", recipe => recipe.Model.Layers, 1, 100),
        new RecipeField.Whole("model.projection", recipe => recipe.Model.Projection, 0, Large),
        new RecipeField.ActivationText("model.gate_activation", recipe => recipe.Model.GateActivation),
        new RecipeField.ActivationText("model.candidate_activation", recipe => recipe.Model.CandidateActivation),
        new RecipeField.ActivationText("model.output_activation", recipe => recipe.Model.OutputActivation),
        new RecipeField.Number("model.clip", recipe => recipe.Model.Clip, 0),
        new RecipeField.Number("model.zoneout_hidden", recipe => recipe.Model.ZoneoutHidden, 0, 1) { OpenMaximum = true },
        new RecipeField.Number("model.zoneout_cell", recipe => recipe.Model.ZoneoutCell, 0, 1) { OpenMaximum = true },
        new RecipeField.Flag("model.tie_weights", recipe => recipe.Model.TieWeights),
        new RecipeField.Number("model.init_scale", recipe => recipe.Model.InitScale, Check.Smallest, 1000) { Nullable = true },
        new RecipeField.Whole("training.batch", recipe => recipe.Training.Batch, 1, Large),
        new RecipeField.Whole("training.bptt", recipe => recipe.Training.Bptt, 1, Large),
        new RecipeField.Whole("training.epochs", recipe => recipe.Training.Epochs, 1, Large) { MayChange = true },
        new RecipeField.Choice("training.reduction", recipe => NameOf(recipe.Training.Reduction), NamesOf<LossReduction>()),
        new RecipeField.Number("training.clip_norm", recipe => recipe.Training.ClipNorm, Check.Smallest) { Nullable = true },
        new RecipeField.Whole("training.report_every", recipe => recipe.Training.ReportEvery, 1, Large) { MayChange = true },
        new RecipeField.Whole("training.checkpoint_every", recipe => recipe.Training.CheckpointEvery, 0, Large) { MayChange = true },
        new RecipeField.Choice(KindPath, recipe => NameOf(recipe.Training.Optimizer.Kind), NamesOf<OptimizerKind>()) { Required = true },
        new RecipeField.Number("training.optimizer.learning_rate", recipe => recipe.Training.Optimizer.LearningRate, Check.Smallest)
        { Required = true },
        new RecipeField.Number(MomentumPath, recipe => recipe.Training.Optimizer.Momentum, 0, 1)
        { OpenMaximum = true, OnlyFor = [OptimizerKind.Sgd, OptimizerKind.Rmsprop] },
        new RecipeField.Number(DampeningPath, recipe => recipe.Training.Optimizer.Dampening, 0, 1)
        { OpenMaximum = true, OnlyFor = [OptimizerKind.Sgd] },
        new RecipeField.Flag(NesterovPath, recipe => recipe.Training.Optimizer.Nesterov) { OnlyFor = [OptimizerKind.Sgd] },
        new RecipeField.Number("training.optimizer.beta1", recipe => recipe.Training.Optimizer.Beta1, 0, 1)
        { OpenMaximum = true, OnlyFor = KindsOfAdam },
        new RecipeField.Number("training.optimizer.beta2", recipe => recipe.Training.Optimizer.Beta2, 0, 1)
        { OpenMaximum = true, OnlyFor = KindsOfAdam },
        new RecipeField.Number("training.optimizer.rho", recipe => recipe.Training.Optimizer.Rho, 0, 1)
        { OpenMaximum = true, OnlyFor = [OptimizerKind.Adadelta] },
        new RecipeField.Number("training.optimizer.alpha", recipe => recipe.Training.Optimizer.Alpha, 0, 1)
        { OpenMaximum = true, OnlyFor = [OptimizerKind.Rmsprop] },
        new RecipeField.Flag("training.optimizer.centered", recipe => recipe.Training.Optimizer.Centered) { OnlyFor = [OptimizerKind.Rmsprop] },
        new RecipeField.Flag("training.optimizer.amsgrad", recipe => recipe.Training.Optimizer.Amsgrad)
        { OnlyFor = [OptimizerKind.Adam, OptimizerKind.Adamw] },
        new RecipeField.Number("training.optimizer.epsilon", recipe => recipe.Training.Optimizer.Epsilon, Check.Smallest)
        { OnlyFor = [.. KindsOfAdam, OptimizerKind.Adadelta, OptimizerKind.Adagrad, OptimizerKind.Rmsprop] },
        new RecipeField.Number("training.optimizer.momentum_decay", recipe => recipe.Training.Optimizer.MomentumDecay, 0)
        { OnlyFor = [OptimizerKind.Nadam] },
        new RecipeField.Number("training.optimizer.learning_rate_decay", recipe => recipe.Training.Optimizer.LearningRateDecay, 0)
        { OnlyFor = [OptimizerKind.Adagrad] },
        new RecipeField.Number("training.optimizer.initial_accumulator", recipe => recipe.Training.Optimizer.InitialAccumulator, 0)
        { OnlyFor = [OptimizerKind.Adagrad] },
        new RecipeField.Whole("training.optimizer.non_monotone", recipe => recipe.Training.Optimizer.NonMonotone, 1, Large)
        { OnlyFor = [OptimizerKind.NtAsgd] },
        new RecipeField.Number("training.optimizer.weight_decay", recipe => recipe.Training.Optimizer.WeightDecay, 0),
        new RecipeField.Number("training.regularization.input_dropout", recipe => recipe.Training.Regularization.InputDropout, 0, 1) { OpenMaximum = true },
        new RecipeField.Number("training.regularization.layer_dropout", recipe => recipe.Training.Regularization.LayerDropout, 0, 1) { OpenMaximum = true },
        new RecipeField.Number("training.regularization.output_dropout", recipe => recipe.Training.Regularization.OutputDropout, 0, 1) { OpenMaximum = true },
        new RecipeField.Flag("training.regularization.variational", recipe => recipe.Training.Regularization.Variational),
        new RecipeField.Number("training.regularization.recurrent_dropout", recipe => recipe.Training.Regularization.RecurrentDropout, 0, 1) { OpenMaximum = true },
        new RecipeField.Number("training.regularization.embedding_dropout", recipe => recipe.Training.Regularization.EmbeddingDropout, 0, 1) { OpenMaximum = true },
        new RecipeField.Number("training.regularization.weight_drop", recipe => recipe.Training.Regularization.WeightDrop, 0, 1) { OpenMaximum = true },
        new RecipeField.Number("training.regularization.activation_penalty", recipe => recipe.Training.Regularization.ActivationPenalty, 0),
        new RecipeField.Number("training.regularization.temporal_penalty", recipe => recipe.Training.Regularization.TemporalPenalty, 0),
        new RecipeField.Number("training.decay.factor", recipe => recipe.Training.Decay.Factor, Check.Smallest, 1),
        new RecipeField.Whole("training.decay.after_epoch", recipe => recipe.Training.Decay.AfterEpoch, 0, Large),
    ];

    internal const string TokenizerPath = "data.tokenizer";
    internal const string VocabularySizePath = "data.vocabulary_size";
    internal const string MinCountPath = "data.min_count";
    internal const string TrainFilePath = "data.train_file";
    internal const string ValidationFilePath = "data.validation_file";
    internal const string TestFilePath = "data.test_file";
    internal const string ValidationFractionPath = "data.validation_fraction";
    internal const string KindPath = "training.optimizer.kind";
    internal const string MomentumPath = "training.optimizer.momentum";
    internal const string DampeningPath = "training.optimizer.dampening";
    internal const string NesterovPath = "training.optimizer.nesterov";

    /// <summary>The value of a field that a recipe with that optimizer does not state; meaningless for required fields.</summary>
    public static object? DefaultOf(RecipeField field, OptimizerKind kind) => field.ValueOf(Defaults[kind]);

    /// <summary>The field at <paramref name="path"/>, or null.</summary>
    public static RecipeField? Find(string path) => All.FirstOrDefault(field => field.Path == path);

    /// <summary>Whether <paramref name="path"/> is an object that holds fields.</summary>
    public static bool IsGroup(string path) => All.Any(field => field.Path.StartsWith(path + ".", StringComparison.Ordinal));

    /// <summary>The recipe whose fields have the values that were stated for their paths, else their defaults.</summary>
    public static Recipe Build(IReadOnlyDictionary<string, object?> stated)
    {
        var kind = ParseName<OptimizerKind>((string)stated[KindPath]!);
        object? ValueOf(string path) => stated.TryGetValue(path, out var value) ? value : DefaultOf(Find(path)!, kind);
        string Text(string path) => (string)ValueOf(path)!;
        int Whole(string path) => (int)(long)ValueOf(path)!;
        double Number(string path) => (double)ValueOf(path)!;
        bool Flag(string path) => (bool)ValueOf(path)!;
        Activation Function(string path) => Activation.TryParse(Text(path), out var activation) ? activation : throw new ArgumentException(path);

        var optimizer = new OptimizerRecipe(
            kind,
            Number("training.optimizer.learning_rate"),
            Number(MomentumPath),
            Flag(NesterovPath),
            Number("training.optimizer.beta1"),
            Number("training.optimizer.beta2"),
            Number("training.optimizer.epsilon"),
            Number("training.optimizer.weight_decay"),
            Number(DampeningPath),
            Flag("training.optimizer.amsgrad"),
            Number("training.optimizer.momentum_decay"),
            Number("training.optimizer.rho"),
            Number("training.optimizer.alpha"),
            Flag("training.optimizer.centered"),
            Number("training.optimizer.learning_rate_decay"),
            Number("training.optimizer.initial_accumulator"),
            Whole("training.optimizer.non_monotone"));
        var regularization = new RegularizationRecipe(
            Number("training.regularization.input_dropout"),
            Number("training.regularization.layer_dropout"),
            Number("training.regularization.output_dropout"),
            Flag("training.regularization.variational"),
            Number("training.regularization.recurrent_dropout"),
            Number("training.regularization.embedding_dropout"),
            Number("training.regularization.weight_drop"),
            Number("training.regularization.activation_penalty"),
            Number("training.regularization.temporal_penalty"));
        var training = new TrainingRecipe(
            optimizer,
            Whole("training.batch"),
            Whole("training.bptt"),
            Whole("training.epochs"),
            (double?)ValueOf("training.clip_norm"),
            Whole("training.report_every"),
            Whole("training.checkpoint_every"),
            new DecayRecipe(Number("training.decay.factor"), Whole("training.decay.after_epoch")),
            ParseName<LossReduction>(Text("training.reduction")),
            regularization);
        var model = new ModelRecipe(
            Whole("model.embedding"), Whole("model.hidden"), ParseName<CellKind>(Text("model.cell")), Whole("model.layers"),
            (double?)ValueOf("model.init_scale"), Whole("model.projection"), Function("model.gate_activation"),
            Function("model.candidate_activation"), Function("model.output_activation"), Number("model.clip"),
            Number("model.zoneout_hidden"), Number("model.zoneout_cell"), Flag("model.tie_weights"));
        var data = new DataRecipe(
            ParseName<TokenizerKind>(Text(TokenizerPath)),
            Number(ValidationFractionPath),
            (int?)(long?)ValueOf(VocabularySizePath),
            Whole(MinCountPath),
            (string?)ValueOf(TrainFilePath),
            (string?)ValueOf(ValidationFilePath),
            (string?)ValueOf(TestFilePath));
        return new Recipe(Text("task"), data, model, training, Text("name"), (long)ValueOf("seed")!);
    }

    /// <summary>Throws unless a recipe that a program made holds what a file may hold: a checkpoint keeps it, and must be readable.</summary>
    public static void Require(Recipe recipe, string parameter)
    {
        ArgumentNullException.ThrowIfNull(recipe, parameter);
        if (FaultOf(recipe) is { } fault)
            throw new ArgumentException(fault, parameter);
    }

    /// <summary>What no file may hold and a recipe does; null where there is nothing.</summary>
    public static string? FaultOf(Recipe recipe)
    {
        foreach (var field in All)
        {
            var value = field.ValueOf(recipe);
            if (field.OnlyWhere?.Invoke(recipe) == false && !Equals(value, DefaultOf(field, recipe.Training.Optimizer.Kind)))
                return $"{field.Path} is {value}, which means nothing beside the recipe's other data fields; leave it at its default";
            if (value is null ? !field.Nullable : !field.TryAccept(value, out _))
                return $"{field.Path} is {(value is string text ? OneLine.Quote(text) : value ?? "null")}, expected {field.Expected}";
        }
        try
        {
            RecipeFile.Parse(RecipeWriter.Write(recipe), "the recipe");
            return null;
        }
        catch (RecipeException e) // fields that contradict each other
        {
            return e.Message;
        }
    }

    private static bool HasWords(Recipe recipe) => recipe.Data.Tokenizer == TokenizerKind.Words;

    /// <summary>The word for an enumerated value: <c>GruResetBefore</c> is "gru_reset_before".</summary>
    internal static string NameOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static string[] NamesOf<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(NameOf)];

    private static T ParseName<T>(string name) where T : struct, Enum => Enum.GetValues<T>().First(value => NameOf(value) == name);
}
