using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// A recurrent cell: what happens in one step beside the products over all steps. <see cref="RecurrentLayer{T}"/> runs any cell over
/// time. A cell whose gates all sum x·W_ihᵀ and h·W_hhᵀ is a <see cref="OneProductCell{T}"/>.
/// </summary>
internal abstract class RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Name, number of gates, states.</summary>
    public abstract CellInfo Info { get; }

    /// <summary>What a row of a step keeps for backward beside its gates, in units of H. It is c(t) where the cell has one.</summary>
    public abstract int Kept { get; }

    /// <summary>Biases in units of H that stay out of the gates' sums; they follow the others in the packed memory.</summary>
    public virtual int ApartBiases => 0;

    /// <summary>Scratch that <see cref="Backward"/> wants.</summary>
    public abstract long ScratchLength(int B, int H);

    /// <summary>Writes G·H biases that are added to x·W_ihᵀ, then those apart.</summary>
    public virtual void PackBias(ReadOnlySpan<T> inputBias, ReadOnlySpan<T> hiddenBias, Span<T> packed) =>
        TensorPrimitives.Add(inputBias, hiddenBias, packed);

    /// <summary>One step. The gates hold x·W_ihᵀ with the biases; they leave with what <see cref="Backward"/> wants.</summary>
    /// <param name="step">The step.</param>
    /// <param name="hidden">Written: h [B, H].</param>
    /// <param name="product">Multiplies.</param>
    public abstract void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product);

    /// <summary>
    /// The derivatives of <see cref="Forward"/>. The gates leave with the gradient of their sums; what is kept may change, too.
    /// </summary>
    /// <param name="step">The step as <see cref="Forward"/> left it.</param>
    /// <param name="hiddenGradient">[B, H] in: ∂L/∂h of this step, complete; out: what reaches h of the step before.</param>
    /// <param name="cellGradient">[B, H] the same for c, of cells that have one.</param>
    /// <param name="scratch">Of <see cref="ScratchLength"/>.</param>
    /// <param name="product">Multiplies.</param>
    public abstract void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> cellGradient, Span<T> scratch,
        IMatrixProduct<T> product);

    /// <summary>δW_hh += the products over the rows of some steps.</summary>
    /// <param name="gatesGradient">What <see cref="Backward"/> left in the gates.</param>
    /// <param name="kept">What it left there.</param>
    /// <param name="previousHidden">h of the steps before, row for row.</param>
    /// <param name="hiddenWeightsGradient">Added to [G·H, H].</param>
    /// <param name="product">Multiplies.</param>
    public virtual void AddHiddenWeightsGradient(ReadOnlyMatrix<T> gatesGradient, ReadOnlyMatrix<T> kept, ReadOnlyMatrix<T> previousHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product) =>
        product.TransposedMultiply(gatesGradient, previousHidden, hiddenWeightsGradient, accumulate: true);

    /// <summary>δb_hh += the sums over all rows.</summary>
    public virtual void AddHiddenBiasGradient(ReadOnlyMatrix<T> gatesGradient, ReadOnlyMatrix<T> kept, Span<T> hiddenBiasGradient) =>
        MatrixRows.Sum(gatesGradient, hiddenBiasGradient);

    /// <summary>s = upper∘s∘(1−s).</summary>
    protected static void ThroughSigmoid(ReadOnlySpan<T> upper, Span<T> s, Span<T> slope)
    {
        TensorPrimitives.Subtract(T.One, s, slope);
        TensorPrimitives.Multiply(s, slope, s);
        TensorPrimitives.Multiply(s, upper, s);
    }

    /// <summary>a = upper∘(1−a²).</summary>
    protected static void ThroughTanh(ReadOnlySpan<T> upper, Span<T> a, Span<T> slope)
    {
        TensorPrimitives.Multiply<T>(a, a, slope);
        TensorPrimitives.Subtract(T.One, slope, slope);
        TensorPrimitives.Multiply(slope, upper, a);
    }
}
