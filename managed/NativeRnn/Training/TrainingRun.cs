using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>
/// A recipe being trained in a folder: <c>recipe.json</c> (resolved), <c>metrics.jsonl</c>, <c>last.safetensors</c> (the run as it stands, also
/// a model) and <c>best.safetensors</c> (the model of the lowest validation loss). A killed run goes on from the last checkpoint and
/// ends with the same bits.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private readonly RunFolder _folder;
    private readonly string _dataPath;
    private MetricsFile? _metrics;
    private string? _trainedOn;

    private TrainingRun(RunFolder folder, Recipe recipe, TextCorpus corpus, string dataPath, IBackend backend)
    {
        (_folder, Recipe, Corpus, _dataPath) = (folder, recipe, corpus, Path.GetFullPath(dataPath));
        Model = recipe.CreateModel(corpus.Vocabulary, backend);
        Optimizer = recipe.CreateOptimizer();
        Trainer = new Trainer(Model, Optimizer, recipe.CreateTrainingOptions());
        Trainer.Reported += report => _metrics!.Write(report);
        Trainer.CheckpointDue += SaveLast;
        Trainer.Improved += () => Model.Save(_folder.Best);
    }

    /// <summary>The resolved recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>The data.</summary>
    public TextCorpus Corpus { get; }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>The update rule.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The loop; subscribe to its reports.</summary>
    public Trainer Trainer { get; }

    /// <summary>
    /// When the run goes on under other conditions (backend, instruction set, BLAS) than it was trained on so far, those conditions; else null.
    /// It learns on all the same, but its bits are no longer those of an uninterrupted run.
    /// </summary>
    public string? OtherConditions => _trainedOn == Model.Backend.Fingerprint ? null : _trainedOn;

    /// <summary>Prepares a new run. Everything is checked before the first file is written.</summary>
    /// <param name="recipe">What to train.</param>
    /// <param name="dataPath">A text file, plain or gzip.</param>
    /// <param name="folder">Where the run's files go; made if it is not there.</param>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <exception cref="DataException">The data is missing, damaged or too short.</exception>
    /// <exception cref="CheckpointException">The folder holds a run already, or cannot be written.</exception>
    public static TrainingRun Start(Recipe recipe, string dataPath, string folder, IBackend backend)
    {
        var run = new RunFolder(folder);
        if (File.Exists(run.Last))
            throw new CheckpointException($"{folder} holds a run already (last.safetensors); add --resume to go on with it, or choose another folder");
        return Open(run, recipe, dataPath, backend, resume: null);
    }

    /// <summary>Prepares to go on with a run. Epochs, reports and checkpoints may differ from before, nothing else.</summary>
    /// <param name="recipe">What was trained.</param>
    /// <param name="dataPath">The same text.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <exception cref="CheckpointException">There is no checkpoint, it is damaged, or recipe or data are not those it was made with.</exception>
    public static TrainingRun Resume(Recipe recipe, string dataPath, string folder, IBackend backend)
    {
        var run = new RunFolder(folder);
        if (!File.Exists(run.Last))
            throw new CheckpointException($"{run.Last} is not there, so there is nothing to resume; leave out --resume to start a run");
        return Open(run, recipe, dataPath, backend, SafetensorsFile.Read(run.Last));
    }

    /// <summary>Trains to the end of the recipe.</summary>
    /// <exception cref="OperationCanceledException">Training was stopped; the checkpoint is written.</exception>
    public void Fit(CancellationToken cancellation = default) => Trainer.Fit(Corpus, cancellation);

    /// <summary>Frees everything but the backend.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        Trainer.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
    }

    private static TrainingRun Open(RunFolder folder, Recipe recipe, string dataPath, IBackend backend, SafetensorsFile? resume)
    {
        var corpus = TextCorpus.Load(dataPath, recipe.Data.ValidationFraction);
        new TokenStreams(corpus.Train, recipe.Training.Batch, $"the training part of {dataPath}").Require(recipe.Training.Bptt);
        if (corpus.Validation.Length == 1)
            throw new DataException($"the held-out part of {dataPath} is a single character, so there is none to predict; change data.validation_fraction, or give more text");
        var record = resume is null ? null : RunRecord.Read(folder.Last, resume);
        record?.RequireSame(folder.Last, recipe, corpus);
        var run = Allocate(folder, recipe, corpus, dataPath, backend);
        try
        {
            if (resume is not null)
                run._trainedOn = TrainingCheckpoint.Restore(run.Trainer, folder.Last, resume).Backend;
            folder.Create(recipe);
            run._metrics = folder.OpenMetrics(record?.MetricsLength ?? 0);
            if (resume is null)
                run.SaveLast(); // so that a run killed at any moment can be resumed
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    private static TrainingRun Allocate(RunFolder folder, Recipe recipe, TextCorpus corpus, string dataPath, IBackend backend)
    {
        try
        {
            return new TrainingRun(folder, recipe, corpus, dataPath, backend);
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or OutOfMemoryException)
        {
            throw new RecipeException($"recipe {OneLine.Quote(recipe.Name)}: the model or its batches do not fit in memory; use smaller model.hidden, model.embedding, model.layers, training.batch or training.bptt", e);
        }
    }

    private void SaveLast() =>
        TrainingCheckpoint.Save(Trainer, _folder.Last, new RunRecord(Recipe, _dataPath, Corpus.Sha256, _metrics!.Flush()).ToMetadata());
}
