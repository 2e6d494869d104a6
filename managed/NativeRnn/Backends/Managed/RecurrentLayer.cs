using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Runs a cell over time, forwards or backwards. Forward: one product X·W_ihᵀ for all steps, then per step the cell with its product by
/// W_hhᵀ. Backward: per step the cell's derivatives, against the order of forward, then one product over all steps for each gradient.
/// </summary>
/// <remarks>
/// packed = W_hh [G·H, H], then, if there are biases, those of the gates [G·H] and the cell's biases apart.
/// reserve = gates [T, B, G·H] after the activations, then what the cell keeps [T, B, K·H].
/// workspace = δh [B, H], δc [B, H], zeros [H], the cell's scratch.
/// </remarks>
internal sealed class RecurrentLayer<T>(RecurrentCell<T> cell, IMatrixProduct<T> product) where T : unmanaged, IFloatingPointIeee754<T>
{
    public RecurrentSizes Sizes(in RecurrentShape shape)
    {
        long G = cell.Info.Gates, H = shape.H, rows = (long)shape.T * shape.B;
        return new RecurrentSizes(
            Packed: G * H * H + (shape.HasBias ? (G + cell.ApartBiases) * H : 0),
            Reserve: rows * (G + cell.Kept) * H,
            Workspace: (2L * shape.B + 1) * H + cell.ScratchLength(shape.B, shape.H));
    }

    public void Pack(in RecurrentShape shape, ReadOnlySpan<T> hiddenWeights, ReadOnlySpan<T> inputBias, ReadOnlySpan<T> hiddenBias,
        Span<T> packed)
    {
        var G = cell.Info.Gates * shape.H;
        hiddenWeights[..(G * shape.H)].CopyTo(packed);
        if (shape.HasBias)
            cell.PackBias(inputBias[..G], hiddenBias[..G], packed[(G * shape.H)..]);
    }

    public void Forward(in RecurrentShape shape, in RecurrentForwardPass<T> pass)
    {
        var (T, B) = (shape.T, shape.B);
        var sequence = new Sequence(cell, shape, pass.Reserve, pass.Packed, pass.Workspace, pass.Output, pass.InitialHidden,
            pass.InitialCell);
        product.MultiplyTransposed(pass.Input, pass.InputWeights, sequence.Gates, accumulate: false);
        if (shape.HasBias)
            MatrixRows.Add(sequence.Bias[..sequence.Gates.Columns], sequence.Gates);
        for (var n = 0; n < T; n++)
        {
            var t = sequence.Place(n);
            cell.Forward(sequence.Step(n), pass.Output.Slice(t * B, B), product);
        }
        var last = sequence.Place(T - 1) * B;
        MatrixRows.Copy(pass.Output.Slice(last, B), pass.FinalHidden);
        MatrixRows.Copy(sequence.Kept.Slice(last, B), pass.FinalCell);
    }

    public void Backward(in RecurrentShape shape, in RecurrentBackwardPass<T> pass)
    {
        var (T, B, H) = (shape.T, shape.B, shape.H);
        var sequence = new Sequence(cell, shape, pass.Reserve, pass.Packed, pass.Workspace, pass.Output, pass.InitialHidden,
            pass.InitialCell);
        var hiddenGradient = new Matrix<T>(pass.Workspace, B, H);
        var cellGradient = new Matrix<T>(pass.Workspace[(B * H)..], B, H);
        var scratch = pass.Workspace.Slice((2 * B + 1) * H, (int)cell.ScratchLength(B, H));

        MatrixRows.CopyOrClear(pass.FinalHiddenGradient, hiddenGradient);
        MatrixRows.CopyOrClear(pass.FinalCellGradient, cellGradient);
        for (var n = T - 1; n >= 0; n--)
        {
            var t = sequence.Place(n);
            for (var b = 0; b < (pass.OutputGradient.IsEmpty ? 0 : B); b++)
                TensorPrimitives.Add(hiddenGradient[b], pass.OutputGradient[t * B + b], hiddenGradient[b]);
            cell.Backward(sequence.Step(n), hiddenGradient, cellGradient, scratch, product);
        }
        MatrixRows.Copy(hiddenGradient, pass.InitialHiddenGradient);
        MatrixRows.Copy(cellGradient, pass.InitialCellGradient);
        ProductsOverAllSteps(shape, pass, sequence);
    }

