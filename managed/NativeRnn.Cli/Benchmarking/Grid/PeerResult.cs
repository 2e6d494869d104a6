using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>A peer in one row.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Setting">Its best setting, which was measured.</param>
/// <param name="Time">Its times, beside the same peaks as ours.</param>
internal sealed record PeerResult(Peer Peer, PeerSetting Setting, Measurement Time)
{
    /// <summary>What it told of how it worked; may be empty.</summary>
    public string Note { get; set; } = "";
}
