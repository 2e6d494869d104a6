using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// What both gated recurrent units share, gates in the order r, z, n: r, z = σ(·), n = tanh(·), h(t) = (1−z)∘n + z∘h(t−1).
/// The products of r and z are added to the gates; that of the candidate n is the subclass's.
/// </summary>
internal abstract class GruBase<T>(CellKind kind, string name) : RecurrentCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public sealed override CellInfo Info { get; } = new(kind, name, gates: 3, hasCellState: false)
    {
        GateActivation = ActivationKind.Sigmoid,
        CandidateActivation = ActivationKind.Tanh,
    };

    public sealed override int Kept => 1;

    public sealed override bool CarriesHidden => true;

    /// <summary>Activates r and z, after the recurrent product.</summary>
    protected static void ActivateGates(in RecurrentStep<T> step, int H, IMatrixProduct<T> product)
    {
        var gates = step.Gates.SliceColumns(0, 2 * H);
        product.MultiplyTransposed(step.SeenHidden, step.HiddenWeights.Slice(0, 2 * H), gates, accumulate: true);
        for (var b = 0; b < gates.Rows; b++)
            step.Activations.Gate.Apply(gates[b]);
    }

    /// <summary>n = tanh(n); h(t) = n + z∘(h(t−1) − n).</summary>
    protected static void Mix(in RecurrentStep<T> step, int row, Span<T> hidden)
    {
        var H = hidden.Length;
        var z = step.Gates[row].Slice(H, H);
        var n = step.Gates[row].Slice(2 * H, H);
        step.Activations.Candidate.Apply(n);
        TensorPrimitives.Subtract(step.PreviousHidden[row], n, hidden);
        TensorPrimitives.MultiplyAdd<T>(hidden, z, n, hidden);
    }

    /// <summary>
    /// The derivatives of <see cref="Mix"/>: δa_z and δa_n take the places of z and n, δh∘z that of δh. Scratch is [3·H].
    /// </summary>
    protected static void BackwardOfMix(in RecurrentStep<T> step, int row, Span<T> hiddenGradient, Span<T> scratch)
    {
        var H = hiddenGradient.Length;
        var z = step.Gates[row].Slice(H, H);
        var n = step.Gates[row].Slice(2 * H, H);
        var upper = scratch[..H];
        var slope = scratch.Slice(H, H);
        var passed = scratch.Slice(2 * H, H);
        TensorPrimitives.Subtract(step.PreviousHidden[row], n, upper);
        TensorPrimitives.Multiply<T>(upper, hiddenGradient, upper);
        TensorPrimitives.Multiply<T>(hiddenGradient, z, passed);
        TensorPrimitives.Subtract<T>(hiddenGradient, passed, hiddenGradient);
        step.Activations.Candidate.Through(hiddenGradient, n, slope);
        step.Activations.Gate.Through(upper, z, slope);
        passed.CopyTo(hiddenGradient);
    }

    /// <summary>Adds what reaches h(t−1) through r and z.</summary>
    protected static void BackwardOfGates(in RecurrentStep<T> step, Matrix<T> seenGradient, IMatrixProduct<T> product)
    {
        var H = seenGradient.Columns;
        product.Multiply(step.Gates.SliceColumns(0, 2 * H), step.HiddenWeights.Slice(0, 2 * H), seenGradient, accumulate: true);
    }
}

