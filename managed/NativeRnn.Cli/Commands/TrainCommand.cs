using System.CommandLine;
using NativeRnn.Cli.Display;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;
using NativeRnn.Training;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn train RECIPE --data FILE --out DIR</c>.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new Argument<string>("RECIPE") { Description = "A JSON file, for example recipes/char-lm.json." };
        var data = new Option<string>("--data") { HelpName = "FILE", Description = "The text, plain or gzip, UTF-8; or the folder of the files that the recipe names.", Required = true };
        var folder = new Option<string>("--out") { HelpName = "DIR", Description = "The folder for the run's files.", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in that folder." };
        var seed = new Option<long?>("--seed") { HelpName = "N", Description = "The same as --set seed=N." };
        var every = new Option<long?>("--checkpoint-every") { HelpName = "STEPS", Description = "The same as --set training.checkpoint_every=STEPS." };
        var set = new Option<string[]>("--set") { HelpName = "PATH=VALUE", Description = "Change a field of the recipe, e.g. --set training.epochs=3; may stand many times." };
        var profile = new Option<bool>("--profile") { Description = "Print at the end where the time of a step went." };
        recipe.Validators.Add(Validate.NotEmpty);
        data.Validators.Add(Validate.NotEmpty);
        folder.Validators.Add(Validate.NotEmpty);
        var command = new Command("train", "Trains a recipe on a text. Ctrl-C saves and stops; --resume goes on.") { recipe, data, folder, resume, seed, every, set, profile };
        var backend = new BackendSettings(command);
        (Option<long?> Option, string Path)[] shorthands = [(seed, "seed"), (every, "training.checkpoint_every")];
        command.Validators.Add(result =>
        {
            foreach (var (option, path) in shorthands)
            {
                var same = result.GetResult(set)?.Tokens.FirstOrDefault(token => token.Value.StartsWith(path + "=", StringComparison.Ordinal));
                if (result.GetResult(option) is { Tokens: [var given] } && same is not null)
                    result.AddError($"{option.Name} {given.Value} and --set {OneLine.Cut(same.Value)} both set {path}; leave one out.");
            }
        });
        command.SetAction(result =>
        {
            var changes = shorthands.Where(shorthand => result.GetValue(shorthand.Option) is not null)
                .Select(shorthand => $"{shorthand.Path}={result.GetValue(shorthand.Option)}");
            var resolved = RecipeFile.Read(result.GetRequiredValue(recipe), [.. result.GetValue(set) ?? [], .. changes]);
            using var computes = backend.Create(result);
            var (text, output) = (result.GetRequiredValue(data), result.GetRequiredValue(folder));
            using var run = result.GetValue(resume)
                ? TrainingRun.Resume(resolved, text, output, computes, Announce)
                : TrainingRun.Start(resolved, text, output, computes, Announce);
            run.Trainer.Profile = result.GetValue(profile) ? new StepProfile() : null;
            return Train(run, output);

            // Before the model is made, which takes a while where it is large.
            void Announce(TextCorpus corpus)
            {
                var parameters = LanguageModel.Tensors(resolved.CreateModelOptions(), corpus.Vocabulary.Count).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
                Console.WriteLine($"{OneLine.Clean(resolved.Name)}: {parameters:N0} parameters, {corpus.Train.Length:N0} tokens to train on, "
                    + $"{corpus.Validation.Length:N0} held out, {computes.Description}");
            }
        });
        return command;
    }

    private static int Train(TrainingRun run, string folder)
    {
        using var stop = new StopSignals();
        try
        {
            using var progress = ProgressDisplay.For(run.Trainer);
            if (run.OtherConditions is { } before)
                progress.Say($"note: so far the run was trained by {OneLine.Clean(before)}; from here on its bits differ from an uninterrupted run's");
            run.Fit(stop.Token);
        }
        catch (OperationCanceledException)
        {
            ProfileText.Write(run.Trainer.Profile, Console.Out);
            Console.Error.WriteLine($"nativernn: stopped at step {run.Trainer.Progress.Step}; the run is saved, --resume goes on");
            return stop.ExitCode;
        }
        ProfileText.Write(run.Trainer.Profile, Console.Out);
        Console.WriteLine(Outcome(run.Trainer.Progress, folder));
        return 0;
    }

    private static string Outcome(TrainingProgress progress, string folder)
    {
        var (best, last) = (Path.Combine(folder, RunFolder.BestName), Path.Combine(folder, RunFolder.LastName));
        if (!double.IsFinite(progress.BestValidationLoss))
            return $"trained {progress.Step} steps: {last}";
        var model = File.Exists(best) ? best : $"{best} is no longer there, {last} holds the last step";
        return $"best validation loss {progress.BestValidationLoss:F4} nats, perplexity {Math.Exp(progress.BestValidationLoss):F2}, at step {progress.BestStep}: {model}";
    }
}
