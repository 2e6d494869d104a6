using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Long short-term memory with coupled input and forget gates (Greff et al. 2017), gates in the order f, g, o:
/// f, o = σ(·), g = tanh(·); c(t) = f∘c(t−1) + (1−f)∘g; h(t) = o∘tanh c(t).
/// </summary>
internal sealed class CoupledLstmCell<T> : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.LstmCoupled, "lstm_coupled", gates: 3, hasCellState: true)
    {
        GateActivation = ActivationKind.Sigmoid,
        CandidateActivation = ActivationKind.Tanh,
        OutputActivation = ActivationKind.Tanh,
    };

    protected override int ScratchRows => 3;

    protected override void ForwardRow(in RecurrentStep<T> step, int row, Span<T> hidden)
    {
        var H = hidden.Length;
        var cell = step.Kept[row];
        var f = step.Gates[row][..H];
        var g = step.Gates[row].Slice(H, H);
        var o = step.Gates[row].Slice(2 * H, H);
        step.Activations.Gate.Apply(f);
        step.Activations.Candidate.Apply(g);
        step.Activations.Gate.Apply(o);
        TensorPrimitives.Subtract(step.PreviousCell[row], g, cell);
        TensorPrimitives.MultiplyAdd<T>(cell, f, g, cell);
        cell.CopyTo(hidden);
        step.Activations.Output.Apply(hidden);
        TensorPrimitives.Multiply(hidden, o, hidden);
    }

    /// <summary>As for the LSTM, with δf = δc∘(c(t−1) − g)∘f(1−f) and δg = δc∘(1−f)∘(1−g²).</summary>
    protected override void BackwardRow(in RecurrentStep<T> step, int row, Span<T> hiddenGradient, Span<T> cellGradient, Span<T> scratch)
    {
        var H = cellGradient.Length;
        var f = step.Gates[row][..H];
        var g = step.Gates[row].Slice(H, H);
        var o = step.Gates[row].Slice(2 * H, H);
        var slope = scratch[..H];
        var upper = scratch.Slice(H, H);
        var shown = scratch.Slice(2 * H, H);

        step.Kept[row].CopyTo(shown);
        step.Activations.Output.Apply(shown);
        TensorPrimitives.Multiply<T>(shown, hiddenGradient, upper);
        TensorPrimitives.Multiply<T>(hiddenGradient, o, hiddenGradient);
        step.Activations.Output.Through(hiddenGradient, shown, slope);
        TensorPrimitives.Add<T>(cellGradient, shown, cellGradient);
        step.Activations.Gate.Through(upper, o, slope);

        var upperOfCandidate = shown;
        TensorPrimitives.Subtract(step.PreviousCell[row], g, upper);
        TensorPrimitives.Multiply<T>(upper, cellGradient, upper);
        TensorPrimitives.Subtract(T.One, f, upperOfCandidate);
        TensorPrimitives.Multiply<T>(upperOfCandidate, cellGradient, upperOfCandidate);
        TensorPrimitives.Multiply<T>(cellGradient, f, cellGradient);
        step.Activations.Gate.Through(upper, f, slope);
        step.Activations.Candidate.Through(upperOfCandidate, g, slope);
    }
}
