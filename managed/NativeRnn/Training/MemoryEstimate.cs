using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>
/// How much memory a training run takes, computed before any of it is allocated: parameters, gradients and optimizer state; activations, what
/// the backward pass keeps, and scratch, of a training step and of an evaluation; the tokens.
/// </summary>
internal static class MemoryEstimate
{
    /// <summary>Bytes of a run; infinite where one piece of it has more floats than a span can hold (2³¹ − 1).</summary>
    public static double Bytes(IBackend backend, LanguageModelOptions model, int V, TrainingOptions training, int optimizerStates, long tokens)
    {
        var (H, E) = ((double)model.Hidden, (double)model.Embedding);
        var rows = CellInfo.Of(model.Cell).Gates * H;
        var positions = (double)training.Bptt * training.Batch;
        var parameters = V * (E + H + 1) + rows * (E + (2 * model.Layers - 1) * H + 2 * model.Layers);
        double[] pieces = [parameters, 2 * rows * H, positions * (rows + H), positions * Math.Max(E, H)];
        if (pieces.Any(piece => piece > int.MaxValue))
            return double.PositiveInfinity;

        var head = backend.DenseCrossEntropyWorkspace(new DenseShape((int)positions, model.Hidden, V));
        var block = LanguageModelPass.StepsOfBlock(training.Bptt, training.Batch, training: false); // of an evaluation
        double packed = 0, reserves = 0, largestReserve = 0, workspace = head;
        for (var layer = 0; layer < model.Layers; layer++)
        {
            var sizes = backend.RecurrentSizes(model.ShapeOf(layer, training.Bptt, training.Batch));
            (packed, reserves) = (packed + sizes.Packed, reserves + sizes.Reserve);
            workspace = Math.Max(workspace, sizes.Workspace);
            largestReserve = Math.Max(largestReserve, backend.RecurrentSizes(model.ShapeOf(layer, block, training.Batch)).Reserve);
        }
        var step = positions * (E + model.Layers * H) + workspace + reserves
            + positions * (2 * Math.Max(E, H) + 1 + 2 * BatchReader.BatchesAhead((long)positions)); // two gradients; ids
        var evaluation = (double)block * training.Batch * (E + (model.Layers - 1) * H) + positions * (H + 3) + workspace + largestReserve;
        return sizeof(float) * (parameters * (2 + optimizerStates) + packed + step + evaluation + tokens);
    }
}
