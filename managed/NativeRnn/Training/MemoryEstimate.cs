using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>
/// How many bytes are going to be taken, computed before they are. Infinite where one array would have more floats than a span can hold
/// (2³¹ − 1). What is in memory already (the text, a file that was read) is not counted: it is missing from what is available.
/// </summary>
internal static class MemoryEstimate
{
    /// <summary>Throws where memory cannot help, for one array would be longer than any can be.</summary>
    /// <exception cref="MemoryException">One would.</exception>
    public static void RequireAddressable(Recipe recipe, LanguageModelOptions model, int V)
    {
        var (steps, rows) = (recipe.Training.Bptt, recipe.Training.Batch);
        var ofModel = model.LargestArray(V) > int.MaxValue;
        var longest = ofModel ? model.LargestArray(V) : model.LargestActivation(steps, rows);
        if (longest <= int.MaxValue)
            return;
        var hidden = LargestHidden(size => size.LargestArray(V) <= int.MaxValue && size.LargestActivation(steps, rows) <= int.MaxValue, model);
        throw new MemoryException($"recipe {OneLine.Quote(recipe.Name)}: the longest array of {(ofModel ? "the model" : "a step")} would have {longest:N0} numbers, none can have more than {int.MaxValue:N0}; "
            + (hidden > 0 ? $"model.hidden is {model.Hidden}, with the other fields as they are it can be at most {hidden}"
                : $"use smaller {(ofModel ? "model.embedding or model.layers, or fewer symbols" : "training.batch or training.bptt")}"));
    }

    /// <summary>The most hidden units with which a model still fits, 0 where it fits with none.</summary>
    private static int LargestHidden(Predicate<LanguageModelOptions> fits, LanguageModelOptions model)
    {
        var (fitting, tooMany) = (0, model.Hidden);
        while (tooMany - fitting > 1)
        {
            var middle = (fitting + tooMany) / 2;
            (fitting, tooMany) = fits(model with { Hidden = middle }) ? (middle, tooMany) : (fitting, middle);
        }
        return fitting;
    }

    /// <summary>A model: values, gradients, packed weights.</summary>
    public static double Model(IBackend backend, LanguageModelOptions model, int V)
    {
        if (model.LargestArray(V) > int.MaxValue)
            return double.PositiveInfinity;
        var packed = Sizes(backend, model, steps: 1, rows: 1).Sum(layer => (double)layer.Packed);
        return sizeof(float) * (2 * model.ArenaLength(V) + packed);
    }

    /// <summary>A pass, in training or (null) not: activations, what the backward pass needs, scratch, two states, ids.</summary>
    public static double Pass(IBackend backend, LanguageModelOptions model, int V, int steps, int rows, Regularization? training)
    {
        if (model.LargestArray(V) > int.MaxValue || model.LargestActivation(steps, rows) > int.MaxValue)
            return double.PositiveInfinity;
        var (H, W, E, L, positions) = (model.Hidden, model.OutputWidth, model.Embedding, (double)model.Layers, (double)steps * rows);
        var block = LanguageModelPass.StepsOfBlock(steps, rows, training is not null);
        var sizes = Sizes(backend, model, block, rows, training);
        var head = backend.DenseCrossEntropyWorkspace(new DenseShape(steps * rows, W, V));
        var activations = (double)block * rows * (E + (L - 1) * W) + positions * (W + 1) + 2 * L * rows * (H + W);
        var workspace = Math.Max(head, sizes.Max(layer => layer.Workspace));
        var kept = training is not null
            ? sizes.Sum(layer => (double)layer.Reserve) + 2 * positions * Math.Max(E, W) + Regularizer.Memory(backend, model, training, V, steps, rows)
            : sizes.Max(layer => layer.Reserve);
        return sizeof(float) * (activations + workspace + kept);
    }

    /// <summary>A training run: model, optimizer, a pass to train and one to evaluate, and the batches for both.</summary>
    public static double Run(IBackend backend, LanguageModelOptions model, int V, TrainingOptions training, int optimizerStates)
    {
        var (steps, rows, positions) = (training.Bptt, training.Batch, (double)training.Bptt * training.Batch);
        return Model(backend, model, V) + Pass(backend, model, V, steps, rows, training.Regularization) + Pass(backend, model, V, steps, rows, training: null)
            + sizeof(float) * (optimizerStates * model.ArenaLength(V) + 2 * positions * (BatchReader.BatchesAhead((long)positions) + 1));
    }

    private static RecurrentSizes[] Sizes(IBackend backend, LanguageModelOptions model, int steps, int rows, Regularization? training = null) =>
        [.. Enumerable.Range(0, model.Layers).Select(layer => backend.RecurrentSizes((training ?? Regularization.None).Shape(model.ShapeOf(layer, steps, rows))))];
}
