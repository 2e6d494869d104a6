namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>Another library that does the same work.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Argument">Its name for <c>bench/peers/start.sh</c>.</param>
internal sealed record Peer(string Name, string Argument)
{
    /// <summary>oneDNN, which PyTorch 2 and TensorFlow call.</summary>
    public static Peer OneDnn { get; } = new("oneDNN", "onednn");

    /// <summary>PyTorch, measured at its best setting.</summary>
    public static Peer PyTorch { get; } = new("PyTorch", "pytorch") { CallsBlas = true, TrainsRecipes = true };

    /// <summary>ONNX Runtime.</summary>
    public static Peer OnnxRuntime { get; } = new("ONNX Runtime", "onnxruntime") { ForwardOnly = true };

    /// <summary>All that are known.</summary>
    public static IReadOnlyList<Peer> All { get; } = [OneDnn, PyTorch, OnnxRuntime];

    /// <summary>Whether it has no backward pass.</summary>
    public bool ForwardOnly { get; init; }

    /// <summary>Whether it trains whole recipes.</summary>
    public bool TrainsRecipes { get; init; }

    /// <summary>Whether it calls an OpenBLAS that has threads of its own.</summary>
    public bool CallsBlas { get; init; }

    /// <summary>
    /// The settings among which the best one counts when so many threads may be used. Threads of OpenBLAS and threads of its caller get in
    /// each other's way, so that fewer may be faster.
    /// </summary>
    public IReadOnlyList<PeerSetting> Settings(int threads)
    {
        if (!CallsBlas)
            return [new PeerSetting(threads)];
        int[] counts = threads == 1 ? [1] : [1, threads];
        return [.. counts.SelectMany(own => counts.Select(blas => new PeerSetting(own, blas)))];
    }
}
