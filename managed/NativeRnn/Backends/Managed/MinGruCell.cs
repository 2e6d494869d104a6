using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// The minimal gated recurrent unit (Feng et al. 2024), gates z, n, which see x only: z = σ(·), n linear,
/// h(t) = (1−z)∘h(t−1) + z∘n.
/// </summary>
internal sealed class MinGruCell<T> : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.MinGru, "min_gru", gates: 2, hasCellState: false)
    {
        Recurrence = Recurrence.None,
        GateActivation = ActivationKind.Sigmoid,
        CandidateActivation = ActivationKind.Affine,
    };

    public override bool CarriesHidden => true;

    protected override int ScratchRows => 3;

    public override void PackBias(ReadOnlySpan<T> inputBias, ReadOnlySpan<T> hiddenBias, Span<T> packed) => inputBias.CopyTo(packed);

    protected override void ForwardRow(in RecurrentStep<T> step, int row, Span<T> hidden)
    {
        var H = hidden.Length;
        var z = step.Gates[row][..H];
        var n = step.Gates[row].Slice(H, H);
        var previous = step.PreviousHidden[row];
        step.Activations.Gate.Apply(z);
        step.Activations.Candidate.Apply(n);
        TensorPrimitives.Subtract(n, previous, hidden);
        TensorPrimitives.MultiplyAdd(hidden, z, previous, hidden);
    }

    /// <summary>δa_z = δh∘(n − h(t−1))∘z′, δa_n = δh∘z∘n′; δh∘(1−z) goes on to h(t−1).</summary>
    protected override void BackwardRow(in RecurrentStep<T> step, int row, Span<T> hiddenGradient, Span<T> cellGradient, Span<T> scratch)
    {
        var H = hiddenGradient.Length;
        var z = step.Gates[row][..H];
        var n = step.Gates[row].Slice(H, H);
        var upperOfGate = scratch[..H];
        var upperOfCandidate = scratch.Slice(H, H);
        var slope = scratch.Slice(2 * H, H);
        TensorPrimitives.Subtract(n, step.PreviousHidden[row], upperOfGate);
        TensorPrimitives.Multiply<T>(upperOfGate, hiddenGradient, upperOfGate);
        TensorPrimitives.Multiply<T>(hiddenGradient, z, upperOfCandidate);
        TensorPrimitives.Subtract<T>(hiddenGradient, upperOfCandidate, hiddenGradient);
        step.Activations.Gate.Through(upperOfGate, z, slope);
        step.Activations.Candidate.Through(upperOfCandidate, n, slope);
    }

    /// <summary>There is no product.</summary>
    protected override void Recur(in RecurrentStep<T> step, IMatrixProduct<T> product) { }

    protected override void BackwardOfRecur(in RecurrentStep<T> step, Matrix<T> seenGradient, IMatrixProduct<T> product) =>
        MatrixRows.CopyOrClear(default, seenGradient);

    public override void AddHiddenWeightsGradient(Matrix<T> gatesGradient, Matrix<T> kept, ReadOnlyMatrix<T> seenHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product)
    { }

    public override void AddHiddenBiasGradient(Matrix<T> gatesGradient, Matrix<T> kept, Span<T> hiddenBiasGradient) { }
}
