using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// What a cell sees of one step: the r rows at work in it. The step before is t−1, or t+1 where the layer runs backwards in time. h has
/// W columns, as many as y.
/// </summary>
internal readonly ref struct RecurrentStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>W_hh [G·H, W]; a diagonal is one row.</summary>
    public required ReadOnlyMatrix<T> HiddenWeights { get; init; }

    /// <summary>The biases that <see cref="RecurrentCell{T}.PackBias"/> wrote behind those of the gates; empty without bias.</summary>
    public ReadOnlySpan<T> ApartBias { get; init; }

    /// <summary>The gates of this step [r, G·H].</summary>
    public required Matrix<T> Gates { get; init; }

    /// <summary>What else the step keeps [r, <see cref="RecurrentCell{T}.Kept"/>·H].</summary>
    public required Matrix<T> Kept { get; init; }

    /// <summary>h of the step before [r, W].</summary>
    public required ReadOnlyMatrix<T> PreviousHidden { get; init; }

    /// <summary>The same as products see it, with the recurrent mask [r, W].</summary>
    public required ReadOnlyMatrix<T> SeenHidden { get; init; }

    /// <summary>c of the step before [r, H], for cells that have one.</summary>
    public required ReadOnlyMatrix<T> PreviousCell { get; init; }

    /// <summary>The activations of the layer.</summary>
    public required CellActivations<T> Activations { get; init; }

    /// <summary>The parameters that only some cells have.</summary>
    public required CellParameters<T> Parameters { get; init; }

    /// <summary>Their gradients, in the backward pass.</summary>
    public CellGradients<T> Gradients { get; init; }
}
