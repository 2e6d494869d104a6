using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Long short-term memory, gates in the order i, f, g, o:
/// i, f, o = σ(·), g = tanh(·); c(t) = f∘c(t−1) + i∘g; h(t) = o∘tanh c(t).
/// </summary>
internal sealed class LstmCell<T> : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.Lstm, "lstm", gates: 4, hasCellState: true);

    protected override int ScratchRows => 3;

    protected override void ForwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, Span<T> cell, Span<T> hidden)
    {
        var H = hidden.Length;
        var inputAndForget = gates[..(2 * H)];
        var i = gates[..H];
        var f = gates.Slice(H, H);
        var g = gates.Slice(2 * H, H);
        var o = gates.Slice(3 * H, H);
        TensorPrimitives.Sigmoid<T>(inputAndForget, inputAndForget);
        TensorPrimitives.Tanh<T>(g, g);
        TensorPrimitives.Sigmoid<T>(o, o);

        TensorPrimitives.Multiply(f, previousCell, cell);
        TensorPrimitives.MultiplyAdd<T>(i, g, cell, cell);
        TensorPrimitives.Tanh(cell, hidden);
        TensorPrimitives.Multiply(hidden, o, hidden);
    }

    /// <summary>
    /// With τ = tanh c(t) and δc = ∂L/∂c(t) + δh∘o∘(1−τ²), the derivatives before the activations are δo = δh∘τ∘o(1−o),
    /// δi = δc∘g∘i(1−i), δf = δc∘c(t−1)∘f(1−f), δg = δc∘i∘(1−g²); what goes on to the step before is δc∘f.
    /// </summary>
    protected override void BackwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, ReadOnlySpan<T> cell, ReadOnlySpan<T> hiddenGradient,
        Span<T> cellGradient, Span<T> scratch)
    {
        var H = cellGradient.Length;
        var i = gates[..H];
        var f = gates.Slice(H, H);
        var g = gates.Slice(2 * H, H);
        var o = gates.Slice(3 * H, H);
        var slope = scratch[..H];
        var upper = scratch.Slice(H, H);
        var upperOfCandidate = scratch.Slice(2 * H, H);

        TensorPrimitives.Tanh(cell, upper);
        TensorPrimitives.Multiply<T>(upper, upper, slope);
        TensorPrimitives.Subtract(T.One, slope, slope);
        TensorPrimitives.Multiply<T>(slope, o, slope);
        TensorPrimitives.MultiplyAdd(slope, hiddenGradient, cellGradient, cellGradient);
        TensorPrimitives.Multiply(upper, hiddenGradient, upper);
        ThroughSigmoid(upper, o, slope);

        TensorPrimitives.Multiply<T>(cellGradient, i, upperOfCandidate);
        TensorPrimitives.Multiply<T>(cellGradient, g, upper);
        ThroughSigmoid(upper, i, slope);
        ThroughTanh(upperOfCandidate, g, slope);

        TensorPrimitives.Multiply(cellGradient, previousCell, upper);
        TensorPrimitives.Multiply<T>(cellGradient, f, cellGradient);
        ThroughSigmoid(upper, f, slope);
    }
}
