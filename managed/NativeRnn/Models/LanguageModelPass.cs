using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>
/// The memory in which a <see cref="LanguageModel"/> runs batches of one size: activations, reserve, carried state. A training step is
/// <see cref="Forward"/>, <see cref="Loss"/>, <see cref="Backward"/>; nothing in it allocates. Ids and activations are time-major: [T, B].
/// Without training nothing is kept for a way back: all layers run over a block of steps, then over the next one in the same memory, and only
/// the last layer's output has the length of the call. A call on a second thread meanwhile is an <see cref="InvalidOperationException"/>.
/// </summary>
public sealed partial class LanguageModelPass : IDisposable
{
    private const int RowsOfBlock = 512; // T·B of a block without training: enough for the large products to be quick

    private readonly LanguageModel _model;
    private readonly bool _training;
    private readonly AlignedBuffer _embedded, _workspace;
    private readonly AlignedBuffer[] _outputs, _reserves;
    private readonly AlignedBuffer _upper, _lower; // ∂L/∂output of a layer and ∂L/∂input; they swap roles from layer to layer
    private readonly int[] _inputs;
    private readonly int _block; // steps that the layers take at a time
    private readonly Regularization _regularization;
    private readonly Regularizer? _regularizer; // null: the plain model is trained
    private readonly RecurrentState _initial;
    private readonly Lifetime _lifetime;
    private int _steps;
    private long _step; // of the last Forward
    private Stage _stage;

    /// <summary>What has been done of a step.</summary>
    private enum Stage
    {
        Nothing,
        Forward,
        Loss,
    }

    internal LanguageModelPass(LanguageModel model, int steps, int rows, bool training, Regularization regularization)
    {
        Check.AtLeast(steps, 1, nameof(steps));
        Check.AtLeast(rows, 1, nameof(rows));
        regularization.Require(model.Options, nameof(regularization));
        _regularization = training ? regularization : Regularization.None;
        (_model, _training, MaxSteps, Rows, _lifetime) = (model, training, steps, rows, new Lifetime(this, Free));
        var options = model.Options;
        ArgumentChecks.Addressable("the longest array of the pass", options.LargestActivation(steps, rows), nameof(steps));
        _block = StepsOfBlock(steps, rows, training);
        var (positions, blockPositions) = (steps * rows, _block * rows);
        var sizes = Enumerable.Range(0, options.Layers).Select(layer => model.Backend.RecurrentSizes(Shape(layer, _block))).ToArray();
        var head = model.Backend.DenseCrossEntropyWorkspace(new DenseShape(positions, options.OutputWidth, model.Vocabulary.Count));

        _embedded = new AlignedBuffer((long)blockPositions * options.Embedding);
        _workspace = new AlignedBuffer(Math.Max(head, sizes.Max(size => size.Workspace)));
        _outputs = [.. sizes.Select((_, layer) => new AlignedBuffer((long)(layer == options.Layers - 1 ? positions : blockPositions) * options.OutputWidth))];
        _reserves = training ? [.. sizes.Select(size => new AlignedBuffer(size.Reserve))] : [new AlignedBuffer(sizes.Max(size => size.Reserve))];
        var widest = training ? (long)positions * Math.Max(options.Embedding, options.OutputWidth) : 0;
        (_upper, _lower) = (new AlignedBuffer(widest), new AlignedBuffer(widest));
        _inputs = new int[positions]; // for the gradient of the embedding
        _regularizer = _regularization.IsNone ? null : new Regularizer(model, _regularization, steps, rows);
        _initial = new RecurrentState(options.Layers, options.ShapeOf(0, 1, rows));
        State = new RecurrentState(options.Layers, options.ShapeOf(0, 1, rows));
    }

    /// <summary>T, the most steps of one call.</summary>
    public int MaxSteps { get; }

    /// <summary>B, sequences side by side.</summary>
    public int Rows { get; }

