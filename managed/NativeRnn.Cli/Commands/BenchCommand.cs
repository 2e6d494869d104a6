using System.CommandLine;
using NativeRnn.Cli.Benchmarking;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn bench</c>: layers and training on all backends, beside the machine's limit.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var rounds = new Option<int?>("--rounds")
        {
            Description = $"Measurements of each kind, alternating; the median is printed. Default: {BenchSettings.Full.Rounds}, "
                + $"with --quick {BenchSettings.Quick.Rounds}.",
        };
        rounds.Validators.Add(option => Validate.AtLeast(option, (long)BenchSettings.FewestRounds));
        var isa = new Option<string?>("--isa") { Description = "Instruction set of the native backend; default: the best there is." };
        var quick = new Option<bool>("--quick") { Description = "Fewer rounds and shapes: seconds instead of minutes, and rough figures." };
        var json = new Option<string?>("--json") { Description = "Also write everything to this file, as one JSON document." };
        var markdown = new Option<string?>("--markdown") { Description = "Also write the tables to this file, as Markdown." };
        var command = new Command("bench", "Measures layers and training on all backends, beside the FMA peak of the same minute.")
        {
            rounds, isa, quick, json, markdown, CreateMemory(),
        };
        command.SetAction(result =>
        {
            var (jsonPath, markdownPath) = (result.GetValue(json), result.GetValue(markdown));
            if (jsonPath is not null)
                ReportFile.Require("--json", jsonPath);
            if (markdownPath is not null)
                ReportFile.Require("--markdown", markdownPath);
            var settings = result.GetValue(quick) ? BenchSettings.Quick : BenchSettings.Full;
            settings = settings with { Rounds = result.GetValue(rounds) ?? settings.Rounds, Isa = result.GetValue(isa) };
            var report = BenchReport.Measure(settings, new BenchText(Console.Out));
            if (jsonPath is not null)
                AtomicFile.Write(jsonPath, stream => BenchJson.Write(report, stream));
            if (markdownPath is not null)
                AtomicFile.Write(markdownPath, stream => WriteMarkdown(report, stream));
            return 0;
        });
        return command;
    }

    /// <summary>What <c>bench</c> starts once for every backend; see <see cref="TrainingMemory"/>.</summary>
    private static Command CreateMemory()
    {
        var steps = new Option<int>("--steps") { Description = "Steps to train.", Required = true };
        steps.Validators.Add(option => Validate.AtLeast(option, 1L));
        var command = new Command(TrainingMemory.Command, "Trains in this process and prints the bytes of its peak memory.") { steps };
        command.Hidden = true;
        var backend = new BackendSettings(command);
        command.SetAction(result =>
        {
            TrainingMemory.Print(backend.Options(result), result.GetValue(steps), Console.Out);
            return 0;
        });
        return command;
    }

    private static void WriteMarkdown(BenchReport report, Stream stream)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        BenchText.Write(report, writer, markdown: true);
    }
}
