namespace NativeRnn.Backends.Managed;

/// <summary>
/// What both passes have of <see cref="Backends.RecurrentForward"/> and <see cref="Backends.RecurrentBackward"/>, for any kind of number:
/// arrays are matrices of R or B rows.
/// </summary>
internal readonly ref struct RecurrentContext<T>
{
    public required ReadOnlyMatrix<T> Input { get; init; }
    public required ReadOnlyMatrix<T> InputWeights { get; init; }
    public required ReadOnlySpan<T> Packed { get; init; }
    public ReadOnlySpan<int> StepRows { get; init; }
    public ReadOnlyMatrix<T> HiddenMask { get; init; }
    public Zoneout Zoneout { get; init; }
    public ReadOnlyMatrix<T> InitialHidden { get; init; }
    public ReadOnlyMatrix<T> InitialCell { get; init; }
    public required Span<T> Reserve { get; init; }
    public required Span<T> Workspace { get; init; }
}

/// <summary>What only the forward pass has.</summary>
internal readonly ref struct RecurrentResults<T>
{
    public required Matrix<T> Output { get; init; }
    public Matrix<T> FinalHidden { get; init; }
    public Matrix<T> FinalCell { get; init; }
}

/// <summary>What only the backward pass has.</summary>
internal readonly ref struct RecurrentGradients<T>
{
    public ReadOnlyMatrix<T> Output { get; init; }
    public ReadOnlyMatrix<T> FinalHidden { get; init; }
    public ReadOnlyMatrix<T> FinalCell { get; init; }
    public Matrix<T> Input { get; init; }
    public Matrix<T> InitialHidden { get; init; }
    public Matrix<T> InitialCell { get; init; }
    public required Matrix<T> InputWeights { get; init; }
    public required Matrix<T> HiddenWeights { get; init; }
    public Span<T> InputBias { get; init; }
    public Span<T> HiddenBias { get; init; }
    public Matrix<T> ProjectionWeights { get; init; }
    public CellGradients<T> Parameters { get; init; }
}
