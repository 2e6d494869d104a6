using System.Diagnostics;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Numerics;
using NativeRnn.Recipes;
using NativeRnn.Training;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>The recipe char-lm in training, on text drawn by Philox. It writes no files.</summary>
internal sealed class TrainingWork : IDisposable
{
    private const int TextLength = 1_000_000;
    private const string Alphabet = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private readonly TextCorpus _corpus = TextCorpus.FromText(Text(), "the benchmark's text", validationFraction: 0);
    private readonly LanguageModel _model;
    private readonly Optimizer _optimizer;
    private readonly Trainer _trainer;

    public TrainingWork(IBackend backend)
    {
        _model = Recipe.CreateModel(_corpus.Vocabulary, backend);
        _optimizer = Recipe.CreateOptimizer();
        var options = Recipe.CreateTrainingOptions() with { Epochs = int.MaxValue, ReportEvery = 1, CheckpointEvery = 0 };
        _trainer = new Trainer(_model, _optimizer, options);
    }

    /// <summary>The recipe, as it lies in the repository.</summary>
    public static Recipe Recipe { get; } = ReadRecipe();

    /// <summary>Characters in the vocabulary.</summary>
    public static int Vocabulary => Alphabet.Length;

    /// <summary>Characters that one step learns from.</summary>
    public static int CharactersPerStep => Recipe.Training.Batch * Recipe.Training.Bptt;

    /// <summary>Floating-point operations of the products of one step: layers and dense output, forward and backward.</summary>
    public static double FlopsPerStep
    {
        get
        {
            var model = Recipe.Model;
            var weights = model.Hidden * (double)Vocabulary;
            for (var layer = 0; layer < model.Layers; layer++)
            {
                var inputs = layer == 0 ? model.Embedding : model.Hidden;
                weights += CellInfo.Of(model.Cell).Gates * model.Hidden * ((double)inputs + model.Hidden);
            }
            return 3 * 2 * weights * CharactersPerStep;
        }
    }

    /// <summary>Trains for at least so many seconds and so many steps; returns the seconds of one step.</summary>
    public double Run(double seconds, int steps = 1)
    {
        using var stop = new CancellationTokenSource();
        var first = _trainer.Progress.Step;
        var clock = Stopwatch.StartNew();
        var elapsed = 0.0;
        void StopWhenDone(TrainingReport report)
        {
            elapsed = clock.Elapsed.TotalSeconds;
            if (elapsed >= seconds && report.Step - first >= steps)
                stop.Cancel();
        }
        _trainer.Reported += StopWhenDone;
        try
        {
            _trainer.Fit(_corpus, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The time is up.
        }
        finally
        {
            _trainer.Reported -= StopWhenDone;
        }
        return elapsed / (_trainer.Progress.Step - first);
    }

    public void Dispose()
    {
        _trainer.Dispose();
        _optimizer.Dispose();
        _model.Dispose();
    }

    private static string Text() => string.Create(TextLength, 0, (text, _) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = Alphabet[(int)(Philox.Word(seed: 1, stream: 0, (ulong)i) % (uint)Alphabet.Length)];
    });

    private static Recipe ReadRecipe()
    {
        const string Name = "char-lm.json";
        using var reader = new StreamReader(typeof(TrainingWork).Assembly.GetManifestResourceStream(Name)!);
        return RecipeFile.Parse(reader.ReadToEnd(), Name);
    }
}
