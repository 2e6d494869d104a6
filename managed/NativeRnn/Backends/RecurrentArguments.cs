namespace NativeRnn.Backends;

/// <summary>The parameters of a recurrent layer in PyTorch's shapes and gate order, G gates.</summary>
public readonly ref struct RecurrentWeights
{
    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    public ReadOnlySpan<float> InputWeights { get; init; }

    /// <summary><c>weight_hh</c> [G·H, P or H], or [H] where it is a diagonal; empty where there is none.</summary>
    public ReadOnlySpan<float> HiddenWeights { get; init; }

    /// <summary><c>bias_ih</c> [G·H]; empty without bias.</summary>
    public ReadOnlySpan<float> InputBias { get; init; }

    /// <summary><c>bias_hh</c> [G·H]; empty without bias and where there is no <c>weight_hh</c>.</summary>
    public ReadOnlySpan<float> HiddenBias { get; init; }

    /// <summary><c>weight_hr</c> [P, H]; empty without projection.</summary>
    public ReadOnlySpan<float> ProjectionWeights { get; init; }

    /// <summary><c>weight_peephole</c> [3·H], rows i, f, o; empty for cells without.</summary>
    public ReadOnlySpan<float> PeepholeWeights { get; init; }

    /// <summary><c>ln_ih_gain</c> [G·H]; empty without layer normalization.</summary>
    public ReadOnlySpan<float> InputGain { get; init; }

    /// <summary><c>ln_hh_gain</c> [G·H]; empty without layer normalization.</summary>
    public ReadOnlySpan<float> HiddenGain { get; init; }

    /// <summary><c>ln_c_gain</c> [H]; empty without layer normalization.</summary>
    public ReadOnlySpan<float> CellGain { get; init; }

    /// <summary><c>ln_c_bias</c> [H]; empty without layer normalization.</summary>
    public ReadOnlySpan<float> CellBias { get; init; }
}

/// <summary>What the forward pass of a recurrent layer reads and writes.</summary>
public readonly ref struct RecurrentForward
{
    /// <summary>x [R, I].</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    public ReadOnlySpan<float> InputWeights { get; init; }

    /// <summary>Written by <see cref="IBackend.RecurrentPack"/> since the last update.</summary>
    public ReadOnlySpan<float> Packed { get; init; }

    /// <summary>
    /// The rows at work in each step [T], in the order of memory, 1…B and never rising, R in all: a <see cref="RaggedBatch"/>'s. x and y
    /// then hold the rows of step 0, those of step 1, … without gaps, and the rows of states are those of step 0, longest first, then
    /// those without a step. Empty where the shape is not ragged: all B rows in every step, R = T·B.
    /// </summary>
    public ReadOnlySpan<int> StepRows { get; init; }

    /// <summary>
    /// Factors of h(t−1) [B, P or H] where it enters products, the same in all steps (Gal and Ghahramani 2016): 0 or 1/(1−rate). Empty where
    /// the shape is not masked.
    /// </summary>
    public ReadOnlySpan<float> HiddenMask { get; init; }

    /// <summary>Units that keep their values of the step before; read where the shape has zoneout.</summary>
    public Zoneout Zoneout { get; init; }

    /// <summary>h(0) [B, P or H]; empty means zeros.</summary>
    public ReadOnlySpan<float> InitialHidden { get; init; }

    /// <summary>c(0) [B, H]; empty means zeros, and always for cells without c.</summary>
    public ReadOnlySpan<float> InitialCell { get; init; }

    /// <summary>Written: y = h(1…T) [R, P or H], in the order of x whatever the direction.</summary>
    public Span<float> Output { get; init; }

    /// <summary>Written unless empty: h(T) [B, P or H]; may be the memory of <see cref="InitialHidden"/>.</summary>
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
    /// <summary>x [R, I], as in the forward pass.</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    public ReadOnlySpan<float> InputWeights { get; init; }

    /// <summary>The packed weights of the forward pass.</summary>
    public ReadOnlySpan<float> Packed { get; init; }

    /// <summary>As in the forward pass.</summary>
    public ReadOnlySpan<int> StepRows { get; init; }

    /// <summary>As in the forward pass.</summary>
    public ReadOnlySpan<float> HiddenMask { get; init; }

    /// <summary>As in the forward pass.</summary>
    public Zoneout Zoneout { get; init; }

    /// <summary>h(0) as the forward pass read it; empty means zeros.</summary>
    public ReadOnlySpan<float> InitialHidden { get; init; }

    /// <summary>c(0) as the forward pass read it; empty means zeros, and always for cells without c.</summary>
    public ReadOnlySpan<float> InitialCell { get; init; }

    /// <summary>y [R, P or H] as the forward pass wrote it.</summary>
    public ReadOnlySpan<float> Output { get; init; }

    /// <summary>∂L/∂y [R, P or H]; empty means zeros.</summary>
    public ReadOnlySpan<float> OutputGradient { get; init; }

    /// <summary>∂L/∂h(T) [B, P or H]; empty means zeros.</summary>
    public ReadOnlySpan<float> FinalHiddenGradient { get; init; }

    /// <summary>∂L/∂c(T) [B, H]; empty means zeros.</summary>
    public ReadOnlySpan<float> FinalCellGradient { get; init; }

    /// <summary>The reserve of the forward pass. Destroyed.</summary>
    public Span<float> Reserve { get; init; }

    /// <summary>Scratch.</summary>
    public Span<float> Workspace { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂x [R, I].</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂h(0) [B, P or H].</summary>
    public Span<float> InitialHiddenGradient { get; init; }

    /// <summary>Overwritten unless empty: ∂L/∂c(0) [B, H].</summary>
    public Span<float> InitialCellGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>weight_ih</c> [G·H, I].</summary>
    public Span<float> InputWeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>weight_hh</c> [G·H, P or H], or [H] where it is a diagonal; empty where there is none.</summary>
    public Span<float> HiddenWeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>bias_ih</c> [G·H]; empty without bias.</summary>
    public Span<float> InputBiasGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>bias_hh</c> [G·H]; empty without bias and where there is no <c>weight_hh</c>.</summary>
    public Span<float> HiddenBiasGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>weight_hr</c> [P, H]; empty without projection.</summary>
    public Span<float> ProjectionWeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>weight_peephole</c> [3·H]; empty for cells without.</summary>
    public Span<float> PeepholeWeightsGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>ln_ih_gain</c> [G·H]; empty without layer normalization.</summary>
    public Span<float> InputGainGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>ln_hh_gain</c> [G·H]; empty without layer normalization.</summary>
    public Span<float> HiddenGainGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>ln_c_gain</c> [H]; empty without layer normalization.</summary>
    public Span<float> CellGainGradient { get; init; }

    /// <summary>Added to: ∂L/∂<c>ln_c_bias</c> [H]; empty without layer normalization.</summary>
    public Span<float> CellBiasGradient { get; init; }
}
