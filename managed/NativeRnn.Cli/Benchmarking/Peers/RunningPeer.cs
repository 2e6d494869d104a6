using System.Text.Json;
using System.Text.Json.Nodes;

namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>A peer that runs: one process per number of threads of OpenBLAS.</summary>
internal sealed class RunningPeer : IDisposable
{
    private readonly string _folder;
    private readonly Dictionary<int, PeerProcess> _processes = [];

    /// <summary>Starts the peer with one thread of OpenBLAS, if it has any.</summary>
    /// <exception cref="PeerException">It is not installed, or does not start.</exception>
    public RunningPeer(Peer peer, string folder)
    {
        (Peer, _folder) = (peer, folder);
        Description = ProcessFor(peer.Settings(threads: 1)[0]).Description;
    }

    /// <summary>Which peer it is.</summary>
    public Peer Peer { get; }

    /// <summary>Its version, and what else it told of itself.</summary>
    public string Description { get; }

    /// <summary>Asks the process for this setting; see <see cref="PeerProcess.Ask"/>.</summary>
    public JsonElement Ask(PeerSetting setting, JsonObject request)
    {
        request["threads"] = setting.Threads;
        return ProcessFor(setting).Ask(request);
    }

    /// <summary>Asks for a time, in seconds.</summary>
    public double AskSeconds(PeerSetting setting, JsonObject request, out string note)
    {
        var answer = Ask(setting, request);
        note = answer.TryGetProperty("note", out var text) ? text.ToString() : "";
        return answer.TryGetProperty("ms", out var ms) && ms.TryGetDouble(out var milliseconds) && milliseconds > 0
            ? milliseconds / 1e3
            : throw new PeerException($"answered {answer.GetRawText()}; expected a time");
    }

    /// <summary>The fastest of the settings for so many threads, after one try each.</summary>
    public PeerSetting BestSetting(int threads, Func<JsonObject> request)
    {
        var settings = Peer.Settings(threads);
        return settings.Count == 1 ? settings[0] : settings.MinBy(setting => AskSeconds(setting, request(), out _));
    }

    /// <summary>A fresh process of the same kind, for what a process can tell only once.</summary>
    public PeerProcess StartAnother() => PeerProcess.Start(_folder, Peer.Argument, Peer.Settings(threads: 1)[0].BlasThreads);

    public void Dispose()
    {
        foreach (var process in _processes.Values)
            process.Dispose();
    }

    private PeerProcess ProcessFor(PeerSetting setting)
    {
        if (!_processes.TryGetValue(setting.BlasThreads, out var process))
            _processes.Add(setting.BlasThreads, process = PeerProcess.Start(_folder, Peer.Argument, setting.BlasThreads));
        return process;
    }
}
