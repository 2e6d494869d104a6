using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>One layer on some threads: ours and the peers'.</summary>
/// <param name="Shape">The layer.</param>
/// <param name="Training">Packing, forward, and backward with all gradients; otherwise forward only, with weights that are packed already.</param>
/// <param name="Threads">The threads that everyone may use.</param>
/// <param name="Ours">The native backend.</param>
internal sealed record GridRow(RecurrentShape Shape, bool Training, int Threads, Measurement Ours)
{
    /// <summary>The peers that were measured in every round.</summary>
    public List<PeerResult> Peers { get; } = [];

    /// <summary>How many times as long as we a peer takes; null where it has no figure.</summary>
    public double? Ratio(Peer peer) => Peers.Find(result => result.Peer == peer)?.Time.Seconds / Ours.Seconds;
}
