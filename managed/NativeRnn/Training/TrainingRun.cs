using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Machine;
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
    private bool _kept, _failed;

    private TrainingRun(RunFolder folder, Recipe recipe, TextCorpus corpus, string dataPath, IBackend backend)
    {
        (_folder, Recipe, Corpus, _dataPath) = (folder, recipe, corpus, Path.GetFullPath(dataPath));
        Model = recipe.CreateModel(corpus.Vocabulary, backend);
        Optimizer = recipe.CreateOptimizer();
        Trainer = new Trainer(Model, Optimizer, recipe.CreateTrainingOptions());
        Trainer.Reported += report => _metrics!.Write(report);
        Trainer.CheckpointDue += () => Keep(SaveLast);
        Trainer.Improved += () => Keep(() => Model.Save(_folder.Best));
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
    /// <param name="dataPath">A text file, plain or gzip, or the folder of the files that the recipe names.</param>
    /// <param name="folder">Where the run's files go; made if it is not there.</param>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <exception cref="DataException">The data is missing, damaged or too short.</exception>
    /// <exception cref="CheckpointException">The folder holds a run already, or cannot be written.</exception>
    /// <exception cref="MemoryException">The machine or its container has not as much memory as the run would take.</exception>
    /// <exception cref="ArgumentException">A field of the recipe holds what no recipe file may hold.</exception>
    public static TrainingRun Start(Recipe recipe, string dataPath, string folder, IBackend backend) => Start(recipe, dataPath, folder, backend, _ => { });

    /// <summary>The same, told of the text once all is checked and before the model is made, which can take a while.</summary>
    internal static TrainingRun Start(Recipe recipe, string dataPath, string folder, IBackend backend, Action<TextCorpus> preparing)
    {
        RequireArguments(recipe, dataPath, folder, backend);
        var files = new RunFolder(folder);
        files.RequireNoRun();
        var corpus = LoadCorpus(recipe, dataPath, backend);
        TrainingRun? run = null;
        try
        {
            files.Take();
            files.RequireNoRun(); // now that nobody else can start one
            preparing(corpus);
            run = new TrainingRun(files, recipe, corpus, dataPath, backend);
            run.SaveLast(); // first, so that a run killed at any moment can be resumed or started again
            run._metrics = files.OpenMetrics(keep: 0);
            files.WriteRecipe(recipe);
            return run;
        }
        catch
        {
            run?.Dispose();
            files.Abandon();
            throw;
        }
    }

    /// <summary>Prepares to go on with a run. Its name, epochs, reports and checkpoints may differ from before, nothing else.</summary>
    /// <param name="recipe">What was trained.</param>
    /// <param name="dataPath">The same text.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <exception cref="DataException">The data is missing, damaged or too short.</exception>
    /// <exception cref="CheckpointException">There is no checkpoint, it is damaged, or recipe or data are not those it was made with.</exception>
    /// <exception cref="MemoryException">The machine or its container has not as much memory as the run would take.</exception>
    /// <exception cref="ArgumentException">A field of the recipe holds what no recipe file may hold.</exception>
    public static TrainingRun Resume(Recipe recipe, string dataPath, string folder, IBackend backend) => Resume(recipe, dataPath, folder, backend, _ => { });

    /// <summary>The same, told of the text before the model is made.</summary>
    internal static TrainingRun Resume(Recipe recipe, string dataPath, string folder, IBackend backend, Action<TextCorpus> preparing)
    {
        RequireArguments(recipe, dataPath, folder, backend);
        var files = new RunFolder(folder);
        files.RequireRun();
        TrainingRun? run = null;
        try
        {
            files.Take();
            files.RequireSoundBest();
            MemoryCheck.RequireFile(files.Last); // it stays in memory until the model is there
            var file = SafetensorsFile.Read(files.Last);
            var record = RunRecord.Read(files.Last, file);
            var corpus = LoadCorpus(recipe, dataPath, backend);
            record.RequireSame(files.Last, recipe, corpus);
            preparing(corpus);
            run = new TrainingRun(files, recipe, corpus, dataPath, backend) { _kept = true };
            run._trainedOn = TrainingCheckpoint.Restore(run.Trainer, StepsPerEpoch(recipe, corpus), files.Last, file).Backend;
            if (run.Trainer.Progress.Epoch - 1 > recipe.Training.Epochs)
                throw new CheckpointException($"{files.Last}: {run.Trainer.Progress.Epoch - 1} epochs are done, the recipe asks for {recipe.Training.Epochs}; ask for more, or start a new run");
            files.WriteRecipe(recipe);
            run._metrics = files.OpenMetrics(record.MetricsLength);
            return run;
        }
        catch
        {
            run?.Dispose();
            files.Abandon();
            throw;
        }
    }

    /// <summary>Trains to the end of the recipe. A new run that fails before it has kept a step leaves nothing behind once it is disposed.</summary>
    /// <exception cref="OperationCanceledException">Training was stopped; the checkpoint is written.</exception>
    public void Fit(CancellationToken cancellation = default)
    {
        try
        {
            Trainer.Fit(Corpus, cancellation);
        }
        catch (Exception e) when (e is not (OperationCanceledException or InvalidOperationException)) // the latter: at work already, or disposed
        {
            _failed = true;
            throw;
        }
    }

    /// <summary>Frees everything but the backend.</summary>
    public void Dispose()
    {
        _metrics?.Dispose();
        Trainer.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
        if (_failed && !_kept)
            _folder.Abandon();
        else
            _folder.Dispose();
    }

    private static void RequireArguments(Recipe recipe, string dataPath, string folder, IBackend backend)
    {
        RecipeFields.Require(recipe, nameof(recipe));
        ArgumentException.ThrowIfNullOrEmpty(dataPath);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (folder.Contains('\0'))
            throw new ArgumentException("expected the path of a folder, found a null character in it", nameof(folder));
        ArgumentNullException.ThrowIfNull(backend);
    }

    /// <summary>Reads the text and checks that the recipe can be trained on it.</summary>
    private static TextCorpus LoadCorpus(Recipe recipe, string dataPath, IBackend backend)
    {
        var corpus = recipe.LoadCorpus(dataPath);
        new TokenStreams(corpus.Train, recipe.Training.Batch, $"the training part of {corpus.Source}").Require(recipe.Training.Bptt);
        if (corpus.Validation.Length == 1)
            throw new DataException($"the held-out part of {OneLine.Clean(corpus.Source)} is a single {corpus.Vocabulary.Unit}, so there is none to predict; change data.validation_fraction, or give more text");
        RequireMemory(recipe, corpus, backend);
        return corpus;
    }

    private static long StepsPerEpoch(Recipe recipe, TextCorpus corpus) =>
        new TokenStreams(corpus.Train, recipe.Training.Batch).StreamLength / recipe.Training.Bptt;

    /// <summary>Throws unless the run's memory is there, before any of it is taken.</summary>
    private static void RequireMemory(Recipe recipe, TextCorpus corpus, IBackend backend)
    {
        using var optimizer = recipe.CreateOptimizer();
        var model = recipe.CreateModelOptions();
        MemoryEstimate.RequireAddressable(recipe, model, corpus.Vocabulary.Count);
        var needed = MemoryEstimate.Run(
            backend, model, corpus.Vocabulary.Count, recipe.CreateTrainingOptions(), optimizer.StateNames.Count);
        MemoryCheck.Require(needed, $"recipe {OneLine.Quote(recipe.Name)}",
            "use smaller model.hidden, model.embedding, model.layers, training.batch or training.bptt");
    }

    private void Keep(Action save)
    {
        save();
        _kept = true;
    }

    private void SaveLast() =>
        TrainingCheckpoint.Save(Trainer, _folder.Last, new RunRecord(Recipe, _dataPath, Corpus.Sha256, _metrics?.Flush() ?? 0).ToMetadata());
}
