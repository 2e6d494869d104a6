namespace NativeRnn.Backends.Managed;

/// <summary><see cref="Backends.RecurrentForward"/> for any kind of number, with its arrays as matrices of T·B or B rows.</summary>
internal readonly ref struct RecurrentForwardPass<T>
{
    public required ReadOnlyMatrix<T> Input { get; init; }
    public required ReadOnlyMatrix<T> InputWeights { get; init; }
    public required ReadOnlySpan<T> Packed { get; init; }
    public ReadOnlyMatrix<T> InitialHidden { get; init; }
    public ReadOnlyMatrix<T> InitialCell { get; init; }
    public required Matrix<T> Output { get; init; }
    public Matrix<T> FinalHidden { get; init; }
    public Matrix<T> FinalCell { get; init; }
    public required Span<T> Reserve { get; init; }
    public required Span<T> Workspace { get; init; }
}

/// <summary><see cref="Backends.RecurrentBackward"/> for any kind of number, with its arrays as matrices.</summary>
internal readonly ref struct RecurrentBackwardPass<T>
{
    public required ReadOnlyMatrix<T> Input { get; init; }
    public required ReadOnlyMatrix<T> InputWeights { get; init; }
    public required ReadOnlySpan<T> Packed { get; init; }
    public ReadOnlyMatrix<T> InitialHidden { get; init; }
    public ReadOnlyMatrix<T> InitialCell { get; init; }
    public required ReadOnlyMatrix<T> Output { get; init; }
    public ReadOnlyMatrix<T> OutputGradient { get; init; }
    public ReadOnlyMatrix<T> FinalHiddenGradient { get; init; }
    public ReadOnlyMatrix<T> FinalCellGradient { get; init; }
    public required Span<T> Reserve { get; init; }
    public required Span<T> Workspace { get; init; }
    public Matrix<T> InputGradient { get; init; }
    public Matrix<T> InitialHiddenGradient { get; init; }
    public Matrix<T> InitialCellGradient { get; init; }
    public required Matrix<T> InputWeightsGradient { get; init; }
    public required Matrix<T> HiddenWeightsGradient { get; init; }
    public Span<T> InputBiasGradient { get; init; }
    public Span<T> HiddenBiasGradient { get; init; }
}
