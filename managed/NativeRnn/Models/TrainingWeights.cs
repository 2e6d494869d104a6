using System.Numerics.Tensors;
using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>
/// The recurrent weights of one layer as a training step sees them: <c>weight_hh</c> with entries dropped (DropConnect, Wan et al. 2013), packed
/// for the shape that the layer has in training.
/// </summary>
internal sealed class TrainingWeights : IDisposable
{
    private readonly LanguageModel _model;
    private readonly Regularization _regularization;
    private readonly int _layer;
    private readonly AlignedBuffer _packed, _mask, _dropped, _gradient;

    public TrainingWeights(LanguageModel model, Regularization regularization, int layer)
    {
        (_model, _regularization, _layer) = (model, regularization, layer);
        var shape = regularization.Shape(model.Options.ShapeOf(layer, 1, 1));
        _packed = new AlignedBuffer(model.Backend.RecurrentSizes(shape).Packed);
        var dropped = DroppedLength(shape, regularization);
        (_mask, _dropped, _gradient) = (new AlignedBuffer(dropped), new AlignedBuffer(dropped), new AlignedBuffer(dropped));
    }

    /// <summary>For the backend.</summary>
    public ReadOnlySpan<float> Packed => _packed.Span;

    /// <summary>Where the backward pass adds ∂L/∂<c>weight_hh</c>.</summary>
    public Span<float> HiddenWeightsGradient => _gradient.Length > 0 ? _gradient.Span : _model.Layer(_layer).Gradients(RecurrentRole.HiddenWeights);

    /// <summary>Draws for a step and packs.</summary>
    public void Pack(long step)
    {
        var weights = _model.Layer(_layer).Values(RecurrentRole.HiddenWeights);
        if (_mask.Length > 0)
        {
            _model.Backend.DropoutMask(
                _regularization.Seed, TrainingStream.RecurrentWeights.Of(_layer, step), 0, _regularization.WeightDrop, _mask.Span);
            TensorPrimitives.Multiply(weights, _mask.Span, _dropped.Span);
            weights = _dropped.Span;
            _gradient.Span.Clear();
        }
        _model.PackLayer(_layer, _regularization.Shape(_model.Options.ShapeOf(_layer, 1, 1)), weights, _packed.Span);
    }

    /// <summary>Hands the gradients of the entries that were not dropped to the parameter.</summary>
    public void AddGradient()
    {
        if (_mask.Length == 0)
            return;
        var gradient = _model.Layer(_layer).Gradients(RecurrentRole.HiddenWeights);
        TensorPrimitives.MultiplyAdd(_gradient.Span, _mask.Span, gradient, gradient);
    }

    public void Dispose()
    {
        foreach (var buffer in (AlignedBuffer[])[_packed, _mask, _dropped, _gradient])
            buffer.Dispose();
    }

    /// <summary>Floats of the memory that a layer's take.</summary>
    public static double Memory(IBackend backend, Regularization regularization, in RecurrentShape shape)
    {
        var trained = regularization.Shape(shape);
        return regularization.ChangesWeights ? backend.RecurrentSizes(trained).Packed + 3.0 * DroppedLength(trained, regularization) : 0;
    }

    private static long DroppedLength(in RecurrentShape shape, Regularization regularization) =>
        regularization.WeightDrop > 0 ? (long)shape.HiddenWeights.Rows * shape.HiddenWeights.Columns : 0;
}
