using System.Numerics.Tensors;
using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>What a <see cref="Regularization"/> keeps and does in one training pass. Nothing in a step allocates.</summary>
internal sealed class Regularizer : IDisposable
{
    private readonly LanguageModel _model;
    private readonly Regularization _regularization;
    private readonly Dropout?[] _dropouts; // by the layer that they lead into; the last one leads into the dense layer
    private readonly TrainingWeights[] _weights; // by layer, or none
    private readonly AlignedBuffer _stateMasks; // [L, B, P or H]
    private readonly AlignedBuffer _tokens; // [V]

    public Regularizer(LanguageModel model, Regularization regularization, int steps, int rows)
    {
        (_model, _regularization) = (model, regularization);
        var options = model.Options;
        _dropouts = [.. Enumerable.Range(0, options.Layers + 1).Select(layer => regularization.DropoutInto(layer, options.Layers) is var rate and > 0
            ? new Dropout(model.Backend, regularization, layer, rate, steps, rows * options.InputOf(layer))
            : null)];
        _weights = regularization.ChangesWeights
            ? [.. Enumerable.Range(0, options.Layers).Select(layer => new TrainingWeights(model, regularization, layer))]
            : [];
        _stateMasks = new AlignedBuffer(regularization.RecurrentDropout > 0 ? (long)options.Layers * rows * options.OutputWidth : 0);
        _tokens = new AlignedBuffer(regularization.EmbeddingDropout > 0 ? model.Vocabulary.Count : 0);
    }

    /// <summary>What the penalties add to the mean loss.</summary>
    public double Penalty { get; private set; }

    /// <summary>Draws the masks of a step, but those of <see cref="Dropout"/>, and packs the weights where they are not the model's.</summary>
    public void Begin(long step)
    {
        foreach (var weights in _weights)
            weights.Pack(step);
        for (var layer = 0; layer < _model.Options.Layers && _stateMasks.Length > 0; layer++)
            _model.Backend.DropoutMask(_regularization.Seed, TrainingStream.RecurrentState.Of(layer, step), 0, _regularization.RecurrentDropout, Mask(layer));
        if (_tokens.Length > 0)
            _model.Backend.DropoutMask(_regularization.Seed, TrainingStream.Embedding.Of(0, step), 0, _regularization.EmbeddingDropout, _tokens.Span);
    }

    /// <summary>The dropout on the way into a layer, or into the dense one behind the last; null for none.</summary>
    public Dropout? DropoutInto(int layer) => _dropouts[layer];

    /// <summary>The layer's weights; null where they are the model's.</summary>
    public TrainingWeights? Weights(int layer) => _weights.Length > 0 ? _weights[layer] : null;

    /// <summary>The mask on the state of a layer [B, P or H]; empty for none.</summary>
    public Span<float> Mask(int layer) => _stateMasks.Span.Slice(layer * (_stateMasks.Length / _model.Options.Layers), _stateMasks.Length / _model.Options.Layers);

    /// <summary>Multiplies the vectors of tokens, or their gradients, by what was drawn for each token.</summary>
    public void DropTokens(ReadOnlySpan<int> ids, Span<float> rows)
    {
        var width = _model.Options.Embedding;
        for (var n = 0; n < ids.Length && _tokens.Length > 0; n++)
        {
            var row = rows.Slice(n * width, width);
            TensorPrimitives.Multiply(row, _tokens.Span[ids[n]], row);
        }
    }

    /// <summary>
    /// Adds the gradients of the penalties to that of the last layer's output, and takes it back through its dropout.
    /// </summary>
    /// <param name="output">What the last layer gave.</param>
    /// <param name="dropped">The same after dropout.</param>
    /// <param name="row">Entries of a step.</param>
    /// <param name="scale">What the gradients are of, as a multiple of the mean loss.</param>
    /// <param name="gradient">∂L/∂<paramref name="dropped"/>, becomes ∂L/∂<paramref name="output"/>.</param>
    public void BackwardOfOutput(ReadOnlySpan<float> output, ReadOnlySpan<float> dropped, int row, double scale, Span<float> gradient)
    {
        Penalty = 0;
        if (_regularization.ActivationPenalty > 0)
        {
            var weight = _regularization.ActivationPenalty / dropped.Length;
            Penalty += weight * _model.Backend.SumOfSquares(dropped);
            TensorPrimitives.MultiplyAdd(dropped, (float)(2 * weight * scale), gradient, gradient);
        }
        DropoutInto(_model.Options.Layers)?.Backward(gradient);
        if (_regularization.TemporalPenalty > 0 && output.Length > row)
        {
            var before = output[..^row];
            var after = output[row..];
            var weight = _regularization.TemporalPenalty / after.Length;
            Penalty += weight * Math.Pow(TensorPrimitives.Distance(after, before), 2);
            var factor = (float)(2 * weight * scale);
            AddDifference(factor, after, before, gradient[row..]);
            AddDifference(factor, before, after, gradient[..^row]);
        }
    }

    public void Dispose()
    {
        foreach (var dropout in _dropouts)
            dropout?.Dispose();
        foreach (var weights in _weights)
            weights.Dispose();
        _stateMasks.Dispose();
        _tokens.Dispose();
    }

    /// <summary>Floats of the memory that a pass over so many steps and rows takes.</summary>
    public static double Memory(IBackend backend, LanguageModelOptions model, Regularization regularization, int V, int steps, int rows)
    {
        var floats = (regularization.EmbeddingDropout > 0 ? V : 0)
            + (regularization.RecurrentDropout > 0 ? (double)model.Layers * rows * model.OutputWidth : 0);
        for (var layer = 0; layer <= model.Layers; layer++)
        {
            if (regularization.DropoutInto(layer, model.Layers) > 0)
                floats += (double)(steps + (regularization.Variational ? 1 : steps)) * rows * model.InputOf(layer);
            if (layer < model.Layers)
                floats += TrainingWeights.Memory(backend, regularization, model.ShapeOf(layer, 1, 1));
        }
        return floats;
    }

    /// <summary>to += factor·(x − y).</summary>
    private static void AddDifference(float factor, ReadOnlySpan<float> x, ReadOnlySpan<float> y, Span<float> to)
    {
        TensorPrimitives.MultiplyAdd(x, factor, to, to);
        TensorPrimitives.MultiplyAdd(y, -factor, to, to);
    }
}
