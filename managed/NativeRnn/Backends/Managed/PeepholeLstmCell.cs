using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>Long short-term memory whose gates see c (Gers and Schmidhuber 2000): i and f add p∘c(t−1), o adds p∘c(t).</summary>
internal sealed class PeepholeLstmCell<T>() : LstmCell<T>(new(CellKind.LstmPeephole, "lstm_peephole", gates: 4, hasCellState: true)
{
    HasPeepholes = true,
    GateActivation = ActivationKind.Sigmoid,
    CandidateActivation = ActivationKind.Tanh,
    OutputActivation = ActivationKind.Tanh,
}) where T : unmanaged, IFloatingPointIeee754<T>
{
    protected override void LookBack(in RecurrentStep<T> step, int row)
    {
        See(step, row, step.PreviousCell[row], gate: 0, peephole: 0);
        See(step, row, step.PreviousCell[row], gate: 1, peephole: 1);
    }

    protected override void BackwardOfLookBack(in RecurrentStep<T> step, int row, Span<T> cellGradient)
    {
        BackwardOfSee(step, row, step.PreviousCell[row], cellGradient, gate: 0, peephole: 0);
        BackwardOfSee(step, row, step.PreviousCell[row], cellGradient, gate: 1, peephole: 1);
    }

    protected override void Look(in RecurrentStep<T> step, int row) =>
        See(step, row, step.Kept[row], gate: 3, peephole: 2);

    protected override void BackwardOfLook(in RecurrentStep<T> step, int row, Span<T> cellGradient) =>
        BackwardOfSee(step, row, step.Kept[row], cellGradient, gate: 3, peephole: 2);

    /// <summary>a += p∘c.</summary>
    private static void See(in RecurrentStep<T> step, int row, ReadOnlySpan<T> cell, int gate, int peephole)
    {
        var H = cell.Length;
        var sums = step.Gates[row].Slice(gate * H, H);
        TensorPrimitives.MultiplyAdd(cell, step.Parameters.Peephole.Slice(peephole * H, H), sums, sums);
    }

    /// <summary>δc += δa∘p, δp += δa∘c.</summary>
    private static void BackwardOfSee(in RecurrentStep<T> step, int row, ReadOnlySpan<T> cell, Span<T> cellGradient, int gate, int peephole)
    {
        var H = cell.Length;
        var sumsGradient = step.Gates[row].Slice(gate * H, H);
        var gradient = step.Gradients.Peephole.Slice(peephole * H, H);
        TensorPrimitives.MultiplyAdd(sumsGradient, step.Parameters.Peephole.Slice(peephole * H, H), cellGradient, cellGradient);
        TensorPrimitives.MultiplyAdd(sumsGradient, cell, gradient, gradient);
    }
}
