namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>How a peer is set up for a measurement.</summary>
/// <param name="Threads">Threads that it is asked to use.</param>
/// <param name="BlasThreads">Threads of the OpenBLAS that it calls, fixed when its process starts; 0 where it calls none.</param>
internal readonly record struct PeerSetting(int Threads, int BlasThreads = 0)
{
    /// <summary>The threads, those of OpenBLAS after a plus.</summary>
    public override string ToString() => BlasThreads == 0 ? $"{Threads}" : $"{Threads}+{BlasThreads}";
}
