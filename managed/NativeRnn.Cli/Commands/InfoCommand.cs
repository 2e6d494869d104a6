using System.CommandLine;
using System.Globalization;
using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn info DIR</c>.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A run's folder or a model file." };
        directory.Validators.Add(Validate.NotEmpty);
        var command = new Command("info", "Shows what a model or a run is.") { directory };
        command.SetAction(result =>
        {
            using var backend = Backend.Create(new BackendOptions { Name = "managed" });
            using var model = RunModel.Load(result.GetRequiredValue(directory), backend);
            var run = RunModel.CheckpointOf(result.GetRequiredValue(directory)) is { } last ? Run(last) : []; // read before anything is shown
            var options = model.Options;
            Console.WriteLine(RunModel.PathOf(result.GetRequiredValue(directory)));
            Console.WriteLine($"language model: {model.Vocabulary.Count} {model.Vocabulary.Unit}s, embedding {options.Embedding}, {options.Layers} x {Layer(options)}, {(options.TieWeights ? "tied " : "")}dense {model.Vocabulary.Count}");
            foreach (var parameter in model.Parameters.All)
                Console.WriteLine($"  {parameter.Name,-24} [{string.Join(", ", parameter.Shape)}]");
            Console.WriteLine($"{model.Parameters.Count:N0} parameters, {model.Parameters.Count * sizeof(float):N0} bytes");
            foreach (var line in run)
                Console.WriteLine(line);
            return 0;
        });
        return command;
    }

    /// <summary>A layer and what was asked of it, such as <c>lstm(256 -> 64, gate relu, clip 3)</c>.</summary>
    private static string Layer(LanguageModelOptions options)
    {
        List<string> parts = [options.Projection > 0 ? $"{options.Hidden} -> {options.Projection}" : $"{options.Hidden}"];
        foreach (var (role, activation) in new[] { ("gate", options.GateActivation), ("candidate", options.CandidateActivation), ("output", options.OutputActivation) })
        {
            if (activation.Kind != ActivationKind.Default)
                parts.Add($"{role} {activation}");
        }
        foreach (var (name, value) in new[] { ("clip", options.Clip), ("zoneout of h", options.ZoneoutHidden), ("zoneout of c", options.ZoneoutCell) })
        {
            if (value > 0)
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{name} {value}"));
        }
        return $"{CellInfo.Of(options.Cell).Name}({string.Join(", ", parts)})";
    }

    private static List<string> Run(string last)
    {
        var file = RunModel.Read(last);
        var (record, progress) = (RunRecord.Read(last, file), TrainingCheckpoint.ReadProgress(last, file));
        var epochs = record.Recipe.Training.Epochs;
        var place = progress.Epoch > epochs ? $"all {epochs} epochs done" : $"epoch {progress.Epoch} of {epochs}";
        List<string> lines = [$"run: recipe {OneLine.Clean(record.Recipe.Name)}, step {progress.Step}, {place}, optimizer {progress.Optimizer}, backend {OneLine.Clean(progress.Backend)}"];
        if (progress.BestValidationLoss is { } best)
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"best validation loss {best:F4} nats at step {progress.BestStep}"));
        return lines;
    }
}
