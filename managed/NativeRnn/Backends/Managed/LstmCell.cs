using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Long short-term memory, gates in the order i, f, g, o:
/// i, f, o = σ(·), g = tanh(·); c(t) = f∘c(t−1) + i∘g; h(t) = o∘tanh c(t). Its variants override what differs.
/// </summary>
internal class LstmCell<T>(CellInfo info) : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public LstmCell() : this(new(CellKind.Lstm, "lstm", gates: 4, hasCellState: true)
    {
        GateActivation = ActivationKind.Sigmoid,
        CandidateActivation = ActivationKind.Tanh,
        OutputActivation = ActivationKind.Tanh,
    })
    { }

    public sealed override CellInfo Info { get; } = info;

    protected sealed override int ScratchRows => 3;

    /// <summary>Adds what i and f see of c(t−1).</summary>
    protected virtual void LookBack(in RecurrentStep<T> step, int row) { }

    /// <summary>The derivatives of <see cref="LookBack"/>, from those of i and f: adds what reaches c(t−1).</summary>
    protected virtual void BackwardOfLookBack(in RecurrentStep<T> step, int row, Span<T> cellGradient) { }

    /// <summary>Adds what o sees of c(t).</summary>
    protected virtual void Look(in RecurrentStep<T> step, int row) { }

    /// <summary>The derivatives of <see cref="Look"/>, from that of o: adds what reaches c(t).</summary>
    protected virtual void BackwardOfLook(in RecurrentStep<T> step, int row, Span<T> cellGradient) { }

    /// <summary>What the output's activation sees of c(t).</summary>
    protected virtual void Show(in RecurrentStep<T> step, ReadOnlySpan<T> cell, Span<T> shown) => cell.CopyTo(shown);

    /// <summary>The derivatives of <see cref="Show"/>: adds what reaches c(t). The gradient of what was shown is spent.</summary>
    protected virtual void BackwardOfShow(in RecurrentStep<T> step, ReadOnlySpan<T> cell, Span<T> shownGradient, Span<T> cellGradient) =>
        TensorPrimitives.Add(shownGradient, cellGradient, cellGradient);

    protected sealed override void ForwardRow(in RecurrentStep<T> step, int row, Span<T> hidden)
    {
        var H = hidden.Length;
        var gates = step.Gates[row];
        var cell = step.Kept[row][..H];
        var i = gates[..H];
        var f = gates.Slice(H, H);
        var g = gates.Slice(2 * H, H);
        var o = gates.Slice(3 * H, H);
        LookBack(step, row);
        step.Activations.Gate.Apply(gates[..(2 * H)]);
        step.Activations.Candidate.Apply(g);
        TensorPrimitives.Multiply(f, step.PreviousCell[row], cell);
        TensorPrimitives.MultiplyAdd<T>(i, g, cell, cell);

        Look(step, row);
        step.Activations.Gate.Apply(o);
        Show(step, cell, hidden);
        step.Activations.Output.Apply(hidden);
        TensorPrimitives.Multiply(hidden, o, hidden);
    }

    /// <summary>
    /// With τ = tanh c(t) and δc = ∂L/∂c(t) + δh∘o∘(1−τ²), the derivatives before the activations are δo = δh∘τ∘o(1−o),
    /// δi = δc∘g∘i(1−i), δf = δc∘c(t−1)∘f(1−f), δg = δc∘i∘(1−g²); what goes on to the step before is δc∘f.
    /// </summary>
    protected sealed override void BackwardRow(in RecurrentStep<T> step, int row, Span<T> hiddenGradient, Span<T> cellGradient,
        Span<T> scratch)
    {
        var H = cellGradient.Length;
        var gates = step.Gates[row];
        var cell = step.Kept[row][..H];
        var i = gates[..H];
        var f = gates.Slice(H, H);
        var g = gates.Slice(2 * H, H);
        var o = gates.Slice(3 * H, H);
        var slope = scratch[..H];
        var upper = scratch.Slice(H, H);
        var shown = scratch.Slice(2 * H, H);

        Show(step, cell, shown);
        step.Activations.Output.Apply(shown);
        TensorPrimitives.Multiply<T>(shown, hiddenGradient, upper);
        TensorPrimitives.Multiply<T>(hiddenGradient, o, hiddenGradient);
        step.Activations.Output.Through(hiddenGradient, shown, slope);
        BackwardOfShow(step, cell, shown, cellGradient);
        step.Activations.Gate.Through(upper, o, slope);
        BackwardOfLook(step, row, cellGradient);

        var upperOfCandidate = shown;
        TensorPrimitives.Multiply<T>(cellGradient, i, upperOfCandidate);
        TensorPrimitives.Multiply<T>(cellGradient, g, upper);
        step.Activations.Gate.Through(upper, i, slope);
        step.Activations.Candidate.Through(upperOfCandidate, g, slope);

        TensorPrimitives.Multiply(cellGradient, step.PreviousCell[row], upper);
        TensorPrimitives.Multiply<T>(cellGradient, f, cellGradient);
        step.Activations.Gate.Through(upper, f, slope);
        BackwardOfLookBack(step, row, cellGradient);
    }
}
