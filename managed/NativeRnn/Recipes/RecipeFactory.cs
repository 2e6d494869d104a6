using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Training;

namespace NativeRnn.Recipes;

/// <summary>From what a recipe says to what it names.</summary>
public static class RecipeFactory
{
    /// <summary>The model, its parameters drawn from the recipe's seed.</summary>
    public static LanguageModel CreateModel(this Recipe recipe, CharacterVocabulary vocabulary, IBackend backend)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        return new LanguageModel(vocabulary, recipe.CreateModelOptions(), backend, (ulong)recipe.Seed);
    }

    /// <summary>The sizes of the model.</summary>
    public static LanguageModelOptions CreateModelOptions(this Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var model = recipe.Model;
        return new LanguageModelOptions { Cell = model.Cell, Embedding = model.Embedding, Hidden = model.Hidden, Layers = model.Layers };
    }

    /// <summary>The update rule. A new optimizer gets its row here and in the table of recipe fields.</summary>
    public static Optimizer CreateOptimizer(this Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var rule = recipe.Training.Optimizer;
        return rule.Kind switch
        {
            OptimizerKind.Sgd => new Sgd(rule.LearningRate, rule.Momentum, rule.Nesterov, rule.WeightDecay),
            OptimizerKind.Adam => new Adam(rule.LearningRate, rule.Beta1, rule.Beta2, rule.Epsilon, rule.WeightDecay),
            _ => throw new ArgumentOutOfRangeException(nameof(recipe), rule.Kind, "unknown optimizer"),
        };
    }

    /// <summary>How the trainer goes through the data.</summary>
    public static TrainingOptions CreateTrainingOptions(this Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var training = recipe.Training;
        return new TrainingOptions
        {
            Batch = training.Batch,
            Bptt = training.Bptt,
            Epochs = training.Epochs,
            ClipNorm = training.ClipNorm,
            DecayFactor = training.Decay.Factor,
            DecayAfterEpoch = training.Decay.AfterEpoch,
            ReportEvery = training.ReportEvery,
            CheckpointEvery = training.CheckpointEvery,
        };
    }
}
