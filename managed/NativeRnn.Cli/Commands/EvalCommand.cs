using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using NativeRnn.Cli.Display;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn eval DIR [--data FILE | --test] [--json]</c>.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var directory = new Argument<string>("DIR") { Description = "A run's folder or a model file." };
        var data = new Option<string?>("--data") { HelpName = "FILE", Description = "A text to predict as a whole; default: the part of the run's own text that was held out." };
        var test = new Option<bool>("--test") { Description = "Predict the test part of the run's data, in one piece; settle everything else before." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        directory.Validators.Add(Validate.NotEmpty);
        var command = new Command("eval", "Measures how well a model predicts a text.") { directory, data, test, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(test) && result.GetValue(data) is not null)
                result.AddError("--test and --data exclude each other; leave one out.");
        });
        var backend = new BackendSettings(command);
        command.SetAction(result =>
        {
            using var computes = backend.Create(result);
            var folder = result.GetRequiredValue(directory);
            using var model = RunModel.Load(folder, computes);
            var (evaluation, source) = result.GetValue(data) is { } path
                ? Evaluate(model, TextCorpus.Load(path, 0, model.Vocabulary).Train, Evaluator.DefaultSteps, rows: 0, path)
                : RunData(folder, model, result.GetValue(test));
            Print(evaluation, source, result.GetValue(json));
            return 0;
        });
        return command;
    }

    /// <summary>
    /// A part of the run's own data: the held-out part in as many streams as in training, so that the result is that of the run's own evaluation;
    /// the test part as one sequence, so that every token has all that came before it.
    /// </summary>
    private static (Evaluation, string Source) RunData(string folder, LanguageModel model, bool test)
    {
        var last = RunModel.CheckpointOf(folder)
            ?? throw new DataException($"{OneLine.Clean(folder)} does not name the text of its run; give one with --data FILE");
        var run = RunRecord.Read(last, RunModel.Read(last));
        var path = OneLine.Clean(run.DataPath);
        if (!Path.Exists(run.DataPath) || FileKind.OtherThanFile(run.DataPath) is not (null or FileKind.Folder))
            throw new DataException($"{path}: the run was trained on this, and it is no longer there, or is a pipe; {(test ? "put the data back, or evaluate" : "name")} a text with --data FILE");
        var corpus = run.Recipe.LoadCorpus(run.DataPath, model.Vocabulary);
        if (corpus.Sha256 != run.DataSha256)
            throw new DataException($"{path} is not the text that the run was trained on; give one with --data FILE");
        if (test && corpus.Test.Length == 0)
            throw new DataException($"{OneLine.Clean(folder)}: the recipe of the run names no data.test_file; give a text with --data FILE");
        var training = run.Recipe.Training;
        return test
            ? Evaluate(model, corpus.Test, Evaluator.DefaultSteps, rows: 1, $"the test part of {path}")
            : Evaluate(model, corpus.Validation, training.Bptt, training.Batch, $"the held-out part of {path}");
    }

    private static (Evaluation, string Source) Evaluate(LanguageModel model, int[] tokens, int steps, int rows, string source)
    {
        Evaluator.RequireTokens(tokens.Length, source);
        (steps, rows) = Evaluator.Cut(tokens.Length, steps, rows);
        RunModel.RequirePass(model, steps, rows);
        return (Evaluator.Evaluate(model, tokens, steps, rows), source);
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
