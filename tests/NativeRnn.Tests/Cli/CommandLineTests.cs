using System.Text.Json;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>The command line in processes of its own, as a user meets it.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Fixture.Folder();

    private string Recipe => Path.Combine(_folder, "recipe.json");

    private string Text => Path.Combine(_folder, "text.txt");

    private string Out => Path.Combine(_folder, "run");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Trains_evaluates_generates_and_describes()
    {
        var trained = Run("train", Recipe, "--data", Text, "--out", Out, "--set", "training.epochs=2", "--seed", "4", "--threads", "2");
        Assert.True(trained.ExitCode == 0, trained.Errors);
        Assert.Contains("epoch 2 validation loss", trained.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", trained.Output, StringComparison.Ordinal); // plain lines in a pipe
        Assert.Equal(["best.safetensors", "last.safetensors", "metrics.jsonl", "recipe.json"], Directory.GetFiles(Out).Select(Path.GetFileName).Order());

        var reports = File.ReadLines(Path.Combine(Out, "metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        string[] fields = ["step", "epoch", "split", "loss", "perplexity", "bits_per_token", "tokens_per_second", "grad_norm", "learning_rate"];
        Assert.All(reports, report => Assert.Equal(fields, report.EnumerateObject().Select(field => field.Name)));
        var best = reports.Where(report => report.GetProperty("split").GetString() == "validation").Min(report => report.GetProperty("loss").GetDouble());

        var evaluated = Run("eval", Out, "--json");
        Assert.True(evaluated.ExitCode == 0, evaluated.Errors);
        Assert.Equal(best, JsonDocument.Parse(evaluated.Output).RootElement.GetProperty("loss").GetDouble());
        Assert.Equal(0, Run("eval", Out, "--data", Text, "--backend", "managed").ExitCode);

        var first = Run("generate", Out, "--prime", "the ", "--length", "50", "--temperature", "0.7", "--top-k", "5", "--seed", "3");
        var second = Run("generate", Path.Combine(Out, "best.safetensors"), "--prime", "the ", "--length", "50", "--temperature", "0.7", "--top-k", "5", "--seed", "3");
        Assert.StartsWith("the ", first.Output, StringComparison.Ordinal);
        Assert.Equal(first.Output, second.Output);
        Assert.Equal(4 + 50 + 1, first.Output.Length);

        var described = Run("info", Out);
        Assert.Contains("rnn.weight_hh_l1", described.Output, StringComparison.Ordinal);
        Assert.Contains("all 2 epochs done", described.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_can_get_more_epochs()
    {
        Assert.Equal(0, Train("--set", "training.epochs=1").ExitCode);
        Assert.Equal(0, Train("--resume", "--set", "training.epochs=2").ExitCode);
        var more = Parameters();
        Directory.Delete(Out, recursive: true);
        Assert.Equal(0, Train("--set", "training.epochs=2").ExitCode);
        Assert.Equal(Parameters(), more);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_saves_and_stops(string signal, int exitCode)
    {
        using var process = HostProcess.Start("run", "train", Recipe, "--data", Text, "--out", Out, "--set", "training.epochs=100000");
        while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("step 20", StringComparison.Ordinal))
        {
        }
        using (var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        var result = HostProcess.Finish(process);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Matches(@"^nativernn: stopped at step \d+; the run is saved, --resume goes on\n$", result.Errors);
        var step = int.Parse(result.Errors.Split("step ")[1].Split(';')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($"step {step},", Run("info", Out).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Resuming_refuses_what_would_be_another_run()
    {
        Assert.Equal(0, Train("--set", "training.epochs=1").ExitCode);
        var other = Path.Combine(_folder, "other.txt");
        File.WriteAllText(other, Fixture.Text(19_000));
        var before = Snapshot();
        Mistake("model.hidden", "train", Recipe, "--data", Text, "--out", Out, "--resume", "--set", "model.hidden=25");
        Mistake("training.optimizer.kind", "train", Recipe, "--data", Text, "--out", Out, "--resume", "--set", "training.optimizer.kind=sgd");
        Mistake("seed", "train", Recipe, "--data", Text, "--out", Out, "--resume", "--seed", "9");
        Mistake("holds a run already", "train", Recipe, "--data", Text, "--out", Out);
        Mistake("another text", "train", Recipe, "--data", other, "--out", Out, "--resume");
        Assert.Equal(before, Snapshot());
    }

    [Theory]
    [InlineData("last.safetensors", 0)]
    [InlineData("last.safetensors", 7)]
    [InlineData("last.safetensors", 1000)]
    [InlineData("last.safetensors", -1)]
    public void A_damaged_checkpoint_is_named_and_kept(string name, int length)
    {
        Assert.Equal(0, Train("--set", "training.epochs=1").ExitCode);
        using (var file = File.OpenWrite(Path.Combine(Out, name)))
            file.SetLength(length < 0 ? file.Length + length : length);
        var before = Snapshot();
        Mistake(name, "train", Recipe, "--data", Text, "--out", Out, "--resume");
        Mistake(name, "info", Path.Combine(Out, name));
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void Mistakes_end_in_one_line_and_write_nothing()
    {
        File.WriteAllText(Path.Combine(_folder, "empty.txt"), "");
        File.WriteAllText(Path.Combine(_folder, "short.txt"), "too short");
        File.WriteAllBytes(Path.Combine(_folder, "latin1.txt"), [0x61, 0x0A, 0xE9, 0x62]);
        File.WriteAllBytes(Path.Combine(_folder, "broken.gz"), [0x1F, 0x8B, 8, 0, 0, 0]);
        File.WriteAllText(Path.Combine(_folder, "broken.json"), "{ \"task\": ");
        File.WriteAllText(Path.Combine(_folder, "misspelt.json"), Fixture.Recipe.Replace("\"hidden\"", "\"hiden\"", StringComparison.Ordinal));
        (string Expected, string[] Arguments)[] mistakes =
        [
            ("missing.txt", With(data: "missing.txt")),
            ("empty", With(data: "empty.txt")),
            ("129", With(data: "short.txt")), // batch 8 · bptt 16 + 1
            ("latin1.txt", With(data: "latin1.txt")),
            ("broken.gz", With(data: "broken.gz")),
            ("is a folder", With(data: ".")),
            ("missing.json", With(recipe: "missing.json")),
            ("broken.json:1", With(recipe: "broken.json")),
            ("model.hidden", With(recipe: "misspelt.json")),
            ("model.hiden", Training("--set", "model.hiden=3")),
            ("training.epochs", Training("--set", "training.epochs=none")),
            ("--set training.epochs", Training("--set", "training.epochs")),
            ("--resume", Training("--resume")),
            ("--backend", Training("--backend")),
            ("natve", Training("--backend", "natve")),
            ("avx3", Training("--isa", "avx3")),
            ("--threads", Training("--threads", "-1")),
            ("--threads", Training("--threads", "two")),
            ("--out", ["train", Recipe, "--data", Text]),
            ("--epochs", Training("--epochs", "3")),
            ("tarin", ["tarin"]),
            ("nowhere", ["eval", Path.Combine(_folder, "nowhere")]),
            ("nowhere", ["info", Path.Combine(_folder, "nowhere")]),
            ("text.txt", ["generate", Text]),
            ("--temperature", ["generate", Out, "--temperature", "-1"]),
            ("--length", ["generate", Out, "--length", "0"]),
            ("--rounds", ["bench", "--rounds", "0"]),
        ];
        var before = Snapshot();
        foreach (var (expected, arguments) in mistakes)
            Mistake(expected, arguments);
        Assert.Equal(before, Snapshot());

        string[] Training(params string[] more) => ["train", Recipe, "--data", Text, "--out", Out, .. more];
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named() =>
        Mistake("text.txt", "train", Recipe, "--data", Text, "--out", Path.Combine(Text, "run"));

    private string[] With(string? recipe = null, string? data = null) =>
        ["train", Path.Combine(_folder, recipe ?? "recipe.json"), "--data", Path.Combine(_folder, data ?? "text.txt"), "--out", Out];

    private HostProcess.Result Train(params string[] more) => Run(["train", Recipe, "--data", Text, "--out", Out, .. more]);

    private static HostProcess.Result Run(params string[] arguments) => HostProcess.Run(["run", .. arguments]);

    private static void Mistake(string expected, params string[] arguments)
    {
        var result = Run(arguments);
        var what = $"{string.Join(' ', arguments)} gave {result.ExitCode}: {result.Errors}{result.Output}";
        Assert.True(result.ExitCode == 2, what);
        Assert.True(result.Output.Length == 0, what);
        Assert.True(result.Errors.StartsWith("nativernn: ", StringComparison.Ordinal), what);
        Assert.True(result.Errors.TrimEnd().Split('\n').Length == 1, what);
        Assert.True(result.Errors.Contains(expected, StringComparison.Ordinal), what);
    }

    private byte[] Parameters() => File.ReadAllBytes(Path.Combine(Out, "best.safetensors"));

    private List<string> Snapshot() =>
    [
        .. Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Order()
            .Select(path => $"{path} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}"),
    ];
}
