using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Runs a cell over time, forwards or backwards. Forward: one product X·W_ihᵀ for all steps, then per step the cell with its product by
/// W_hhᵀ. Backward: per step the cell's derivatives, against the order of forward, then one product over all steps for each gradient.
/// Between two steps h and c of all B rows lie in the workspace; a step takes the rows that are at work in it, and the others keep theirs.
/// </summary>
/// <remarks>
/// packed = W_hh, the biases of the gates and those apart, W_hr, peepholes, gains and bias of layer normalization, as far as there are such.
/// What lies in reserve and workspace: <see cref="Memory"/>.
/// </remarks>
internal sealed class RecurrentLayer<T>(RecurrentCell<T> cell, IMatrixProduct<T> product) where T : unmanaged, IFloatingPointIeee754<T>
{
    public RecurrentSizes Sizes(in RecurrentShape shape)
    {
        long G = cell.Info.Gates, H = shape.H, W = shape.OutputWidth, C = shape.CellWidth;
        return new RecurrentSizes(
            Packed: HiddenWeightsLength(shape) + BiasLength(shape) + shape.ProjectionLength + shape.PeepholeLength + 2 * shape.GainLength
                + 2 * shape.CellGainLength,
            Reserve: shape.Rows * ((G + cell.Kept) * H + W + C + (shape.Projection > 0 ? H : 0)),
            Workspace: shape.B * (4 * W + 2 * C + H) + cell.ScratchLength(shape.B, shape.H));
    }

    /// <summary>Copies the parameters one behind the other; the cell sums biases that are only used together.</summary>
    public void Pack(in RecurrentShape shape, in LayerWeights<T> weights, Span<T> packed)
    {
        weights.Hidden[..(int)HiddenWeightsLength(shape)].CopyTo(packed);
        packed = packed[(int)HiddenWeightsLength(shape)..];
        if (shape.HasBias)
            cell.PackBias(weights.InputBias[..(int)shape.BiasLength], weights.HiddenBias[..(int)shape.HiddenBiasLength], packed);
        packed = packed[(int)BiasLength(shape)..];
        Append(weights.Projection, shape.ProjectionLength, ref packed);
        Append(weights.Parameters.Peephole, shape.PeepholeLength, ref packed);
        Append(weights.Parameters.InputGain, shape.GainLength, ref packed);
        Append(weights.Parameters.HiddenGain, shape.GainLength, ref packed);
        Append(weights.Parameters.CellGain, shape.CellGainLength, ref packed);
        Append(weights.Parameters.CellBias, shape.CellGainLength, ref packed);

        static void Append(ReadOnlySpan<T> parameter, long length, ref Span<T> packed)
        {
            parameter[..(int)length].CopyTo(packed);
            packed = packed[(int)length..];
        }
    }

    private static long HiddenWeightsLength(in RecurrentShape shape) => (long)shape.HiddenWeights.Rows * shape.HiddenWeights.Columns;

    /// <summary>Of the packed biases: those of the gates and those apart.</summary>
    private long BiasLength(in RecurrentShape shape) => shape.HasBias ? (cell.Info.Gates + (long)cell.ApartBiases) * shape.H : 0;

    public void Forward(in RecurrentShape shape, in RecurrentContext<T> context, in RecurrentResults<T> results)
    {
        var memory = new Memory(cell, shape, context);
        product.MultiplyTransposed(context.Input, context.InputWeights, memory.Gates, accumulate: false);
        cell.OpenGates(memory.Gates, memory.Kept, memory.Bias, memory.Parameters);
        MatrixRows.CopyOrClear(context.InitialHidden, memory.Hidden);
        MatrixRows.CopyOrClear(context.InitialCell, memory.Cell);
        var walk = new StepWalk(shape, context.StepRows, down: shape.Reverse);
        while (walk.MoveNext())
            ForwardStep(shape, context, memory, walk, results.Output.Slice(walk.First, walk.Rows));
        MatrixRows.Copy(memory.Hidden, results.FinalHidden);
        MatrixRows.Copy(memory.Cell, results.FinalCell);
    }

    private void ForwardStep(in RecurrentShape shape, in RecurrentContext<T> context, in Memory memory, in StepWalk place, Matrix<T> output)
    {
        var (first, rows) = (place.First, place.Rows);
        MatrixRows.Copy(memory.Hidden.Slice(0, rows), memory.HiddenBefore.Slice(first, rows));
        MatrixRows.Copy(memory.Cell.Slice(0, rows), memory.CellBefore.Slice(first, rows));
        var step = memory.Step(context, first, rows, default);
        var hidden = shape.Projection > 0 ? memory.Unprojected.Slice(first, rows) : output;
        cell.Forward(step, hidden, product);
        if (shape.Projection > 0)
            product.MultiplyTransposed(hidden, memory.ProjectionWeights, output, accumulate: false);
        for (var b = 0; b < rows; b++)
        {
            step.Kept[b][..memory.Cell.Columns].CopyTo(memory.Cell[b]);
            if (!memory.HiddenZoneout.IsNone)
                memory.HiddenZoneout.Mix(place.Step * shape.B + b, step.PreviousHidden[b], output[b]);
            if (!memory.CellZoneout.IsNone)
                memory.CellZoneout.Mix(place.Step * shape.B + b, step.PreviousCell[b], memory.Cell[b]);
            output[b].CopyTo(memory.Hidden[b]);
        }
    }