    /// <summary>The number of the next <see cref="Forward"/>, from 0, which raises it; a <see cref="Training.Trainer"/> counts its own steps. Masks are drawn by it.</summary>
    public long Step { get; internal set; }

    /// <summary>What the penalties of the <see cref="Regularization"/> added to the mean of the last <see cref="Loss"/>, which is without them.</summary>
    public double Penalty => _regularizer?.Penalty ?? 0;

    /// <summary>Where the time of the calls is written down; null for nowhere.</summary>
    internal StepProfile? Profile { get; set; }

    /// <summary>The state after the last <see cref="Forward"/>, from which the next one starts.</summary>
    public RecurrentState State { get; }

    /// <summary>Runs the layers over T·B tokens, continuing from <see cref="State"/>.</summary>
    /// <param name="inputs">Token ids [T, B], T at most <see cref="MaxSteps"/>.</param>
    /// <exception cref="ArgumentException">The length is no multiple of B, or too long, or an id is not in the vocabulary.</exception>
    public void Forward(ReadOnlySpan<int> inputs)
    {
        using var call = UseAlone();
        using var model = _model.Use();
        if (inputs.IsEmpty || inputs.Length % Rows != 0 || inputs.Length > _inputs.Length)
            throw new ArgumentException($"expected T·{Rows} ids with T from 1 to {MaxSteps}, found {inputs.Length}", nameof(inputs));
        _stage = Stage.Nothing;
        ArgumentChecks.Indices(inputs, _model.Vocabulary.Count, nameof(inputs)); // all, before the first block changes the state
        _steps = inputs.Length / Rows;
        inputs.CopyTo(_inputs);
        _step = Step++;
        PackWeights();
        Profile?.Lap(StepPart.Packing);
        for (var first = 0; first < _steps; first += _block)
            ForwardBlock(first, Math.Min(_block, _steps - first));
        _stage = Stage.Forward;
    }

    /// <summary>
    /// The mean cross entropy in nats of the tokens that follow. In a training pass it also computes the output layer's gradients (adding
    /// to those of the parameters), which <see cref="Backward"/> carries on.
    /// </summary>
    /// <param name="targets">The next token of every input, [T, B].</param>
    /// <param name="reduction">What the gradients are of. The mean is returned whatever it is. Default: the mean.</param>
    /// <exception cref="ArgumentException">The length differs from that of the inputs, or an id is not in the vocabulary.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Forward"/> has not run since the last loss.</exception>
    public double Loss(ReadOnlySpan<int> targets, LossReduction reduction = LossReduction.MeanPerToken)
    {
        using var call = UseAlone();
        using var model = _model.Use();
        Require(Stage.Forward, "call Forward first, once for each Loss");
        if (targets.Length != _steps * Rows)
            throw new ArgumentException($"expected {_steps * Rows} targets, as many as inputs, found {targets.Length}", nameof(targets));
        ArgumentChecks.Indices(targets, _model.Vocabulary.Count, nameof(targets));
        var scale = Scale(reduction, targets.Length);
        var shape = new DenseShape(targets.Length, _model.Options.OutputWidth, _model.Vocabulary.Count);
        var loss = _model.Backend.DenseCrossEntropy(shape, new DenseCrossEntropy
        {
            Input = LastOutput,
            Weights = _model.DecoderWeight.Values,
            Bias = _model.DecoderBias.Values,
            Targets = targets,
            Scale = scale,
            Workspace = _workspace.Span,
            InputGradient = _training ? Rows2D(_upper, shape.I) : [],
            WeightsGradient = _training ? _model.DecoderWeight.Gradients : [],
            BiasGradient = _training ? _model.DecoderBias.Gradients : [],
        });
        _regularizer?.BackwardOfOutput(
            Rows2D(_outputs[^1], shape.I), LastOutput, Rows * shape.I, scale / Scale(LossReduction.MeanPerToken, targets.Length), Rows2D(_upper, shape.I));
        _stage = Stage.Loss;
        Profile?.Lap(StepPart.OutputAndLoss);
        return loss * (Scale(LossReduction.MeanPerToken, targets.Length) / scale);
    }

