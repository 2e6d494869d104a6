namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>A peer is missing or failed; the message is one line, without the peer's name.</summary>
internal sealed class PeerException(string message) : Exception(message);