    public void Backward(in RecurrentShape shape, in RecurrentContext<T> context, in RecurrentGradients<T> gradients)
    {
        var memory = new Memory(cell, shape, context); // Hidden and Cell are ∂L/∂h and ∂L/∂c here
        MatrixRows.CopyOrClear(gradients.FinalHidden, memory.Hidden);
        MatrixRows.CopyOrClear(gradients.FinalCell, memory.Cell);
        var walk = new StepWalk(shape, context.StepRows, down: !shape.Reverse);
        while (walk.MoveNext())
            BackwardStep(shape, context, gradients, memory, walk);
        MatrixRows.Copy(memory.Hidden, gradients.InitialHidden);
        MatrixRows.Copy(memory.Cell, gradients.InitialCell);
        ProductsOverAllSteps(shape, context, gradients, memory);
    }

    private void BackwardStep(in RecurrentShape shape, in RecurrentContext<T> context, in RecurrentGradients<T> gradients, in Memory memory,
        in StepWalk place)
    {
        var (first, rows) = (place.First, place.Rows);
        var step = memory.Step(context, first, rows, gradients.Parameters);
        var outer = memory.Hidden.Slice(0, rows);
        var hidden = shape.Projection > 0 ? memory.UnprojectedGradient.Slice(0, rows) : outer;
        var cells = memory.Cell.Slice(0, rows);
        var seen = memory.SeenGradient.Slice(0, rows);
        for (var b = 0; b < rows; b++)
        {
            if (!gradients.Output.IsEmpty)
                TensorPrimitives.Add(outer[b], gradients.Output[first + b], outer[b]);
            if (!memory.HiddenZoneout.IsNone)
                memory.HiddenZoneout.Split(place.Step * shape.B + b, outer[b], memory.HiddenPast[b]);
            if (!memory.CellZoneout.IsNone)
                memory.CellZoneout.Split(place.Step * shape.B + b, cells[b], memory.CellPast[b]);
        }
        if (shape.Projection > 0)
        {
            product.Multiply(outer, memory.ProjectionWeights, hidden, accumulate: false);
            product.TransposedMultiply(outer, memory.Unprojected.Slice(first, rows), gradients.ProjectionWeights, accumulate: true);
        }
        cell.Backward(step, hidden, seen, cells, memory.Scratch, product);
        for (var b = 0; b < rows; b++)
        {
            if (!context.HiddenMask.IsEmpty)
                TensorPrimitives.Multiply(seen[b], context.HiddenMask[b], seen[b]);
            if (cell.CarriesHidden)
                TensorPrimitives.Add<T>(outer[b], seen[b], outer[b]);
            else
                seen[b].CopyTo(outer[b]);
            if (!memory.HiddenZoneout.IsNone)
                TensorPrimitives.Add<T>(outer[b], memory.HiddenPast[b], outer[b]);
            if (!memory.CellZoneout.IsNone)
                TensorPrimitives.Add<T>(cells[b], memory.CellPast[b], cells[b]);
            step.SeenHidden[b].CopyTo(memory.HiddenBefore[first + b]); // what δW_hh wants
        }
    }

    /// <summary>δX = δG·W_ih; δW_ih += δGᵀ·X; δb_ih += the sum of the gates' gradients; δW_hh and δb_hh are the cell's.</summary>
    private void ProductsOverAllSteps(in RecurrentShape shape, in RecurrentContext<T> context, in RecurrentGradients<T> gradients,
        in Memory memory)
    {
        var inputProduct = cell.InputProductGradient(memory.Gates, memory.Kept);
        if (!gradients.Input.IsEmpty)
            product.Multiply(inputProduct, context.InputWeights, gradients.Input, accumulate: false);
        product.TransposedMultiply(inputProduct, context.Input, gradients.InputWeights, accumulate: true);
        cell.AddHiddenWeightsGradient(memory.Gates, memory.Kept, memory.HiddenBefore, gradients.HiddenWeights, product);
        if (shape.HasBias)
        {
            MatrixRows.Sum(memory.Gates, gradients.InputBias);
            cell.AddHiddenBiasGradient(memory.Gates, memory.Kept, gradients.HiddenBias);
        }
    }