    /// <summary>Back-propagates the last <see cref="Loss"/> through time, adding to the gradients of all parameters.</summary>
    /// <exception cref="InvalidOperationException">The pass was made without training, or <see cref="Loss"/> has not run since the last backward pass.</exception>
    public void Backward()
    {
        using var call = UseAlone();
        using var model = _model.Use();
        if (!_training)
            throw new InvalidOperationException("this pass was made with training: false and keeps nothing to back-propagate");
        Require(Stage.Loss, "call Forward and Loss first; Backward spends what they kept");
        var (above, below) = (_upper, _lower);
        for (var layer = _model.Options.Layers - 1; layer >= 0; layer--)
        {
            var inputGradient = Rows2D(below, _model.Options.InputOf(layer));
            BackwardLayer(layer, Rows2D(above, _model.Options.OutputWidth), inputGradient);
            _regularizer?.DropoutInto(layer)?.Backward(inputGradient);
            (above, below) = (below, above);
        }
        var inputs = _inputs.AsSpan(0, _steps * Rows);
        Profile?.Lap(StepPart.RecurrentBackward);
        var embeddedGradient = Rows2D(above, _model.Options.Embedding);
        _regularizer?.DropTokens(inputs, embeddedGradient);
        _model.Parameters.TouchRows(inputs);
        _model.Backend.EmbeddingBackward(_model.Options.Embedding, inputs, embeddedGradient, _model.Embedding.TrackedGradients);
        Profile?.Lap(StepPart.Embedding);
        _stage = Stage.Nothing; // the reserve is spent
    }

    /// <summary>The logits [B, V] of the last step of the last <see cref="Forward"/>.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Forward"/> has not run.</exception>
    public void LastLogits(Span<float> logits)
    {
        using var call = UseAlone();
        using var model = _model.Use();
        if (_stage == Stage.Nothing)
            throw new InvalidOperationException("call Forward first");
        var shape = new DenseShape(Rows, _model.Options.OutputWidth, _model.Vocabulary.Count);
        ArgumentChecks.Length<float>(logits, (long)Rows * shape.O, nameof(logits));
        _model.Backend.DenseForward(shape, new DenseForward
        {
            Input = LastOutput[^(Rows * shape.I)..],
            Weights = _model.DecoderWeight.Values,
            Bias = _model.DecoderBias.Values,
            Output = logits,
        });
    }

    /// <summary>Frees the memory; while another thread uses it, when its call returns.</summary>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>Keeps the pass from being freed, and other calls out, while a call uses it.</summary>
    internal Lifetime.Call UseAlone() => _lifetime.EnterAlone("another thread is using this memory; make a pass or a session for each thread");

    private void Free()
    {
        foreach (var buffer in (AlignedBuffer[])[_embedded, _workspace, _upper, _lower, .. _outputs, .. _reserves])
            buffer.Dispose();
        _regularizer?.Dispose();
        _initial.Dispose();
        State.Dispose();
    }

    /// <summary>The most steps that the layers take at a time. In training that is all: what they keep is needed as a whole.</summary>
    internal static int StepsOfBlock(int steps, int rows, bool training) => training ? steps : Math.Min(steps, Math.Max(1, RowsOfBlock / rows));

    private double Scale(LossReduction reduction, int tokens) => reduction switch
    {
        LossReduction.MeanPerToken => 1.0 / tokens,
        LossReduction.MeanPerSequence => 1.0 / Rows,
        LossReduction.Sum => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(reduction), reduction, "unknown reduction"),
    };

    private void Require(Stage stage, string otherwise)
    {
        if (_stage != stage)
            throw new InvalidOperationException(otherwise);
    }
}
