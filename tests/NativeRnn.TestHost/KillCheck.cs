using System.Diagnostics;
using System.Text.Json.Nodes;
using NativeRnn.Serialization;

namespace NativeRnn.TestHost;

/// <summary>
/// Kills training runs by SIGKILL, at seeded moments and after each step of replacing a file, resumes them, and compares what they end with to
/// an uninterrupted run: every tensor of both files bit for bit, every line of the metrics but its speed, and the names of the files.
/// </summary>
public static class KillCheck
{
    private static readonly string[] Stages = ["write", "flush", "rename", "directory"];
    private static readonly int[] Writes = [1, 2, 3, 5, 8]; // recipe, first checkpoint, later ones, best

    /// <summary>Returns the number of trials that failed, each with a line on <paramref name="log"/>.</summary>
    public static int Run(int moments, int seed, TextWriter log)
    {
        var fixture = Fixture.Folder(textLength: 150_000); // so that training takes longer than starting
        try
        {
            var clock = Stopwatch.StartNew();
            Train(fixture, "whole", []);
            var seconds = clock.Elapsed.TotalSeconds;
            var expected = Outcome.Of(Path.Combine(fixture, "whole"));

            var random = new System.Random(seed);
            var failures = 0;
            for (var i = 0; i < moments; i++)
            {
                var moment = TimeSpan.FromSeconds(seconds * random.NextDouble());
                failures += Trial($"killed after {moment.TotalMilliseconds:F0} ms", $"moment-{i}", [], moment);
            }
            foreach (var stage in Stages)
            {
                foreach (var write in Writes)
                    failures += Trial($"killed after {stage} {write}", $"{stage}-{write}", ["--die-after", stage, $"{write}"], Timeout.InfiniteTimeSpan);
            }
            log.WriteLine($"{moments + Stages.Length * Writes.Length - failures} passed, {failures} failed");
            return failures;

            int Trial(string what, string name, string[] fault, TimeSpan moment)
            {
                var killed = StartAndKill(fixture, name, fault, moment);
                var resumed = File.Exists(Path.Combine(fixture, name, "last.safetensors"));
                Train(fixture, name, resumed ? ["--resume"] : []);
                var difference = Outcome.Of(Path.Combine(fixture, name)).DifferenceFrom(expected);
                if (fault.Length > 0 && !killed)
                    difference ??= "the process was not killed";
                log.WriteLine($"{what}: {(killed ? resumed ? "resumed" : "started again" : "had ended")}, {difference ?? "same bits"}");
                Directory.Delete(Path.Combine(fixture, name), recursive: true);
                return difference is null ? 0 : 1;
            }
        }
        finally
        {
            Directory.Delete(fixture, recursive: true);
        }
    }

    private static bool StartAndKill(string fixture, string name, string[] fault, TimeSpan moment)
    {
        using var process = HostProcess.Start(["run", .. fault, .. Command(fixture, name)]);
        var finish = Task.Run(() => HostProcess.Finish(process));
        if (!finish.Wait(moment))
            process.Kill();
        var result = finish.GetAwaiter().GetResult();
        return result.ExitCode == 128 + 9;
    }

    private static void Train(string fixture, string name, string[] more)
    {
        var result = HostProcess.Run(["run", .. Command(fixture, name), .. more]);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"train ended with {result.ExitCode}: {result.Errors}");
    }

    private static string[] Command(string fixture, string name) =>
        ["train", Path.Combine(fixture, "recipe.json"), "--data", Path.Combine(fixture, "text.txt"), "--out", Path.Combine(fixture, name)];

    /// <summary>What a run ends with.</summary>
    private sealed record Outcome(Dictionary<string, ReadOnlyMemory<byte>> Tensors, string Progress, string[] Metrics, string[] Files)
    {
        public static Outcome Of(string folder)
        {
            var tensors = new Dictionary<string, ReadOnlyMemory<byte>>();
            var progress = "";
            foreach (var name in new[] { "last.safetensors", "best.safetensors" })
            {
                var file = SafetensorsFile.Read(Path.Combine(folder, name));
                foreach (var (key, tensor) in file.Tensors)
                    tensors.Add($"{name}: {key}", tensor.Bytes);
                progress += file.Metadata.GetValueOrDefault("training");
            }
            return new Outcome(tensors, progress, [.. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(WithoutSpeed)],
                [.. Directory.GetFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order()]);
        }

        public string? DifferenceFrom(Outcome expected)
        {
            if (!Tensors.Keys.ToHashSet().SetEquals(expected.Tensors.Keys))
                return "other tensors";
            var tensor = Tensors.Keys.FirstOrDefault(key => !Tensors[key].Span.SequenceEqual(expected.Tensors[key].Span));
            if (tensor is not null)
                return $"{tensor} differs";
            if (!Files.SequenceEqual(expected.Files))
                return $"the files are {string.Join(", ", Files)}";
            return Progress != expected.Progress ? "the progress differs" : !Metrics.SequenceEqual(expected.Metrics) ? "the metrics differ" : null;
        }

        private static string WithoutSpeed(string line)
        {
            var json = JsonNode.Parse(line)!.AsObject();
            json.Remove("tokens_per_second");
            return json.ToJsonString();
        }
    }
}