    /// <summary>δX = δG·W_ih; δW_ih += δGᵀ·X; δb_ih += the sum of δG's rows; δW_hh and δb_hh are the cell's.</summary>
    private void ProductsOverAllSteps(in RecurrentShape shape, in RecurrentBackwardPass<T> pass, in Sequence sequence)
    {
        var (T, B) = (shape.T, shape.B);
        var gates = sequence.Gates;
        var kept = sequence.Kept;
        if (!pass.InputGradient.IsEmpty)
            product.Multiply(gates, pass.InputWeights, pass.InputGradient, accumulate: false);
        product.TransposedMultiply(gates, pass.Input, pass.InputWeightsGradient, accumulate: true);
        if (!pass.InitialHidden.IsEmpty)
        {
            var first = sequence.Place(0) * B;
            cell.AddHiddenWeightsGradient(gates.Slice(first, B), kept.Slice(first, B), pass.InitialHidden, pass.HiddenWeightsGradient,
                product);
        }
        if (T > 1)
        {
            // All steps but the first, and all but the last as those before them: whichever way time runs, both are contiguous.
            var (steps, after, before) = ((T - 1) * B, shape.Reverse ? 0 : B, shape.Reverse ? B : 0);
            cell.AddHiddenWeightsGradient(gates.Slice(after, steps), kept.Slice(after, steps), pass.Output.Slice(before, steps),
                pass.HiddenWeightsGradient, product);
        }
        if (shape.HasBias)
        {
            MatrixRows.Sum(gates, pass.InputBiasGradient);
            cell.AddHiddenBiasGradient(gates, kept, pass.HiddenBiasGradient);
        }
    }

    /// <summary>The steps of a pass in the order in which forward takes them, over the memory that both passes know.</summary>
    private readonly ref struct Sequence
    {
        private readonly ReadOnlyMatrix<T> _hiddenWeights, _output, _initialHidden, _initialCell;
        private readonly Span<T> _zeros;
        private readonly int _steps, _rows;
        private readonly bool _reverse;

        public Sequence(RecurrentCell<T> cell, in RecurrentShape shape, Span<T> reserve, ReadOnlySpan<T> packed, Span<T> workspace,
            ReadOnlyMatrix<T> output, ReadOnlyMatrix<T> initialHidden, ReadOnlyMatrix<T> initialCell)
        {
            var (rows, H) = (shape.T * shape.B, shape.H);
            (_steps, _rows, _reverse) = (shape.T, shape.B, shape.Reverse);
            Gates = new Matrix<T>(reserve, rows, cell.Info.Gates * H);
            Kept = new Matrix<T>(reserve[(rows * Gates.Columns)..], rows, cell.Kept * H);
            _hiddenWeights = new ReadOnlyMatrix<T>(packed, Gates.Columns, H);
            Bias = shape.HasBias ? packed.Slice(Gates.Columns * H, Gates.Columns + cell.ApartBiases * H) : default;
            _zeros = workspace.Slice(2 * shape.B * H, H);
            _zeros.Clear();
            _output = output;
            _initialHidden = initialHidden;
            _initialCell = initialCell;
        }

        public Matrix<T> Gates { get; }

        public Matrix<T> Kept { get; }

        public ReadOnlySpan<T> Bias { get; }

        /// <summary>Where step <paramref name="n"/> of the run stands in memory.</summary>
        public int Place(int n) => _reverse ? _steps - 1 - n : n;

        public RecurrentStep<T> Step(int n)
        {
            var here = Place(n) * _rows;
            var before = n == 0 ? 0 : Place(n - 1) * _rows;
            return new RecurrentStep<T>
            {
                HiddenWeights = _hiddenWeights,
                ApartBias = Bias.IsEmpty ? default : Bias[Gates.Columns..],
                Gates = Gates.Slice(here, _rows),
                Kept = Kept.Slice(here, _rows),
                PreviousHidden = n == 0 ? _initialHidden : _output.Slice(before, _rows),
                PreviousCell = n == 0 ? _initialCell : Kept.Slice(before, _rows),
                Zeros = _zeros,
            };
        }
    }
}
