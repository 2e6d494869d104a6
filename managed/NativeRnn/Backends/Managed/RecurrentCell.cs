using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// A recurrent cell: what happens to one row of one step beside the products. <see cref="RecurrentLayer{T}"/> runs any cell over time.
/// </summary>
internal abstract class RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Name, number of gates, states.</summary>
    public abstract CellInfo Info { get; }

    /// <summary>Scratch that <see cref="Backward"/> wants, in units of H.</summary>
    public abstract int ScratchRows { get; }

    /// <summary>One row of one step.</summary>
    /// <param name="gates">[G·H] in: the sums before the activations; out: after them, as <see cref="Backward"/> wants them.</param>
    /// <param name="previousCell">c(t−1) [H].</param>
    /// <param name="cell">Written: c(t) [H].</param>
    /// <param name="hidden">Written: h(t) [H].</param>
    public abstract void Forward(Span<T> gates, ReadOnlySpan<T> previousCell, Span<T> cell, Span<T> hidden);

    /// <summary>The derivatives of <see cref="Forward"/>.</summary>
    /// <param name="gates">[G·H] in: what <see cref="Forward"/> left; out: the gradient of the sums before the activations.</param>
    /// <param name="previousCell">c(t−1) [H].</param>
    /// <param name="cell">c(t) [H].</param>
    /// <param name="hiddenGradient">∂L/∂h(t) [H], complete.</param>
    /// <param name="cellGradient">[H] in: ∂L/∂c(t) from step t+1; out: ∂L/∂c(t−1).</param>
    /// <param name="scratch">[<see cref="ScratchRows"/>·H].</param>
    public abstract void Backward(Span<T> gates, ReadOnlySpan<T> previousCell, ReadOnlySpan<T> cell, ReadOnlySpan<T> hiddenGradient,
        Span<T> cellGradient, Span<T> scratch);
}
