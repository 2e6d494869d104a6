using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// What both gated recurrent units share, gates in the order r, z, n: r, z = σ(·), n = tanh(·), h(t) = (1−z)∘n + z∘h(t−1).
/// The products of r and z are added to the gates; that of the candidate n is the subclass's.
/// </summary>
internal abstract class GruBase<T> : RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public sealed override int Kept => 1;

    /// <summary>Activates r and z, after the recurrent product.</summary>
    protected static void OpenGates(in RecurrentStep<T> step, int H, IMatrixProduct<T> product)
    {
        var gates = step.Gates.SliceColumns(0, 2 * H);
        if (!step.PreviousHidden.IsEmpty)
            product.MultiplyTransposed(step.PreviousHidden, step.HiddenWeights.Slice(0, 2 * H), gates, accumulate: true);
        for (var b = 0; b < gates.Rows; b++)
            TensorPrimitives.Sigmoid<T>(gates[b], gates[b]);
    }

    /// <summary>n = tanh(n); h(t) = n + z∘(h(t−1) − n).</summary>
    protected static void Mix(Span<T> gates, ReadOnlySpan<T> previousHidden, Span<T> hidden)
    {
        var H = hidden.Length;
        var z = gates.Slice(H, H);
        var n = gates.Slice(2 * H, H);
        TensorPrimitives.Tanh<T>(n, n);
        TensorPrimitives.Subtract(previousHidden, n, hidden);
        TensorPrimitives.MultiplyAdd<T>(hidden, z, n, hidden);
    }

    /// <summary>
    /// The derivatives of <see cref="Mix"/>: δa_z and δa_n take the places of z and n, δh∘z that of δh. Scratch is [3·H].
    /// </summary>
    protected static void BackwardOfMix(Span<T> gates, ReadOnlySpan<T> previousHidden, Span<T> hiddenGradient, Span<T> scratch)
    {
        var H = hiddenGradient.Length;
        var z = gates.Slice(H, H);
        var n = gates.Slice(2 * H, H);
        var upper = scratch[..H];
        var slope = scratch.Slice(H, H);
        var passed = scratch.Slice(2 * H, H);
        TensorPrimitives.Subtract(previousHidden, n, upper);
        TensorPrimitives.Multiply<T>(upper, hiddenGradient, upper);
        TensorPrimitives.Multiply<T>(hiddenGradient, z, passed);
        TensorPrimitives.Subtract<T>(hiddenGradient, passed, hiddenGradient);
        ThroughTanh(hiddenGradient, n, slope);
        ThroughSigmoid(upper, z, slope);
        passed.CopyTo(hiddenGradient);
    }

    /// <summary>Adds what reaches h(t−1) through r and z.</summary>
    protected static void BackwardOfGates(in RecurrentStep<T> step, Matrix<T> hiddenGradient, IMatrixProduct<T> product)
    {
        var H = hiddenGradient.Columns;
        product.Multiply(step.Gates.SliceColumns(0, 2 * H), step.HiddenWeights.Slice(0, 2 * H), hiddenGradient, accumulate: true);
    }
}

