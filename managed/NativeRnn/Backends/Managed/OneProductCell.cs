using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// A cell all of whose gates see h(t−1) in the same way, as h·W_hhᵀ unless it overrides that: what is left to it is one row of one step.
/// </summary>
internal abstract class OneProductCell<T> : RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override int Kept => Info.HasCellState ? 1 : 0;

    /// <summary>Scratch that <see cref="BackwardRow"/> wants, in units of H.</summary>
    protected abstract int ScratchRows { get; }

    public sealed override long ScratchLength(int B, int H) => (long)ScratchRows * H;

    /// <summary>One row of one step.</summary>
    /// <param name="step">The step. The row's gates in: the sums before the activations; out: after them, as <see cref="BackwardRow"/>
    /// wants them. The first H kept numbers are written with c.</param>
    /// <param name="row">The row.</param>
    /// <param name="hidden">Written: h [H].</param>
    protected abstract void ForwardRow(in RecurrentStep<T> step, int row, Span<T> hidden);

    /// <summary>The derivatives of <see cref="ForwardRow"/>.</summary>
    /// <param name="step">The step. The row's gates out: the gradient of the sums before the activations.</param>
    /// <param name="row">The row.</param>
    /// <param name="hiddenGradient">[H] in: ∂L/∂h, complete; out: as in <see cref="RecurrentCell{T}.Backward"/>.</param>
    /// <param name="cellGradient">[H] in: ∂L/∂c from the step after; out: what reaches c of the step before.</param>
    /// <param name="scratch">[<see cref="ScratchRows"/>·H].</param>
    protected abstract void BackwardRow(in RecurrentStep<T> step, int row, Span<T> hiddenGradient, Span<T> cellGradient, Span<T> scratch);

    /// <summary>Adds to the gates what they see of h(t−1).</summary>
    protected virtual void Recur(in RecurrentStep<T> step, IMatrixProduct<T> product) =>
        product.MultiplyTransposed(step.SeenHidden, step.HiddenWeights, step.Gates, accumulate: true);

    /// <summary>Writes what reaches h(t−1) through <see cref="Recur"/>.</summary>
    protected virtual void BackwardOfRecur(in RecurrentStep<T> step, Matrix<T> seenGradient, IMatrixProduct<T> product) =>
        product.Multiply(step.Gates, step.HiddenWeights, seenGradient, accumulate: false);

    public sealed override void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product)
    {
        Recur(step, product);
        for (var b = 0; b < hidden.Rows; b++)
            ForwardRow(step, b, hidden[b]);
    }

    public sealed override void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> seenGradient, Matrix<T> cellGradient,
        Span<T> scratch, IMatrixProduct<T> product)
    {
        for (var b = 0; b < hiddenGradient.Rows; b++)
            BackwardRow(step, b, hiddenGradient[b], cellGradient[b], scratch);
        BackwardOfRecur(step, seenGradient, product);
    }
}
