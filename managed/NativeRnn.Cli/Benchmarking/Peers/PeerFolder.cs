namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>The folder <c>bench/peers</c> of the source tree that this program was built in.</summary>
internal static class PeerFolder
{
    /// <summary>The script that starts a peer.</summary>
    public const string Script = "start.sh";

    /// <summary>The folder; null where there is none above the program, as for an installed one.</summary>
    public static string? Find() => Find(AppContext.BaseDirectory);

    /// <summary>The folder above <paramref name="start"/>.</summary>
    public static string? Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            var peers = Path.Combine(folder.FullName, "bench", "peers");
            if (File.Exists(Path.Combine(peers, Script)))
                return peers;
        }
        return null;
    }
}
