using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Runs a cell over time. Forward: one product X·W_ihᵀ for all steps, then per step the product h(t−1)·W_hhᵀ and the cell, row by
/// row. Backward: per step the cell and the product δG·W_hh, then one product over all steps for each gradient.
/// </summary>
/// <remarks>
/// packed = W_hh [G·H, H], then b_ih + b_hh [G·H] if there are biases.
/// reserve = gates [T, B, G·H] after the activations, then c [T, B, H].
/// workspace = δh [B, H], δc [B, H], zeros [H], the cell's scratch.
/// </remarks>
internal sealed class RecurrentLayer<T>(RecurrentCell<T> cell, IMatrixProduct<T> product) where T : unmanaged, IFloatingPointIeee754<T>
{
    public RecurrentSizes Sizes(in RecurrentShape shape)
    {
        long G = cell.Info.Gates, H = shape.H, rows = (long)shape.T * shape.B;
        return new RecurrentSizes(
            Packed: G * H * H + (shape.HasBias ? G * H : 0),
            Reserve: rows * (G + 1) * H,
            Workspace: (2L * shape.B + 1 + cell.ScratchRows) * H);
    }

    public void Pack(in RecurrentShape shape, ReadOnlySpan<T> hiddenWeights, ReadOnlySpan<T> inputBias, ReadOnlySpan<T> hiddenBias,
        Span<T> packed)
    {
        var G = cell.Info.Gates * shape.H;
        hiddenWeights[..(G * shape.H)].CopyTo(packed);
        if (shape.HasBias)
            TensorPrimitives.Add(inputBias[..G], hiddenBias[..G], packed[(G * shape.H)..]);
    }

    public void Forward(in RecurrentShape shape, in RecurrentForwardPass<T> pass)
    {
        var (T, B, H) = (shape.T, shape.B, shape.H);
        var gates = new Matrix<T>(pass.Reserve, T * B, cell.Info.Gates * H);
        var cells = new Matrix<T>(pass.Reserve[(gates.Rows * gates.Columns)..], T * B, H);
        var hiddenWeights = HiddenWeights(shape, pass.Packed);
        var zeros = Zeros(shape, pass.Workspace);

        product.MultiplyTransposed(pass.Input, pass.InputWeights, gates, accumulate: false);
        if (shape.HasBias)
            MatrixRows.Add(pass.Packed.Slice(gates.Columns * H, gates.Columns), gates);
        for (var t = 0; t < T; t++)
        {
            var previousHidden = t == 0 ? pass.InitialHidden : pass.Output.Slice((t - 1) * B, B);
            if (!previousHidden.IsEmpty)
                product.MultiplyTransposed(previousHidden, hiddenWeights, gates.Slice(t * B, B), accumulate: true);
            var previousCell = t == 0 ? pass.InitialCell : cells.Slice((t - 1) * B, B);
            for (var b = 0; b < B; b++)
                cell.Forward(gates[t * B + b], previousCell.IsEmpty ? zeros : previousCell[b], cells[t * B + b], pass.Output[t * B + b]);
        }
        MatrixRows.Copy(pass.Output.Slice((T - 1) * B, B), pass.FinalHidden);
        MatrixRows.Copy(cells.Slice((T - 1) * B, B), pass.FinalCell);
    }

    public void Backward(in RecurrentShape shape, in RecurrentBackwardPass<T> pass)
    {
        var (T, B, H) = (shape.T, shape.B, shape.H);
        var gates = new Matrix<T>(pass.Reserve, T * B, cell.Info.Gates * H);
        var cells = new Matrix<T>(pass.Reserve[(gates.Rows * gates.Columns)..], T * B, H);
        var hiddenWeights = HiddenWeights(shape, pass.Packed);
        var hiddenGradient = new Matrix<T>(pass.Workspace, B, H);
        var cellGradient = new Matrix<T>(pass.Workspace[(B * H)..], B, H);
        var zeros = Zeros(shape, pass.Workspace);
        var scratch = pass.Workspace.Slice((2 * B + 1) * H, cell.ScratchRows * H);

        MatrixRows.CopyOrClear(pass.FinalHiddenGradient, hiddenGradient);
        MatrixRows.CopyOrClear(pass.FinalCellGradient, cellGradient);
        for (var t = T - 1; t >= 0; t--)
        {
            var previousCell = t == 0 ? pass.InitialCell : cells.Slice((t - 1) * B, B);
            for (var b = 0; b < B; b++)
            {
                if (!pass.OutputGradient.IsEmpty)
                    TensorPrimitives.Add(hiddenGradient[b], pass.OutputGradient[t * B + b], hiddenGradient[b]);
                cell.Backward(gates[t * B + b], previousCell.IsEmpty ? zeros : previousCell[b], cells[t * B + b], hiddenGradient[b],
                    cellGradient[b], scratch);
            }
            if (t > 0 || !pass.InitialHiddenGradient.IsEmpty)
                product.Multiply(gates.Slice(t * B, B), hiddenWeights, hiddenGradient, accumulate: false);
        }
        MatrixRows.Copy(hiddenGradient, pass.InitialHiddenGradient);
        MatrixRows.Copy(cellGradient, pass.InitialCellGradient);
        ProductsOverAllSteps(shape, pass, gates);
    }

    /// <summary>δX = δG·W_ih; δW_ih += δGᵀ·X; δW_hh += Σ δG(t)ᵀ·h(t−1); both biases += the sum of δG's rows.</summary>
    private void ProductsOverAllSteps(in RecurrentShape shape, in RecurrentBackwardPass<T> pass, ReadOnlyMatrix<T> gatesGradient)
    {
        var (T, B) = (shape.T, shape.B);
        if (!pass.InputGradient.IsEmpty)
            product.Multiply(gatesGradient, pass.InputWeights, pass.InputGradient, accumulate: false);
        product.TransposedMultiply(gatesGradient, pass.Input, pass.InputWeightsGradient, accumulate: true);
        if (!pass.InitialHidden.IsEmpty)
            product.TransposedMultiply(gatesGradient.Slice(0, B), pass.InitialHidden, pass.HiddenWeightsGradient, accumulate: true);
        if (T > 1)
        {
            var steps = (T - 1) * B;
            product.TransposedMultiply(gatesGradient.Slice(B, steps), pass.Output.Slice(0, steps), pass.HiddenWeightsGradient,
                accumulate: true);
        }
        if (shape.HasBias)
        {
            MatrixRows.Sum(gatesGradient, pass.InputBiasGradient);
            MatrixRows.Sum(gatesGradient, pass.HiddenBiasGradient);
        }
    }

    private ReadOnlyMatrix<T> HiddenWeights(in RecurrentShape shape, ReadOnlySpan<T> packed) =>
        new(packed, cell.Info.Gates * shape.H, shape.H);

    private static Span<T> Zeros(in RecurrentShape shape, Span<T> workspace)
    {
        var zeros = workspace.Slice(2 * shape.B * shape.H, shape.H);
        zeros.Clear();
        return zeros;
    }
}
