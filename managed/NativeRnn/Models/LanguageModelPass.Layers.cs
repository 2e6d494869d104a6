using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <content>What the layers read and write.</content>
public sealed partial class LanguageModelPass
{
    private void ForwardBlock(int first, int steps)
    {
        var options = _model.Options;
        var count = steps * Rows;
        var ids = _inputs.AsSpan(first * Rows, count);
        var embedded = _embedded.Span[..(count * options.Embedding)];
        _model.Backend.EmbeddingForward(options.Embedding, _model.Embedding.Values, ids, embedded);
        _regularizer?.DropTokens(ids, embedded);
        Profile?.Lap(StepPart.Embedding);
        State.Swap(_initial);
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var last = layer == options.Layers - 1;
            Drop(layer, steps);
            _model.Backend.RecurrentForward(Shape(layer, steps), new RecurrentForward
            {
                Input = InputOf(layer, steps),
                InputWeights = _model.Layer(layer).Values(RecurrentRole.InputWeights),
                Packed = Packed(layer),
                HiddenMask = HiddenMask(layer),
                Zoneout = Zoneout(layer),
                InitialHidden = _initial.HiddenOf(layer),
                InitialCell = _initial.CellOf(layer),
                Output = _outputs[layer].Span.Slice(last ? first * Rows * options.OutputWidth : 0, count * options.OutputWidth),
                FinalHidden = State.HiddenOf(layer),
                FinalCell = State.CellOf(layer),
                Reserve = ReserveOf(layer),
                Workspace = _workspace.Span,
            });
        }
        Drop(options.Layers, steps);
        Profile?.Lap(StepPart.RecurrentForward);
    }

    private void BackwardLayer(int layer, ReadOnlySpan<float> outputGradient, Span<float> inputGradient)
    {
        var (parameters, weights) = (_model.Layer(layer), _regularizer?.Weights(layer));
        _model.Backend.RecurrentBackward(Shape(layer, _steps), new RecurrentBackward
        {
            Input = InputOf(layer, _steps),
            InputWeights = parameters.Values(RecurrentRole.InputWeights),
            Packed = Packed(layer),
            HiddenMask = HiddenMask(layer),
            Zoneout = Zoneout(layer),
            InitialHidden = _initial.HiddenOf(layer),
            InitialCell = _initial.CellOf(layer),
            Output = Rows2D(_outputs[layer], _model.Options.OutputWidth),
            OutputGradient = outputGradient,
            Reserve = ReserveOf(layer),
            Workspace = _workspace.Span,
            InputGradient = inputGradient,
            InputWeightsGradient = parameters.Gradients(RecurrentRole.InputWeights),
            HiddenWeightsGradient = weights is null ? parameters.Gradients(RecurrentRole.HiddenWeights) : weights.HiddenWeightsGradient,
            InputBiasGradient = parameters.Gradients(RecurrentRole.InputBias),
            HiddenBiasGradient = parameters.Gradients(RecurrentRole.HiddenBias),
            ProjectionWeightsGradient = parameters.Gradients(RecurrentRole.ProjectionWeights),
            PeepholeWeightsGradient = parameters.Gradients(RecurrentRole.PeepholeWeights),
            InputGainGradient = parameters.Gradients(RecurrentRole.InputGain),
            HiddenGainGradient = parameters.Gradients(RecurrentRole.HiddenGain),
            CellGainGradient = parameters.Gradients(RecurrentRole.CellGain),
            CellBiasGradient = parameters.Gradients(RecurrentRole.CellBias),
        });
        weights?.AddGradient();
    }

    /// <summary>The shape of a layer as this pass runs it.</summary>
    private RecurrentShape Shape(int layer, int steps) => _regularization.Shape(_model.Options.ShapeOf(layer, steps, Rows));

    private void PackWeights()
    {
        if (!_regularization.ChangesWeights)
            _model.Pack();
        _regularizer?.Begin(_step);
    }

    private ReadOnlySpan<float> Packed(int layer) => _regularizer?.Weights(layer) is { } weights ? weights.Packed : _model.Packed(layer);

    private ReadOnlySpan<float> HiddenMask(int layer) => _regularizer is null ? default : _regularizer.Mask(layer);

    private Zoneout Zoneout(int layer) => new((float)_model.Options.ZoneoutHidden, (float)_model.Options.ZoneoutCell, _regularization.Seed,
        TrainingStream.Zoneout.Of(layer, _step), Expected: !_training);

    /// <summary>Drops entries of what goes into a layer, or into the dense one behind the last, where that is asked for.</summary>
    private void Drop(int layer, int steps) =>
        _regularizer?.DropoutInto(layer)?.Forward(_step, Below(layer).Span[..(steps * Rows * _model.Options.InputOf(layer))]);

    /// <summary>What goes into a layer, or into the dense one behind the last: dropout is done.</summary>
    private Span<float> InputOf(int layer, int steps) =>
        (_regularizer?.DropoutInto(layer)?.Output ?? Below(layer)).Span[..(steps * Rows * _model.Options.InputOf(layer))];

    /// <summary>What lies below a layer gives to it.</summary>
    private AlignedBuffer Below(int layer) => layer == 0 ? _embedded : _outputs[layer - 1];

    private Span<float> LastOutput => InputOf(_model.Options.Layers, _steps);

    private Span<float> ReserveOf(int layer) => _reserves[_training ? layer : 0].Span;

    /// <summary>The part of a buffer that T·B rows of this width fill.</summary>
    private Span<float> Rows2D(AlignedBuffer buffer, int width) => buffer.Span[..(_steps * Rows * width)];
}
