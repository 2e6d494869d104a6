using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NativeRnn.Cli.Display;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn eval DIR [--data FILE] [--json]</c>.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A run's folder or a model file." };
        var data = new Option<string?>("--data") { HelpName = "FILE", Description = "A text to predict as a whole; default: the part of the run's own text that was held out." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        directory.Validators.Add(Validate.NotEmpty);
        var command = new Command("eval", "Measures how well a model predicts a text.") { directory, data, json };
        var backend = new BackendSettings(command);
        command.SetAction(result =>
        {
            using var computes = backend.Create(result);
            var folder = result.GetRequiredValue(directory);
            using var model = RunModel.Load(folder, computes);
            var (evaluation, source) = result.GetValue(data) is { } path
                ? (Evaluator.Evaluate(model, TextCorpus.Load(path, 0, model.Vocabulary).Train), path)
                : HeldOut(folder, model);
            Print(evaluation, source, result.GetValue(json));
            return 0;
        });
        return command;
    }

    /// <summary>In as many streams as in training, so that the result is that of the run's own evaluation.</summary>
    private static (Evaluation, string Source) HeldOut(string folder, LanguageModel model)
    {
        var last = RunModel.CheckpointOf(folder)
            ?? throw new DataException($"{folder} does not name the text of its run; give one with --data FILE");
        var run = RunRecord.Read(last, SafetensorsFile.Read(last));
        var corpus = TextCorpus.Load(run.DataPath, run.Recipe.Data.ValidationFraction, model.Vocabulary);
        if (corpus.Sha256 != run.DataSha256)
            throw new DataException($"{run.DataPath} is not the text that the run was trained on; give one with --data FILE");
        var training = run.Recipe.Training;
        return (Evaluator.Evaluate(model, corpus.Validation, training.Bptt, training.Batch), $"the held-out part of {OneLine.Clean(run.DataPath)}");
    }

    private static void Print(Evaluation evaluation, string source, bool json)
    {
        if (!json)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"loss {evaluation.Loss:F4} nats, {evaluation.BitsPerToken:F4} bits per token, perplexity {evaluation.Perplexity:F4} over {evaluation.Tokens:N0} tokens of {source}"));
            return;
        }
        using var output = new StandardOutput();
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteString("data", source);
        writer.WriteNumber("tokens", evaluation.Tokens);
        writer.WriteNumber("loss", evaluation.Loss);
        if (double.IsFinite(evaluation.Perplexity))
            writer.WriteNumber("perplexity", evaluation.Perplexity);
        else
            writer.WriteNull("perplexity"); // JSON has no infinity
        writer.WriteNumber("bits_per_token", evaluation.BitsPerToken);
        writer.WriteEndObject();
        writer.Flush();
        Console.WriteLine();
    }
}
