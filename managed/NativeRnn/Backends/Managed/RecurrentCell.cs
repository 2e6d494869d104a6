using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// A recurrent cell: what happens in one step beside the products over all steps. <see cref="RecurrentLayer{T}"/> runs any cell over
/// time. A cell all of whose gates see h(t−1) in the same way is a <see cref="OneProductCell{T}"/>.
/// </summary>
internal abstract class RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Name, number of gates, states, activations.</summary>
    public abstract CellInfo Info { get; }

    /// <summary>What a row of a step keeps for backward beside its gates, in units of H. Where the cell has c, it comes first.</summary>
    public abstract int Kept { get; }

    /// <summary>Biases in units of H that stay out of the gates' sums; they follow the others in the packed memory.</summary>
    public virtual int ApartBiases => 0;

    /// <summary>Whether h(t−1) goes into h(t) past the products, too.</summary>
    public virtual bool CarriesHidden => false;

    /// <summary>Scratch that <see cref="Backward"/> wants.</summary>
    public abstract long ScratchLength(int B, int H);

    /// <summary>Writes G·H biases that are added to x·W_ihᵀ, then those apart.</summary>
    public virtual void PackBias(ReadOnlySpan<T> inputBias, ReadOnlySpan<T> hiddenBias, Span<T> packed) =>
        TensorPrimitives.Add(inputBias, hiddenBias, packed);

    /// <summary>The gates of all steps hold x·W_ihᵀ; they leave with the biases, which may be empty.</summary>
    public virtual void OpenGates(Matrix<T> gates, Matrix<T> kept, ReadOnlySpan<T> bias, in CellParameters<T> parameters)
    {
        if (!bias.IsEmpty)
            MatrixRows.Add(bias, gates);
    }

    /// <summary>One step. The gates come from <see cref="OpenGates"/>; they leave with what <see cref="Backward"/> wants.</summary>
    /// <param name="step">The step.</param>
    /// <param name="hidden">Written: h [r, H], before a projection.</param>
    /// <param name="product">Multiplies.</param>
    public abstract void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product);

    /// <summary>
    /// The derivatives of <see cref="Forward"/>. The gates leave with the gradient of their sums; what is kept may change, too.
    /// </summary>
    /// <param name="step">The step as <see cref="Forward"/> left it.</param>
    /// <param name="hiddenGradient">[r, H] in: ∂L/∂h of this step, complete; out: what reaches h of the step before past the products,
    /// of cells with <see cref="CarriesHidden"/>.</param>
    /// <param name="seenGradient">Written [r, W]: what reaches h of the step before as the products saw it.</param>
    /// <param name="cellGradient">[r, H] in: ∂L/∂c from the step after; out: what reaches c of the step before, of cells that have one.</param>
    /// <param name="scratch">Of <see cref="ScratchLength"/>.</param>
    /// <param name="product">Multiplies.</param>
    public abstract void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> seenGradient, Matrix<T> cellGradient,
        Span<T> scratch, IMatrixProduct<T> product);

    /// <summary>The gradient of x·W_ihᵀ of all steps after <see cref="Backward"/>.</summary>
    public virtual ReadOnlyMatrix<T> InputProductGradient(Matrix<T> gates, Matrix<T> kept) => gates;

    /// <summary>δW_hh += the products over the rows of all steps.</summary>
    /// <param name="gatesGradient">What <see cref="Backward"/> left in the gates.</param>
    /// <param name="kept">What it left there.</param>
    /// <param name="seenHidden">h of the steps before as the products saw it, row for row.</param>
    /// <param name="hiddenWeightsGradient">Added to, of the shape of W_hh.</param>
    /// <param name="product">Multiplies.</param>
    public virtual void AddHiddenWeightsGradient(Matrix<T> gatesGradient, Matrix<T> kept, ReadOnlyMatrix<T> seenHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product) =>
        product.TransposedMultiply(gatesGradient, seenHidden, hiddenWeightsGradient, accumulate: true);

    /// <summary>δb_hh += the sums over all rows.</summary>
    public virtual void AddHiddenBiasGradient(Matrix<T> gatesGradient, Matrix<T> kept, Span<T> hiddenBiasGradient) =>
        MatrixRows.Sum(gatesGradient, hiddenBiasGradient);
}
