namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>The peers that take part. One that is missing or fails is named with the reason, and left out from then on.</summary>
internal sealed class RunningPeers : IDisposable
{
    private readonly List<RunningPeer> _running = [];
    private readonly Dictionary<Peer, string> _problems = [];

    /// <summary>Those that still take part.</summary>
    public IReadOnlyList<RunningPeer> All => _running;

    /// <summary>Why the others do not.</summary>
    public IReadOnlyDictionary<Peer, string> Problems => _problems;

    /// <summary>Starts all peers and has each prove that it does the same work as our backends.</summary>
    /// <param name="folder">The folder of the peers; null where there is none.</param>
    public static RunningPeers Start(string? folder)
    {
        var peers = new RunningPeers();
        foreach (var peer in Peer.All)
        {
            if (folder is null)
                peers._problems.Add(peer, "not started: the folder bench/peers is not above this program; run artifacts/nativernn of a source tree");
            else
                peers.Start(peer, folder);
        }
        return peers;
    }

    /// <summary>No peers at all, because nobody asked for them.</summary>
    public static RunningPeers None()
    {
        var peers = new RunningPeers();
        foreach (var peer in Peer.All)
            peers._problems.Add(peer, "not asked for (--peers)");
        return peers;
    }

    /// <summary>Problems in words, a line for each peer, or for several that have the same.</summary>
    public static IEnumerable<string> Lines(IEnumerable<KeyValuePair<Peer, string>> problems) =>
        problems.GroupBy(problem => problem.Value, problem => problem.Key.Name).Select(names => $"{string.Join(", ", names)}: {names.Key}");

    /// <summary>Lets a peer do something. When it fails it is left out from then on, and the answer is null.</summary>
    public T? Try<T>(RunningPeer peer, Func<T> action)
        where T : class
    {
        try
        {
            return _running.Contains(peer) ? action() : null;
        }
        catch (PeerException e)
        {
            _problems[peer.Peer] = e.Message;
            _running.Remove(peer);
            peer.Dispose();
            return null;
        }
    }

    public void Dispose() => _running.ForEach(peer => peer.Dispose());

    private void Start(Peer peer, string folder)
    {
        try
        {
            var running = new RunningPeer(peer, folder);
            _running.Add(running);
            Try(running, () => PeerCheck.Require(running));
        }
        catch (PeerException e)
        {
            _problems.Add(peer, e.Message);
        }
    }
}
