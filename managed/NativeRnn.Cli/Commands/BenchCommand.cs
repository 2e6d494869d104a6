using System.CommandLine;
using NativeRnn.Cli.Benchmarking;
using NativeRnn.Cli.Benchmarking.Grid;
using NativeRnn.Cli.Benchmarking.Peers;
using NativeRnn.Cli.Benchmarking.Variants;

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
            rounds, isa, quick, json, markdown, CreateMemory(), CreateBusy(),
        };
        var grid = new GridOptions(command);
        var variants = new Option<bool>("--variants") { Description = "Measure what masks, projections, directions and lengths cost beside the plain cells instead." };
        variants.Validators.Add(option =>
        {
            if (!option.Implicit && (Option[])[grid.Grid, json, markdown] is { } others && others.FirstOrDefault(other => option.GetResult(other) is { Implicit: false }) is { } one)
                option.AddError($"--variants does not go with {one.Name}.");
        });
        command.Add(variants);
        command.SetAction(result =>
        {
            var (jsonFile, markdownFile) = (ReportFile.For("--json", result.GetValue(json)), ReportFile.For("--markdown", result.GetValue(markdown)));
            ReportFile.RequireOthers(jsonFile, markdownFile);
            if (result.GetValue(variants))
            {
                var settings = result.GetValue(quick) ? VariantBenchmark.Quick : GridSettings.Full;
                VariantBenchmark.Measure(settings with { Rounds = result.GetValue(rounds) ?? settings.Rounds, Isa = result.GetValue(isa) }, Console.Out);
                return 0;
            }
            if (grid.Asked(result))
            {
                grid.RequireData(result);
                var settings = grid.Settings(result, result.GetValue(quick) ? GridSettings.Quick : GridSettings.Full);
                settings = settings with { Rounds = result.GetValue(rounds) ?? settings.Rounds, Isa = result.GetValue(isa) };
                var report = GridReport.Measure(settings, PeerFolder.Find(), new GridText(Console.Out));
                jsonFile?.Write(stream => GridJson.Write(report, stream));
                Write(markdownFile, writer => GridText.Write(report, writer, markdown: true));
            }
            else
            {
                var settings = result.GetValue(quick) ? BenchSettings.Quick : BenchSettings.Full;
                settings = settings with { Rounds = result.GetValue(rounds) ?? settings.Rounds, Isa = result.GetValue(isa) };
                var report = BenchReport.Measure(settings, new BenchText(Console.Out));
                jsonFile?.Write(stream => BenchJson.Write(report, stream));
                Write(markdownFile, writer => BenchText.Write(report, writer, markdown: true));
            }
            return 0;
        });
        return command;
    }

    /// <summary>What <c>bench</c> starts once for every backend; see <see cref="TrainingMemory"/>.</summary>
    private static Command CreateMemory()
    {
        var steps = new Option<int>("--steps") { Description = "Steps to train.", Required = true };
        steps.Validators.Add(option => Validate.AtLeast(option, 1L));
        var recipe = new Option<string?>("--recipe") { Description = "A recipe that the program carries; default: char-lm on generated text." };
        var data = new Option<string?>("--data") { Description = "The data of the recipe." };
        var command = new Command(TrainingMemory.Command, "Trains in this process and prints the bytes of its peak memory.") { steps, recipe, data };
        command.Hidden = true;
        command.Validators.Add(result =>
        {
            if (result.GetResult(recipe) is null != result.GetResult(data) is null)
                result.AddError("--recipe and --data go together; give both or neither.");
        });
        var backend = new BackendSettings(command);
        command.SetAction(result =>
        {
            var training = result.GetValue(recipe) is { } name ? TrainingCase.Load(name, result.GetValue(data)!) : TrainingCase.Generated;
            TrainingMemory.Print(backend.Options(result), result.GetValue(steps), training, Console.Out);
            return 0;
        });
        return command;
    }

    /// <summary>What <c>bench --grid</c> starts to have a processor busy; see <see cref="BusyProcess"/>.</summary>
    private static Command CreateBusy()
    {
        var command = new Command(BusyProcess.Command, "Keeps one processor busy until its input ends.") { Hidden = true };
        command.SetAction(_ => BusyProcess.Spin(Console.In, Console.Out));
        return command;
    }

    private static void Write(ReportFile? file, Action<StreamWriter> write) => file?.Write(stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        write(writer);
    });
}
