using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>h(t) = φ(·), with φ the candidate's activation.</summary>
internal class RnnCell<T>(CellInfo info) : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public sealed override CellInfo Info { get; } = info;

    protected sealed override int ScratchRows => 1;

    protected sealed override void ForwardRow(in RecurrentStep<T> step, int row, Span<T> hidden)
    {
        step.Activations.Candidate.Apply(step.Gates[row]);
        step.Gates[row].CopyTo(hidden);
    }

    protected sealed override void BackwardRow(in RecurrentStep<T> step, int row, Span<T> hiddenGradient, Span<T> cellGradient,
        Span<T> scratch) => step.Activations.Candidate.Through(hiddenGradient, step.Gates[row], scratch);
}

/// <summary>h(t) = tanh(·).</summary>
internal sealed class RnnTanhCell<T>() : RnnCell<T>(new(CellKind.RnnTanh, "rnn_tanh", gates: 1, hasCellState: false)
{
    CandidateActivation = ActivationKind.Tanh,
}) where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>h(t) = max(0, ·); at 0 the derivative is 0.</summary>
internal sealed class RnnReluCell<T>() : RnnCell<T>(new(CellKind.RnnRelu, "rnn_relu", gates: 1, hasCellState: false)
{
    CandidateActivation = ActivationKind.Relu,
}) where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>Independently recurrent units (Li et al. 2018): each sees its own h(t−1) only, h(t) = φ(a + w_hh∘h(t−1)).</summary>
internal sealed class IndRnnCell<T>() : RnnCell<T>(new(CellKind.Indrnn, "indrnn", gates: 1, hasCellState: false)
{
    Recurrence = Recurrence.Diagonal,
    CandidateActivation = ActivationKind.Relu,
}) where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override void Recur(in RecurrentStep<T> step, IMatrixProduct<T> product)
    {
        for (var b = 0; b < step.Gates.Rows; b++)
            TensorPrimitives.MultiplyAdd(step.SeenHidden[b], step.HiddenWeights[0], step.Gates[b], step.Gates[b]);
    }

    protected override void BackwardOfRecur(in RecurrentStep<T> step, Matrix<T> seenGradient, IMatrixProduct<T> product)
    {
        for (var b = 0; b < step.Gates.Rows; b++)
            TensorPrimitives.Multiply(step.Gates[b], step.HiddenWeights[0], seenGradient[b]);
    }

    public override void AddHiddenWeightsGradient(Matrix<T> gatesGradient, Matrix<T> kept, ReadOnlyMatrix<T> seenHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product)
    {
        for (var r = 0; r < gatesGradient.Rows; r++)
            TensorPrimitives.MultiplyAdd(gatesGradient[r], seenHidden[r], hiddenWeightsGradient[0], hiddenWeightsGradient[0]);
    }
}
