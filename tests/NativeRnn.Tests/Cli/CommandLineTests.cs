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
        Assert.Equal(["best.safetensors", "last.safetensors", "metrics.jsonl", "recipe.json", "run.lock"], Directory.GetFiles(Out).Select(Path.GetFileName).Order());

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
    public void Words_are_trained_evaluated_and_generated()
    {
        string[] train = ["train", Path.Combine(_folder, "words.json"), "--data", _folder, "--out", Out];
        var trained = Run([.. train, "--profile"]);
        Assert.True(trained.ExitCode == 0, trained.Errors);
        Assert.Matches(@"\d+ parameters, [\d,]+ tokens to train on, [\d,]+ held out", trained.Output);
        Assert.Matches(@"best validation loss [\d.]+ nats, perplexity [\d.]+, at step \d+", trained.Output);
        Assert.Matches(@"a step takes [\d.]+ ms, the mean of \d+:\n.*ms +[\d.]+ %  recurrent layers, forward\n", trained.Output);

        var text = File.ReadAllText(Path.Combine(_folder, "test.txt"));
        var tested = JsonDocument.Parse(Run("eval", Out, "--test", "--json").Output).RootElement;
        Assert.Equal(text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length + text.Count('\n') - 1, tested.GetProperty("tokens").GetInt64());
        Assert.InRange(tested.GetProperty("perplexity").GetDouble(), 2, 13);
        Assert.Equal(Math.Exp(tested.GetProperty("loss").GetDouble()), tested.GetProperty("perplexity").GetDouble(), 1e-9);
        var held = JsonDocument.Parse(Run("eval", Out, "--json").Output).RootElement;
        Assert.Contains($"nats, perplexity {held.GetProperty("perplexity").GetDouble():F2}, at step", trained.Output, StringComparison.Ordinal);

        var generated = Run("generate", Out, "--prime", "the loss never-seen", "--length", "40");
        Assert.StartsWith("the loss never-seen", generated.Output, StringComparison.Ordinal);
        Assert.Equal(40, generated.Output["the loss never-seen".Length..^1].Replace("\n", " <eos> ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("14 words", Run("info", Out).Output, StringComparison.Ordinal);
        Assert.Equal(0, Run("eval", Out, "--data", Recipe).ExitCode); // all words unknown

        var parameters = Parameters();
        Directory.Delete(Out, recursive: true);
        Assert.Equal(0, Run([.. train, "--set", "training.epochs=1"]).ExitCode);
        Assert.Equal(0, Run([.. train, "--resume"]).ExitCode); // under the decayed rate
        Assert.Equal(parameters, Parameters());
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
        using var process = HostProcess.StartLong("run", "train", Recipe, "--data", Text, "--out", Out);
        using (var kill = System.Diagnostics.Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            kill.WaitForExit();
        var result = HostProcess.Finish(process);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Matches(@"^nativernn: stopped at step \d+; the run is saved, --resume goes on\n$", result.Errors);
        var step = int.Parse(result.Errors.Split("step ")[1].Split(';')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($"step {step},", Run("info", Out).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_standard_error_does_not_change_the_exit_code() =>
        Assert.Equal("2\n", HostProcess.Shell("nativernn info nothing 2>&- >&-; echo $?").Output);

    /// <summary>The terminal is that of <c>script</c>; the end of training shows in the lock that the run gives back.</summary>
    [Fact]
    public void A_closed_terminal_saves_and_stops()
    {
        var result = HostProcess.Shell($"""
            export -f nativernn
            export SHELL=bash TERM=xterm
            script -qc "nativernn train {Recipe} --data {Text} --out {Out} --set training.epochs=100000 2>{_folder}/errors" /dev/null </dev/null >/dev/null &
            until [ -s {Out}/metrics.jsonl ] || [ -s {_folder}/errors ]; do sleep 0.1; done
            kill -KILL $!
            flock {Out}/run.lock cat {_folder}/errors
            """);
        Assert.Matches(@"^nativernn: stopped at step \d+; the run is saved, --resume goes on\n$", result.Output);
    }

    private HostProcess.Result Train(params string[] more) => Run(["train", Recipe, "--data", Text, "--out", Out, .. more]);

    private static HostProcess.Result Run(params string[] arguments) => HostProcess.Run(["run", .. arguments]);

    private byte[] Parameters() => File.ReadAllBytes(Path.Combine(Out, "best.safetensors"));
}
