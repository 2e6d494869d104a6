using System.Diagnostics;
using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Training;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>A recipe in training. It writes no files.</summary>
internal sealed class TrainingWork : IDisposable
{
    private readonly TrainingCase _case;
    private readonly LanguageModel _model;
    private readonly Optimizer _optimizer;
    private readonly Trainer _trainer;

    public TrainingWork(IBackend backend, TrainingCase training)
    {
        _case = training;
        var recipe = training.Recipe;
        _model = recipe.CreateModel(training.Corpus.Vocabulary, backend);
        _optimizer = recipe.CreateOptimizer();
        var options = recipe.CreateTrainingOptions() with { Epochs = int.MaxValue, ReportEvery = 1, CheckpointEvery = 0 };
        _trainer = new Trainer(_model, _optimizer, options);
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
            _trainer.Fit(_case.Corpus.Train, validation: [], stop.Token);
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
}