/// <summary>
/// The gated recurrent unit of PyTorch: with q = h(t−1)·W_hnᵀ + b_hn the candidate is n = tanh(x·W_inᵀ + b_in + r∘q).
/// It keeps q; backward puts δq there.
/// </summary>
internal sealed class GruCell<T>() : GruBase<T>(CellKind.Gru, "gru") where T : unmanaged, IFloatingPointIeee754<T>
{
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
        ActivateGates(step, H, product);
        product.MultiplyTransposed(step.SeenHidden, step.HiddenWeights.Slice(2 * H, H), step.Kept, accumulate: false);
        if (!step.ApartBias.IsEmpty)
            MatrixRows.Add(step.ApartBias, step.Kept);
        for (var b = 0; b < hidden.Rows; b++)
        {
            var gates = step.Gates[b];
            var n = gates.Slice(2 * H, H);
            TensorPrimitives.MultiplyAdd<T>(gates[..H], step.Kept[b], n, n);
            Mix(step, b, hidden[b]);
        }
    }

    /// <summary>δr = δa_n∘q, δq = δa_n∘r.</summary>
    public override void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> seenGradient, Matrix<T> cellGradient,
        Span<T> scratch, IMatrixProduct<T> product)
    {
        var H = hiddenGradient.Columns;
        var upper = scratch[..H];
        for (var b = 0; b < hiddenGradient.Rows; b++)
        {
            var gates = step.Gates[b];
            var q = step.Kept[b];
            BackwardOfMix(step, b, hiddenGradient[b], scratch);
            var r = gates[..H];
            var candidateGradient = gates.Slice(2 * H, H);
            TensorPrimitives.Multiply<T>(candidateGradient, q, upper);
            TensorPrimitives.Multiply<T>(candidateGradient, r, q);
            step.Activations.Gate.Through(upper, r, scratch.Slice(H, H));
        }
        product.Multiply(step.Kept, step.HiddenWeights.Slice(2 * H, H), seenGradient, accumulate: false);
        BackwardOfGates(step, seenGradient, product);
    }

    public override void AddHiddenWeightsGradient(Matrix<T> gatesGradient, Matrix<T> kept, ReadOnlyMatrix<T> seenHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product)
    {
        var H = seenHidden.Columns;
        product.TransposedMultiply(gatesGradient.SliceColumns(0, 2 * H), seenHidden, hiddenWeightsGradient.Slice(0, 2 * H),
            accumulate: true);
        product.TransposedMultiply(kept, seenHidden, hiddenWeightsGradient.Slice(2 * H, H), accumulate: true);
    }

    public override void AddHiddenBiasGradient(Matrix<T> gatesGradient, Matrix<T> kept, Span<T> hiddenBiasGradient)
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
internal sealed class GruResetBeforeCell<T>() : GruBase<T>(CellKind.GruResetBefore, "gru_reset_before")
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public override long ScratchLength(int B, int H) => (3L + B) * H;

    public override void Forward(in RecurrentStep<T> step, Matrix<T> hidden, IMatrixProduct<T> product)
    {
        var H = hidden.Columns;
        ActivateGates(step, H, product);
        for (var b = 0; b < hidden.Rows; b++)
            TensorPrimitives.Multiply(step.Gates[b][..H], step.SeenHidden[b], step.Kept[b]);
        product.MultiplyTransposed(step.Kept, step.HiddenWeights.Slice(2 * H, H), step.Gates.SliceColumns(2 * H, H), accumulate: true);
        for (var b = 0; b < hidden.Rows; b++)
            Mix(step, b, hidden[b]);
    }

    /// <summary>δs = δa_n·W_hn, δr = δs∘h(t−1); δs∘r goes on to h(t−1).</summary>
    public override void Backward(in RecurrentStep<T> step, Matrix<T> hiddenGradient, Matrix<T> seenGradient, Matrix<T> cellGradient,
        Span<T> scratch, IMatrixProduct<T> product)
    {
        var (B, H) = (hiddenGradient.Rows, hiddenGradient.Columns);
        var upper = scratch[..H];
        var resetGradient = new Matrix<T>(scratch[(3 * H)..], B, H);
        for (var b = 0; b < B; b++)
            BackwardOfMix(step, b, hiddenGradient[b], scratch);
        product.Multiply(step.Gates.SliceColumns(2 * H, H), step.HiddenWeights.Slice(2 * H, H), resetGradient, accumulate: false);
        for (var b = 0; b < B; b++)
        {
            var r = step.Gates[b][..H];
            TensorPrimitives.Multiply<T>(resetGradient[b], r, seenGradient[b]);
            TensorPrimitives.Multiply(resetGradient[b], step.SeenHidden[b], upper);
            step.Activations.Gate.Through(upper, r, scratch.Slice(H, H));
        }
        BackwardOfGates(step, seenGradient, product);
    }

    public override void AddHiddenWeightsGradient(Matrix<T> gatesGradient, Matrix<T> kept, ReadOnlyMatrix<T> seenHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product)
    {
        var H = seenHidden.Columns;
        product.TransposedMultiply(gatesGradient.SliceColumns(0, 2 * H), seenHidden, hiddenWeightsGradient.Slice(0, 2 * H),
            accumulate: true);
        product.TransposedMultiply(gatesGradient.SliceColumns(2 * H, H), kept, hiddenWeightsGradient.Slice(2 * H, H), accumulate: true);
    }
}