/// <summary>
/// The gated recurrent unit of PyTorch: with q = h(t−1)·W_hnᵀ + b_hn the candidate is n = tanh(x·W_inᵀ + b_in + r∘q).
/// It keeps q; backward puts δq there.
/// </summary>
internal sealed class GruCell<T> : GruBase<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.Gru, "gru", gates: 3, hasCellState: false);

    public override int ApartBiases => 1;

    public override long ScratchLength(int B, int H) => 3L * H;

    /// <summary>b_ir + b_hr, b_iz + b_hz, b_in; apart: b_hn.</summary>
    public override void PackBias(ReadOnlySpan<T> inputBias, ReadOnlySpan<T> hiddenBias, Span<T> packed)
    {
        var H = inputBias.Length / 3;
        TensorPrimitives.Add(inputBias[..(2 * H)], hiddenBias[..(2 * H)], packed);
        inputBias[(2 * H)..].CopyTo(packed[(2 * H)..]);
        hiddenBias[(2 * H)..].CopyTo(packed[(3 * H)..]);
    }

    public override void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product)
    {
        var H = hidden.Columns;
        OpenGates(step, H, product);
        if (step.PreviousHidden.IsEmpty)
            MatrixRows.CopyOrClear(default, step.Kept);
        else
            product.MultiplyTransposed(step.PreviousHidden, step.HiddenWeights.Slice(2 * H, H), step.Kept, accumulate: false);
        if (!step.ApartBias.IsEmpty)
            MatrixRows.Add(step.ApartBias, step.Kept);
        for (var b = 0; b < hidden.Rows; b++)
        {
            var gates = step.Gates[b];
            var n = gates.Slice(2 * H, H);
            TensorPrimitives.MultiplyAdd<T>(gates[..H], step.Kept[b], n, n);
            Mix(gates, step.PreviousHiddenRow(b), hidden[b]);
        }
    }

    /// <summary>δr = δa_n∘q, δq = δa_n∘r.</summary>
    public override void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> cellGradient, Span<T> scratch,
        IMatrixProduct<T> product)
    {
        var H = hiddenGradient.Columns;
        var upper = scratch[..H];
        for (var b = 0; b < hiddenGradient.Rows; b++)
        {
            var gates = step.Gates[b];
            var q = step.Kept[b];
            BackwardOfMix(gates, step.PreviousHiddenRow(b), hiddenGradient[b], scratch);
            var r = gates[..H];
            var candidateGradient = gates.Slice(2 * H, H);
            TensorPrimitives.Multiply<T>(candidateGradient, q, upper);
            TensorPrimitives.Multiply<T>(candidateGradient, r, q);
            ThroughSigmoid(upper, r, scratch.Slice(H, H));
        }
        BackwardOfGates(step, hiddenGradient, product);
        product.Multiply(step.Kept, step.HiddenWeights.Slice(2 * H, H), hiddenGradient, accumulate: true);
    }

    public override void AddHiddenWeightsGradient(ReadOnlyMatrix<T> gatesGradient, ReadOnlyMatrix<T> kept, ReadOnlyMatrix<T> previousHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product)
    {
        var H = previousHidden.Columns;
        product.TransposedMultiply(gatesGradient.SliceColumns(0, 2 * H), previousHidden, hiddenWeightsGradient.Slice(0, 2 * H),
            accumulate: true);
        product.TransposedMultiply(kept, previousHidden, hiddenWeightsGradient.Slice(2 * H, H), accumulate: true);
    }

    public override void AddHiddenBiasGradient(ReadOnlyMatrix<T> gatesGradient, ReadOnlyMatrix<T> kept, Span<T> hiddenBiasGradient)
    {
        var H = kept.Columns;
        MatrixRows.Sum(gatesGradient.SliceColumns(0, 2 * H), hiddenBiasGradient);
        MatrixRows.Sum(kept, hiddenBiasGradient[(2 * H)..]);
    }
}

/// <summary>
/// The gated recurrent unit of Cho et al. 2014: with s = r∘h(t−1) the candidate is n = tanh(x·W_inᵀ + b_in + s·W_hnᵀ + b_hn).
/// It keeps s.
/// </summary>
internal sealed class GruResetBeforeCell<T> : GruBase<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.GruResetBefore, "gru_reset_before", gates: 3, hasCellState: false);

    public override long ScratchLength(int B, int H) => (3L + B) * H;

    public override void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product)
    {
        var H = hidden.Columns;
        OpenGates(step, H, product);
        for (var b = 0; b < hidden.Rows; b++)
            TensorPrimitives.Multiply(step.Gates[b][..H], step.PreviousHiddenRow(b), step.Kept[b]);
        if (!step.PreviousHidden.IsEmpty)
        {
            product.MultiplyTransposed(step.Kept, step.HiddenWeights.Slice(2 * H, H), step.Gates.SliceColumns(2 * H, H),
                accumulate: true);
        }
        for (var b = 0; b < hidden.Rows; b++)
            Mix(step.Gates[b], step.PreviousHiddenRow(b), hidden[b]);
    }

    /// <summary>δs = δa_n·W_hn, δr = δs∘h(t−1); δs∘r goes on to h(t−1).</summary>
    public override void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> cellGradient, Span<T> scratch,
        IMatrixProduct<T> product)
    {
        var (B, H) = (hiddenGradient.Rows, hiddenGradient.Columns);
        var upper = scratch[..H];
        var resetGradient = new Matrix<T>(scratch[(3 * H)..], B, H);
        for (var b = 0; b < B; b++)
            BackwardOfMix(step.Gates[b], step.PreviousHiddenRow(b), hiddenGradient[b], scratch);
        product.Multiply(step.Gates.SliceColumns(2 * H, H), step.HiddenWeights.Slice(2 * H, H), resetGradient, accumulate: false);
        for (var b = 0; b < B; b++)
        {
            var r = step.Gates[b][..H];
            TensorPrimitives.MultiplyAdd<T>(resetGradient[b], r, hiddenGradient[b], hiddenGradient[b]);
            TensorPrimitives.Multiply(resetGradient[b], step.PreviousHiddenRow(b), upper);
            ThroughSigmoid(upper, r, scratch.Slice(H, H));
        }
        BackwardOfGates(step, hiddenGradient, product);
    }

    public override void AddHiddenWeightsGradient(ReadOnlyMatrix<T> gatesGradient, ReadOnlyMatrix<T> kept, ReadOnlyMatrix<T> previousHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product)
    {
        var H = previousHidden.Columns;
        product.TransposedMultiply(gatesGradient.SliceColumns(0, 2 * H), previousHidden, hiddenWeightsGradient.Slice(0, 2 * H),
            accumulate: true);
        product.TransposedMultiply(gatesGradient.SliceColumns(2 * H, H), kept, hiddenWeightsGradient.Slice(2 * H, H), accumulate: true);
    }
}
