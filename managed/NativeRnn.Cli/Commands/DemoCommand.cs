using System.CommandLine;
using NativeRnn.Cli.Display;
using NativeRnn.Data;
using NativeRnn.Machine;
using NativeRnn.Models;
using NativeRnn.Training;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn demo</c>: trains on the text that the program carries, its own documentation and sources, and lets the model write.</summary>
internal static class DemoCommand
{
    private const string ResourcePrefix = "demo/", Prime = "    /// <summary>";
    private const int Epochs = 12, MostSeconds = 1_000_000;

    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "Stop training after so many seconds.", DefaultValueFactory = _ => 60 };
        seconds.Validators.Add(option => Validate.Between(option, 1, MostSeconds));
        var command = new Command("demo", "Trains a small model on the program's own text for about a minute and prints a sample.") { seconds };
        var backend = new BackendSettings(command);
        command.SetAction(result =>
        {
            using var computes = backend.Create(result);
            var corpus = TextCorpus.FromText(OwnText(), "the program's own text");
            var options = new LanguageModelOptions { Embedding = 32, Hidden = 256 };
            var training = new TrainingOptions { Epochs = Epochs, ClipNorm = 1, ReportEvery = 25 };
            using var optimizer = new Adam(learningRate: 3e-3);
            MemoryCheck.Require(MemoryEstimate.Run(computes, options, corpus.Vocabulary.Count, training, optimizer.StateNames.Count), "the demo");
            using var model = new LanguageModel(corpus.Vocabulary, options, computes);
            using var trainer = new Trainer(model, optimizer, training);
            using var stop = new StopSignals();
            stop.After(TimeSpan.FromSeconds(result.GetValue(seconds)));
            Train(trainer, corpus, stop);
            if (stop.ExitCode != 0)
                return stop.ExitCode;
            Console.WriteLine("\nA sample:\n");
            GenerateCommand.Write(model, Prime, 400, new Sampling(Temperature: 0.7));
            return 0;
        });
        return command;
    }

    private static void Train(Trainer trainer, TextCorpus corpus, StopSignals stop)
    {
        var before = trainer.Evaluate(corpus.Validation).Loss;
        using (var progress = ProgressDisplay.For(trainer))
        {
            progress.Say($"{trainer.Model.Parameters.Count:N0} parameters, {corpus.Train.Length:N0} characters of this program's own text, {trainer.Model.Backend.Description}");
            try
            {
                trainer.Fit(corpus, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // The time is up, or the user has seen enough.
            }
        }
        Console.WriteLine($"validation loss {before:F3} nats before training, {trainer.Evaluate(corpus.Validation).Loss:F3} after {trainer.Progress.Step} steps");
    }

    private static string OwnText()
    {
        var assembly = typeof(DemoCommand).Assembly;
        var names = assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return string.Concat(names.Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd() + "\n";
        }));
    }
}
