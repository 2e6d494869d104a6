using System.Runtime.InteropServices;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>Measures whole training of a recipe, ours and PyTorch's, on the same tokens; and its memory.</summary>
internal static class RecipeBenchmark
{
    /// <summary>Why a recipe cannot be measured; null when it can.</summary>
    public static string? Problem(string name, string data) =>
        TrainingCase.ReadRecipe(name) is null ? $"the program carries no recipes/{name}.json"
            : !Path.Exists(data) ? $"{data}: there is no such data; name it by {DataOption(name)}"
            : null;

    /// <summary>The option that names a recipe's data.</summary>
    public static string DataOption(string name) => $"--data-{name.Split('-')[0]}";

    /// <summary>One row per number of threads.</summary>
    public static IReadOnlyList<RecipeRow> Measure(
        string name, string data, GridBackends backends, RunningPeers peers, QuietTurns turns, GridSettings settings)
    {
        var training = TrainingCase.Load(name, data);
        var works = new List<TrainingWork>();
        var tokens = WriteTokens(training.Corpus.Train);
        try
        {
            foreach (var backend in backends.All)
                works.Add(new TrainingWork(backend.Backend, training));
            RecipeRow[] rows =
                [.. backends.All.Select(backend => new RecipeRow(name, backend.Threads, training.TokensPerStep, new(training.FlopsPerStep)))];
            var running = peers.All.FirstOrDefault(running => running.Peer.TrainsRecipes);
            foreach (var row in rows)
                row.Theirs = running is null ? null : peers.Try(running, () => Contestant(row.Threads, running, training, tokens, settings));
            for (var round = 0; round < settings.Rounds; round++)
            {
                for (var i = 0; i < rows.Length; i++)
                {
                    var (work, backend) = (works[i], backends.All[i]);
                    work.Run(seconds: 0); // does not count, as everywhere
                    rows[i].Ours.Add(turns.Take(backend, () => work.Run(settings.TrainingSlice)));
                    if (rows[i].Theirs is { } theirs)
                        rows[i].Theirs = peers.Try(running!, () => Turn(theirs, backend));
                }
            }
            return rows;

            PeerResult Turn(PeerResult result, BenchBackend backend)
            {
                result.Time.Add(turns.Take(
                    backend, () => running!.AskSeconds(result.Setting, PeerRequests.Training(training, tokens, settings.TrainingSlice), out _)));
                return result;
            }
        }
        finally
        {
            works.ForEach(work => work.Dispose());
            File.Delete(tokens);
        }
    }

    /// <summary>Peak memory of training, each in a process that does nothing else; null for a peer that does not tell.</summary>
    public static (long Ours, long? Theirs) MeasureMemory(string name, string data, RunningPeers peers, GridSettings settings)
    {
        var ours = TrainingMemory.Measure(new BackendOptions { Isa = settings.Isa }, settings.MemorySteps, (name, data));
        var running = peers.All.FirstOrDefault(running => running.Peer.TrainsRecipes);
        if (running is null)
            return (ours, null);
        var training = TrainingCase.Load(name, data);
        var tokens = WriteTokens(training.Corpus.Train);
        try
        {
            var answer = peers.Try(running, () =>
            {
                using var process = running.StartAnother();
                var request = PeerRequests.Training(training, tokens, settings.TrainingSlice);
                request["threads"] = 1;
                var bytes = process.Ask(request).TryGetProperty("peak_bytes", out var peak) ? peak.GetInt64() : 0;
                return bytes > 0 ? (object)bytes : throw new PeerException("does not tell its peak memory");
            });
            return (ours, (long?)answer);
        }
        finally
        {
            File.Delete(tokens);
        }
    }

    private static PeerResult Contestant(int threads, RunningPeer running, TrainingCase training, string tokens, GridSettings settings) =>
        new(running.Peer, running.BestSetting(threads, () => PeerRequests.Training(training, tokens, settings.TrainingSlice)),
            new Measurement(training.FlopsPerStep));

    /// <summary>The tokens as a file of 32-bit integers, so that a peer needs no tokenizer of its own.</summary>
    private static string WriteTokens(int[] tokens)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, MemoryMarshal.AsBytes(tokens.AsSpan()));
        return path;
    }
}
