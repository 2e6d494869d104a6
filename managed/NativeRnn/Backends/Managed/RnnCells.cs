using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>h(t) = tanh(·).</summary>
internal sealed class RnnTanhCell<T> : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.RnnTanh, "rnn_tanh", gates: 1, hasCellState: false);

    protected override int ScratchRows => 1;

    protected override void ForwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, Span<T> cell, Span<T> hidden)
    {
        TensorPrimitives.Tanh<T>(gates, gates);
        gates.CopyTo(hidden);
    }

    protected override void BackwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, ReadOnlySpan<T> cell, ReadOnlySpan<T> hiddenGradient,
        Span<T> cellGradient, Span<T> scratch) => ThroughTanh(hiddenGradient, gates, scratch);
}

/// <summary>h(t) = max(0, ·); at 0 the derivative is 0.</summary>
internal sealed class RnnReluCell<T> : OneProductCell<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override CellInfo Info { get; } = new(CellKind.RnnRelu, "rnn_relu", gates: 1, hasCellState: false);

    protected override int ScratchRows => 0;

    protected override void ForwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, Span<T> cell, Span<T> hidden)
    {
        TensorPrimitives.Max(gates, T.Zero, gates); // a NaN stays one
        gates.CopyTo(hidden);
    }

    protected override void BackwardRow(Span<T> gates, ReadOnlySpan<T> previousCell, ReadOnlySpan<T> cell, ReadOnlySpan<T> hiddenGradient,
        Span<T> cellGradient, Span<T> scratch)
    {
        for (var u = 0; u < gates.Length; u++)
            gates[u] = gates[u] <= T.Zero ? T.Zero : hiddenGradient[u];
    }
}
