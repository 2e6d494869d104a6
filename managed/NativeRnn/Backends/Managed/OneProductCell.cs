using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>A cell all of whose gates begin as x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh: what is left to it is one row of one step.</summary>
internal abstract class OneProductCell<T> : RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public sealed override int Kept => Info.HasCellState ? 1 : 0;

    /// <summary>Scratch that <see cref="BackwardRow"/> wants, in units of H.</summary>
    protected abstract int ScratchRows { get; }

    public sealed override long ScratchLength(int B, int H) => (long)ScratchRows * H;

    /// <summary>One row of one step.</summary>
    /// <param name="gates">[G·H] in: the sums before the activations; out: after them, as <see cref="BackwardRow"/> wants them.</param>
    /// <param name="previousCell">c of the step before [H].</param>
    /// <param name="cell">Written: c [H]; empty for cells without one.</param>
    /// <param name="hidden">Written: h [H].</param>
    protected abstract void ForwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, Span<T> cell, Span<T> hidden);

    /// <summary>The derivatives of <see cref="ForwardRow"/>.</summary>
    /// <param name="gates">[G·H] in: what <see cref="ForwardRow"/> left; out: the gradient of the sums before the activations.</param>
    /// <param name="previousCell">c of the step before [H].</param>
    /// <param name="cell">c [H]; empty for cells without one.</param>
    /// <param name="hiddenGradient">∂L/∂h [H], complete.</param>
    /// <param name="cellGradient">[H] in: ∂L/∂c from the step after; out: what reaches c of the step before.</param>
    /// <param name="scratch">[<see cref="ScratchRows"/>·H].</param>
    protected abstract void BackwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, ReadOnlySpan<T> cell, ReadOnlySpan<T> hiddenGradient,
        Span<T> cellGradient, Span<T> scratch);

    public sealed override void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product)
    {
        if (!step.PreviousHidden.IsEmpty)
            product.MultiplyTransposed(step.PreviousHidden, step.HiddenWeights, step.Gates, accumulate: true);
        for (var b = 0; b < hidden.Rows; b++)
            ForwardRow(step.Gates[b], step.PreviousCellRow(b), step.Kept[b], hidden[b]);
    }

    public sealed override void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> cellGradient, Span<T> scratch,
        IMatrixProduct<T> product)
    {
        for (var b = 0; b < hiddenGradient.Rows; b++)
            BackwardRow(step.Gates[b], step.PreviousCellRow(b), step.Kept[b], hiddenGradient[b], cellGradient[b], scratch);
        product.Multiply(step.Gates, step.HiddenWeights, hiddenGradient, accumulate: false);
    }
}
