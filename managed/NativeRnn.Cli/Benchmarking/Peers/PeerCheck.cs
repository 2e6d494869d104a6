using System.Text.Json;
using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>
/// The proof that a peer does the same work: a small layer of each cell on given arrays, outputs and all gradients compared with those of
/// the managed backend.
/// </summary>
internal static class PeerCheck
{
    private const double Tolerance = 1e-4; // of the largest number of an array
    private static readonly string[] Inputs = ["x", "w_ih", "w_hh", "b_ih", "b_hh", "h0", "c0", "dy"];
    private static readonly string[] Outputs = ["y", "dx", "dw_ih", "dw_hh", "db_ih", "db_hh", "dh0", "dc0"];

    /// <summary>The cells that peers are measured with.</summary>
    public static IReadOnlyList<CellKind> Cells { get; } = [CellKind.Lstm, CellKind.Gru, CellKind.RnnTanh];

    /// <summary>The layer that is compared.</summary>
    public static RecurrentShape Shape(CellKind cell) => new(cell, T: 3, B: 2, I: 5, H: 4);

    /// <summary>Asks for the results of every cell and compares them.</summary>
    /// <returns>The peer.</returns>
    /// <exception cref="PeerException">One differs.</exception>
    public static RunningPeer Require(RunningPeer running)
    {
        var setting = running.Peer.Settings(threads: 1)[0];
        foreach (var cell in Cells)
        {
            var arrays = Arrays(cell);
            var inputs = Inputs.Select(name => (name, arrays[name]));
            foreach (var training in running.Peer.ForwardOnly ? (bool[])[false] : [false, true])
            {
                var answer = running.Ask(setting, PeerRequests.Check(Shape(cell), training, inputs));
                foreach (var name in training ? Outputs : ["y"])
                    Compare($"{name} of {CellInfo.Of(cell).Name}", arrays[name], answer, name);
            }
        }
        return running;
    }

    /// <summary>Inputs and the managed backend's outputs, by name; those of c are empty where the cell has none.</summary>
    public static IReadOnlyDictionary<string, float[]> Arrays(CellKind cell)
    {
        using var backend = Backend.Create(new BackendOptions { Name = "managed" });
        using var work = new LayerWork(backend, Shape(cell));
        work.Run();
        return Inputs.Concat(Outputs).ToDictionary(name => name, work.Copy);
    }

    private static void Compare(string what, float[] expected, JsonElement answer, string name)
    {
        var values = answer.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? array.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN).ToArray()
            : [];
        if (values.Length != expected.Length)
            throw new PeerException($"does other work than our backends: {what} has {values.Length} numbers, expected {expected.Length}");
        if (expected.Length == 0)
            return;
        var worst = expected.Zip(values, (ours, theirs) => Math.Abs(ours - theirs)).Max() / expected.Max(Math.Abs);
        if (!(worst <= Tolerance)) // not a number is no better
            throw new PeerException(FormattableString.Invariant($"does other work than our backends: {what} differs by {worst:P2}"));
    }
}