    /// <summary>The packed weights, reserve and workspace of a pass, cut into what lies in them.</summary>
    private readonly ref struct Memory
    {
        private readonly ReadOnlyMatrix<T> _hiddenWeights;
        private readonly CellActivations<T> _activations;
        private readonly ReadOnlySpan<T> _apartBias;
        private readonly Matrix<T> _masked;

        public Memory(RecurrentCell<T> cell, in RecurrentShape shape, in RecurrentContext<T> context)
        {
            var (R, B, H, W, C) = (context.Input.Rows, shape.B, shape.H, shape.OutputWidth, shape.CellWidth);
            var (G, unprojected) = (cell.Info.Gates * H, shape.Projection > 0 ? H : 0);
            _activations = new CellActivations<T>(shape);
            HiddenZoneout = new(context.Zoneout.Hidden, context.Zoneout.Seed, context.Zoneout.Stream, context.Zoneout.Expected);
            CellZoneout = new(context.Zoneout.Cell, context.Zoneout.Seed, context.Zoneout.Stream + 1, context.Zoneout.Expected);

            var packed = context.Packed;
            _hiddenWeights = new(Cut(ref packed, HiddenWeightsLength(shape)), shape.HiddenWeights.Rows, shape.HiddenWeights.Columns);
            Bias = Cut(ref packed, shape.BiasLength);
            _apartBias = Cut(ref packed, shape.HasBias ? cell.ApartBiases * H : 0);
            ProjectionWeights = new(Cut(ref packed, shape.ProjectionLength), shape.Projection, H);
            Parameters = new()
            {
                Peephole = Cut(ref packed, shape.PeepholeLength),
                InputGain = Cut(ref packed, shape.GainLength),
                HiddenGain = Cut(ref packed, shape.GainLength),
                CellGain = Cut(ref packed, shape.CellGainLength),
                CellBias = Cut(ref packed, shape.CellGainLength),
            };
            var reserve = context.Reserve;
            Gates = Take(ref reserve, R, G);
            Kept = Take(ref reserve, R, cell.Kept * H);
            HiddenBefore = Take(ref reserve, R, W);
            CellBefore = Take(ref reserve, R, C);
            Unprojected = Take(ref reserve, R, unprojected);
            var workspace = context.Workspace;
            Hidden = Take(ref workspace, B, W);
            Cell = Take(ref workspace, B, C);
            _masked = Take(ref workspace, B, W);
            SeenGradient = Take(ref workspace, B, W);
            HiddenPast = Take(ref workspace, B, W);
            CellPast = Take(ref workspace, B, C);
            UnprojectedGradient = Take(ref workspace, B, H);
            Scratch = workspace;
        }

        public ReadOnlySpan<T> Bias { get; }
        public ReadOnlyMatrix<T> ProjectionWeights { get; }
        public CellParameters<T> Parameters { get; }
        public UnitZoneout<T> HiddenZoneout { get; }
        public UnitZoneout<T> CellZoneout { get; }

        // Of all R rows.
        public Matrix<T> Gates { get; }
        public Matrix<T> Kept { get; }
        public Matrix<T> HiddenBefore { get; }
        public Matrix<T> CellBefore { get; }
        public Matrix<T> Unprojected { get; }

        // Of the B rows of a step.
        public Matrix<T> Hidden { get; }
        public Matrix<T> Cell { get; }
        public Matrix<T> SeenGradient { get; }
        public Matrix<T> HiddenPast { get; }
        public Matrix<T> CellPast { get; }
        public Matrix<T> UnprojectedGradient { get; }
        public Span<T> Scratch { get; }

        public RecurrentStep<T> Step(in RecurrentContext<T> context, int first, int rows, CellGradients<T> gradients)
        {
            var before = HiddenBefore.Slice(first, rows);
            for (var b = 0; b < (context.HiddenMask.IsEmpty ? 0 : rows); b++)
                TensorPrimitives.Multiply(before[b], context.HiddenMask[b], _masked[b]);
            return new RecurrentStep<T>
            {
                HiddenWeights = _hiddenWeights,
                ApartBias = _apartBias,
                Gates = Gates.Slice(first, rows),
                Kept = Kept.Slice(first, rows),
                PreviousHidden = before,
                SeenHidden = context.HiddenMask.IsEmpty ? before : _masked.Slice(0, rows),
                PreviousCell = CellBefore.Slice(first, rows),
                Activations = _activations,
                Parameters = Parameters,
                Gradients = gradients,
            };
        }

        private static ReadOnlySpan<T> Cut(scoped ref ReadOnlySpan<T> memory, long length)
        {
            var cut = memory[..(int)length];
            memory = memory[(int)length..];
            return cut;
        }

        private static Matrix<T> Take(scoped ref Span<T> memory, int rows, int columns)
        {
            var taken = new Matrix<T>(memory, rows, columns);
            memory = memory[(rows * columns)..];
            return taken;
        }
    }
}
