namespace NativeRnn.Backends.Managed;

/// <summary>The parameters that only some cells have; empty where this one has none.</summary>
internal readonly ref struct CellParameters<T>
{
    /// <summary>Rows i, f, o [3·H].</summary>
    public ReadOnlySpan<T> Peephole { get; init; }

    /// <summary>[G·H].</summary>
    public ReadOnlySpan<T> InputGain { get; init; }

    /// <summary>[G·H].</summary>
    public ReadOnlySpan<T> HiddenGain { get; init; }

    /// <summary>[H].</summary>
    public ReadOnlySpan<T> CellGain { get; init; }

    /// <summary>[H].</summary>
    public ReadOnlySpan<T> CellBias { get; init; }
}

/// <summary>The gradients of <see cref="CellParameters{T}"/>, added to.</summary>
internal readonly ref struct CellGradients<T>
{
    public Span<T> Peephole { get; init; }
    public Span<T> InputGain { get; init; }
    public Span<T> HiddenGain { get; init; }
    public Span<T> CellGain { get; init; }
    public Span<T> CellBias { get; init; }
}
