namespace NativeRnn.Backends.Managed;

/// <summary>What a cell sees of one step: B rows. The step before is t−1, or t+1 where the layer runs backwards in time.</summary>
internal readonly ref struct RecurrentStep<T>
{
    /// <summary>W_hh [G·H, H].</summary>
    public required ReadOnlyMatrix<T> HiddenWeights { get; init; }

    /// <summary>The biases that <see cref="RecurrentCell{T}.PackBias"/> wrote behind those of the gates; empty without bias.</summary>
    public ReadOnlySpan<T> ApartBias { get; init; }

    /// <summary>The gates of this step [B, G·H].</summary>
    public required Matrix<T> Gates { get; init; }

    /// <summary>What else the step keeps [B, <see cref="RecurrentCell{T}.Kept"/>·H].</summary>
    public required Matrix<T> Kept { get; init; }

    /// <summary>h of the step before [B, H]; empty means zeros.</summary>
    public ReadOnlyMatrix<T> PreviousHidden { get; init; }

    /// <summary>c of the step before [B, H], for cells that have one; empty means zeros.</summary>
    public ReadOnlyMatrix<T> PreviousCell { get; init; }

    /// <summary>Zeros [H].</summary>
    public required ReadOnlySpan<T> Zeros { get; init; }

    public ReadOnlySpan<T> PreviousHiddenRow(int row) => PreviousHidden.IsEmpty ? Zeros : PreviousHidden[row];

    public ReadOnlySpan<T> PreviousCellRow(int row) => PreviousCell.IsEmpty ? Zeros : PreviousCell[row];
}
