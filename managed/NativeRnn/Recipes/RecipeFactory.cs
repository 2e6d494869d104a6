using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Recipes;

/// <summary>From what a recipe says to what it names. A recipe with a field that no recipe file may hold is an <see cref="ArgumentException"/>.</summary>
public static class RecipeFactory
{
    /// <summary>The data.</summary>
    /// <param name="recipe">How it is divided.</param>
    /// <param name="path">The text file, or the folder of the files that the recipe names.</param>
    /// <param name="vocabulary">A trained model's vocabulary; null for a new one: all characters, or the words of the part to train on.</param>
    /// <exception cref="DataException">A file cannot be read, holds what cannot be a token, or too little to evaluate.</exception>
    public static TextCorpus LoadCorpus(this Recipe recipe, string path, Vocabulary? vocabulary = null)
    {
        RecipeFields.Require(recipe, nameof(recipe));
        ArgumentException.ThrowIfNullOrEmpty(path);
        var data = recipe.Data;
        if (data.TrainFile is not null && File.Exists(path))
            throw new DataException($"{OneLine.Clean(path)}: is a file, the recipe names files in a folder ({OneLine.Quote(data.TrainFile)}, …); give the folder");
        SourceText? Read(string? name) => name is null ? null : SourceText.Load(Path.Combine(path, name));
        var train = Read(data.TrainFile) ?? SourceText.Load(path);
        var (validation, test) = (Read(data.ValidationFile), Read(data.TestFile));
        vocabulary ??= data.Tokenizer switch
        {
            TokenizerKind.Characters => CharacterVocabulary.Build(train.Text + validation?.Text + test?.Text),
            TokenizerKind.Words => WordVocabulary.Build(train.Text, data.VocabularySize, data.MinCount, validation is null ? data.ValidationFraction : 0, train.Source),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), data.Tokenizer, "unknown tokenizer"),
        };
        var corpus = TextCorpus.FromTexts(train, validation, test, data.ValidationFraction, vocabulary);
        if (validation is not null)
            Evaluator.RequireTokens(corpus.Validation.Length, validation.Source);
        if (test is not null)
            Evaluator.RequireTokens(corpus.Test.Length, test.Source);
        return corpus;
    }

    /// <summary>The model, its parameters drawn from the recipe's seed.</summary>
    public static LanguageModel CreateModel(this Recipe recipe, Vocabulary vocabulary, IBackend backend)
    {
        RecipeFields.Require(recipe, nameof(recipe));
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(backend);
        var options = recipe.CreateModelOptions();
        options.Require(vocabulary.Count, nameof(recipe));
        return new LanguageModel(vocabulary, options, backend, (ulong)recipe.Seed, recipe.Model.InitScale);
    }

    /// <summary>The sizes and the cell of the model.</summary>
    public static LanguageModelOptions CreateModelOptions(this Recipe recipe)
    {
        RecipeFields.Require(recipe, nameof(recipe));
        return OptionsOf(recipe.Model);
    }

    /// <summary>The same of fields that are each in their range.</summary>
    internal static LanguageModelOptions OptionsOf(ModelRecipe model) => new()
    {
        Cell = model.Cell,
        Embedding = model.Embedding,
        Hidden = model.Hidden,
        Layers = model.Layers,
        Projection = model.Projection,
        GateActivation = model.GateActivation,
        CandidateActivation = model.CandidateActivation,
        OutputActivation = model.OutputActivation,
        Clip = model.Clip,
        ZoneoutHidden = model.ZoneoutHidden,
        ZoneoutCell = model.ZoneoutCell,
        TieWeights = model.TieWeights,
    };

    /// <summary>What acts in training, its masks drawn from a seed; of fields that are each in their range.</summary>
    internal static Regularization RegularizationOf(RegularizationRecipe regularization, long seed) => new()
    {
        InputDropout = regularization.InputDropout,
        LayerDropout = regularization.LayerDropout,
        OutputDropout = regularization.OutputDropout,
        Variational = regularization.Variational,
        RecurrentDropout = regularization.RecurrentDropout,
        EmbeddingDropout = regularization.EmbeddingDropout,
        WeightDrop = regularization.WeightDrop,
        ActivationPenalty = regularization.ActivationPenalty,
        TemporalPenalty = regularization.TemporalPenalty,
        Seed = (ulong)seed,
    };

    /// <summary>The update rule. A new optimizer gets its row here and in the table of recipe fields.</summary>
    public static Optimizer CreateOptimizer(this Recipe recipe)
    {
        RecipeFields.Require(recipe, nameof(recipe));
        var rule = recipe.Training.Optimizer;
        var (epsilon, decay) = (rule.Epsilon!.Value, rule.WeightDecay!.Value);
        return rule.Kind switch
        {
            OptimizerKind.Adadelta => new Adadelta(rule.LearningRate, rule.Rho, epsilon, decay),
            OptimizerKind.Adagrad => new Adagrad(rule.LearningRate, rule.LearningRateDecay, rule.InitialAccumulator, epsilon, decay),
            OptimizerKind.Adam => new Adam(rule.LearningRate, rule.Beta1, rule.Beta2, epsilon, decay, rule.Amsgrad),
            OptimizerKind.Adamax => new AdaMax(rule.LearningRate, rule.Beta1, rule.Beta2, epsilon, decay),
            OptimizerKind.Adamw => new AdamW(rule.LearningRate, rule.Beta1, rule.Beta2, epsilon, decay, rule.Amsgrad),
            OptimizerKind.Nadam => new NAdam(rule.LearningRate, rule.Beta1, rule.Beta2, epsilon, decay, rule.MomentumDecay),
            OptimizerKind.NtAsgd => new AveragedSgd(rule.LearningRate, rule.NonMonotone, decay),
            OptimizerKind.Rmsprop => new RmsProp(rule.LearningRate, rule.Alpha, epsilon, rule.Momentum, rule.Centered, decay),
            OptimizerKind.Sgd => new Sgd(rule.LearningRate, rule.Momentum, rule.Nesterov, decay, rule.Dampening),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), rule.Kind, "unknown optimizer"),
        };
    }

    /// <summary>How the trainer goes through the data.</summary>
    public static TrainingOptions CreateTrainingOptions(this Recipe recipe)
    {
        RecipeFields.Require(recipe, nameof(recipe));
        var training = recipe.Training;
        return new TrainingOptions
        {
            Batch = training.Batch,
            Bptt = training.Bptt,
            Epochs = training.Epochs,
            Reduction = training.Reduction,
            ClipNorm = training.ClipNorm,
            Regularization = RegularizationOf(training.Regularization, recipe.Seed),
            DecayFactor = training.Decay.Factor,
            DecayAfterEpoch = training.Decay.AfterEpoch,
            ReportEvery = training.ReportEvery,
            CheckpointEvery = training.CheckpointEvery,
        };
    }
}
