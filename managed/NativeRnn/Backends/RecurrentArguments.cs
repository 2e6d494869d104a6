namespace NativeRnn.Backends;

/// <summary>The parameters of a recurrent layer in PyTorch's shapes and gate order, G gates.</summary>
public readonly ref struct RecurrentWeights
{
    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    public ReadOnlySpan<float> InputWeights { get; init; }

    /// <summary><c>weight_hh</c> [G·H, H].</summary>
    public ReadOnlySpan<float> HiddenWeights { get; init; }

    /// <summary><c>bias_ih</c> [G·H]; empty without bias.</summary>
    public ReadOnlySpan<float> InputBias { get; init; }

    /// <summary><c>bias_hh</c> [G·H]; empty without bias.</summary>
    public ReadOnlySpan<float> HiddenBias { get; init; }
}

/// <summary>What the forward pass of a recurrent layer reads and writes.</summary>
public readonly ref struct RecurrentForward
{
    /// <summary>x [T, B, I].</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    public ReadOnlySpan<float> InputWeights { get; init; }

    /// <summary>Written by <see cref="IBackend.RecurrentPack"/> since the last update.</summary>
    public ReadOnlySpan<float> Packed { get; init; }

    /// <summary>h(0) [B, H]; empty means zeros.</summary>
    public ReadOnlySpan<float> InitialHidden { get; init; }

    /// <summary>c(0) [B, H]; empty means zeros, and always for cells without c.</summary>
    public ReadOnlySpan<float> InitialCell { get; init; }

    /// <summary>Written: y = h(1…T) [T, B, H], in the order of x whatever the direction.</summary>
    public Span<float> Output { get; init; }

    /// <summary>Written unless empty: h(T) [B, H]; may be the memory of <see cref="InitialHidden"/>.</summary>
    public Span<float> FinalHidden { get; init; }

    /// <summary>Written unless empty: c(T) [B, H]; may be the memory of <see cref="InitialCell"/>.</summary>
    public Span<float> FinalCell { get; init; }

    /// <summary>Written: what the backward pass needs.</summary>
    public Span<float> Reserve { get; init; }

    /// <summary>Scratch.</summary>
    public Span<float> Workspace { get; init; }
}

/// <summary>
/// What the backward pass of a recurrent layer reads and writes. Gradients of parameters are added to, the others overwritten.
/// </summary>
public readonly ref struct RecurrentBackward
{
    /// <summary>x [T, B, I], as in the forward pass.</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    public ReadOnlySpan<float> InputWeights { get; init; }

    /// <summary>The packed weights of the forward pass.</summary>
    public ReadOnlySpan<float> Packed { get; init; }

    /// <summary>h(0) as the forward pass read it; empty means zeros.</summary>
    public ReadOnlySpan<float> InitialHidden { get; init; }

    /// <summary>c(0) as the forward pass read it; empty means zeros, and always for cells without c.</summary>
    public ReadOnlySpan<float> InitialCell { get; init; }

    /// <summary>y [T, B, H] as the forward pass wrote it.</summary>
    public ReadOnlySpan<float> Output { get; init; }

    /// <summary>∂L/∂y [T, B, H]; empty means zeros.</summary>
    public ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>∂L/∂h(T) [B, H]; empty means zeros.</summary>
    public ReadOnlySpan<float> FinalHiddenGradient { get; init; }

    /// <summary>∂L/∂c(T) [B, H]; empty means zeros.</summary>
    public ReadOnlySpan<float> FinalCellGradient { get; init; }

    /// <summary>The reserve of the forward pass. Destroyed.</summary>
    public Span<float> Reserve { get; init; }

    /// <summary>Scratch.</summary>
    public Span<float> Workspace { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂x [T, B, I].</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂h(0) [B, H].</summary>
    public Span<float> InitialHiddenGradient { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂c(0) [B, H].</summary>
    public Span<float> InitialCellGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>weight_ih</c> [G·H, I].</summary>
    public Span<float> InputWeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>weight_hh</c> [G·H, H].</summary>
    public Span<float> HiddenWeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>bias_ih</c> [G·H]; empty without bias.</summary>
    public Span<float> InputBiasGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>bias_hh</c> [G·H]; empty without bias.</summary>
    public Span<float> HiddenBiasGradient { get; init; }
}
