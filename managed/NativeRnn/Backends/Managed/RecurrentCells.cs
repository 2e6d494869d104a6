using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>The cells that the managed backend knows: one row each, in the order of <see cref="CellKind"/>.</summary>
internal static class RecurrentCells<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly RecurrentCell<T>[] Rows =
    [
        new LstmCell<T>(), new GruCell<T>(), new GruResetBeforeCell<T>(), new RnnTanhCell<T>(), new RnnReluCell<T>(),
        new PeepholeLstmCell<T>(), new LayerNormLstmCell<T>(), new CoupledLstmCell<T>(), new IndRnnCell<T>(), new MinGruCell<T>(),
    ];

    public static IReadOnlyList<RecurrentCell<T>> All => Rows;

    public static RecurrentCell<T> Of(CellKind kind) =>
        (uint)kind < (uint)Rows.Length ? Rows[(int)kind] : throw new ArgumentException($"unknown cell {kind}", nameof(kind));
}
