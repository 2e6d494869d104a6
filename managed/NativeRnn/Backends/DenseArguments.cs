namespace NativeRnn.Backends;

/// <summary>Sizes of a dense layer: N rows of I inputs give N rows of O outputs.</summary>
public readonly record struct DenseShape(int N, int I, int O);

/// <summary>Forward of a dense layer, y = x·Wᵀ + b.</summary>
public readonly ref struct DenseForward
{
    /// <summary>x [N, I].</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary>W [O, I].</summary>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>b [O]; empty without bias.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>Written: y [N, O].</summary>
    public Span<float> Output { get; init; }
}

/// <summary>Backward of a dense layer. Gradients of parameters are added to, that of the input is overwritten.</summary>
public readonly ref struct DenseBackward
{
    /// <summary>x [N, I].</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary>W [O, I].</summary>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>∂L/∂y [N, O].</summary>
    public ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂x [N, I].</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>Added to: ∂L/∂W [O, I].</summary>
    public Span<float> WeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂b [O]; empty without bias.</summary>
    public Span<float> BiasGradient { get; init; }
}

/// <summary>
/// A dense layer with softmax cross entropy over its O classes, in row blocks: the logits [N, O] never exist as a whole.
/// With an empty <see cref="InputGradient"/> only the loss is computed.
/// </summary>
public readonly ref struct DenseCrossEntropy
{
    /// <summary>x [N, I].</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary>W [O, I].</summary>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>b [O]; empty without bias.</summary>
    public ReadOnlySpan<float> Bias { get; init; }

    /// <summary>The classes [N], 0…O−1.</summary>
    public ReadOnlySpan<int> Targets { get; init; }

    /// <summary>Factor of the summed loss: 1 for the sum, 1/N for the mean.</summary>
    public double Scale { get; init; }

    /// <summary>Scratch of <see cref="IBackend.DenseCrossEntropyWorkspace"/> floats.</summary>
    public Span<float> Workspace { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂x [N, I].</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>Added to: ∂L/∂W [O, I].</summary>
    public Span<float> WeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂b [O]; empty without bias.</summary>
    public Span<float> BiasGradient { get; init; }
}
