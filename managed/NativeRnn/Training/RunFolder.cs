using NativeRnn.Machine;
using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>The files of a run, and the lock that keeps a second process from training in their folder.</summary>
internal sealed class RunFolder(string path) : IDisposable
{
    public const string LastName = "last.safetensors", BestName = "best.safetensors";

    private readonly List<string> _newFolders = []; // the innermost first
    private string[] _newFiles = [];
    private RunLock? _lock;

    /// <summary>The run as it stands.</summary>
    public string Last { get; } = Path.Combine(path, LastName);

    /// <summary>The model of the lowest validation loss.</summary>
    public string Best { get; } = Path.Combine(path, BestName);

    /// <summary>The resolved recipe.</summary>
    public string Recipe { get; } = Path.Combine(path, "recipe.json");

    private string Metrics { get; } = Path.Combine(path, "metrics.jsonl");

    private string Lock { get; } = Path.Combine(path, "run.lock");

    /// <summary>Throws when the folder holds a run already.</summary>
    public void RequireNoRun()
    {
        if (File.Exists(Last))
            throw new CheckpointException($"{OneLine.Clean(path)} holds a run already ({LastName}); add --resume to go on with it, or choose another folder");
        if (Others is { Length: > 0 } others)
            throw new CheckpointException($"{OneLine.Clean(path)} holds no run to go on with, but {string.Join(", ", others)}, which a new one would replace; "
                + $"move {(others.Length == 1 ? "it" : "them")} away, or choose another folder");
    }

    /// <summary>Throws when the folder holds no run.</summary>
    public void RequireRun()
    {
        if (FileKind.IsDenied(Last))
            throw new CheckpointException($"{OneLine.Clean(path)}: permission denied; ask for the right to search and write this folder");
        if (!File.Exists(Last))
            throw new CheckpointException($"{OneLine.Clean(Last)} is not there, so there is nothing to resume; leave out --resume to start a run"
                + (Others is { Length: > 0 } others ? $", and before that move {string.Join(", ", others)} away or choose another folder" : ""));
    }

    /// <summary>Throws when there is a best model that cannot be read, for a run that goes on would end by naming it.</summary>
    public void RequireSoundBest()
    {
        if (!Path.Exists(Best))
            return;
        MemoryCheck.RequireFile(Best);
        try
        {
            SafetensorsFile.Read(Best);
        }
        catch (CheckpointException e)
        {
            throw new CheckpointException($"{e.Message}, or move it away to go on without it", e);
        }
    }

    /// <summary>The names that a run's files would have, as far as they are taken.</summary>
    private string[] Others => [.. new[] { Recipe, Metrics, Best, Last }.Where(Path.Exists).Select(file => Path.GetFileName(file)!)];

    /// <summary>Makes the folder if it is not there, clears what a killed run left half written, and takes the lock, which <see cref="Dispose"/> releases.</summary>
    public void Take() => Guard(() =>
    {
        for (var folder = Path.GetFullPath(path); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            if (new DirectoryInfo(folder).LinkTarget is { } target)
                throw new CheckpointException($"{OneLine.Clean(folder)}: is a link to {OneLine.Clean(target)}, where there is no folder; make it, or choose another folder");
            if (File.Exists(folder))
                throw new CheckpointException($"{OneLine.Clean(folder)}: is a file, expected a folder for the run's files; choose another");
            _newFolders.Add(folder);
        }
        _newFiles = [.. new[] { Recipe, Metrics, Last, Lock }.Where(file => !File.Exists(file))];
        Directory.CreateDirectory(path);
        _lock = RunLock.Take(Lock, path);
        foreach (var file in new[] { Recipe, Best, Last })
            AtomicFile.DeleteTemporaries(file);
    });

    /// <summary>Writes the recipe.</summary>
    public void WriteRecipe(Recipe recipe) => Guard(() => AtomicFile.Write(Recipe, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(recipe.ToJson());
    }));

    /// <summary>Opens the metrics, cut back to what a checkpoint covers.</summary>
    public MetricsFile OpenMetrics(long keep)
    {
        MetricsFile? file = null;
        Guard(() => file = new MetricsFile(Metrics, keep));
        return file!;
    }

    /// <summary>Releases the lock and takes back the start of a run that could not be completed: the files and folders made for it.</summary>
    public void Abandon()
    {
        try
        {
            if (_lock is not null)
            {
                foreach (var file in _newFiles.Where(File.Exists))
                    File.Delete(file);
            }
            Dispose();
            foreach (var folder in _newFolders.Where(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
                Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What stopped the start is the error to report, not that it could not be taken back whole.
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _lock?.Dispose();

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{OneLine.Clean(path)}: cannot be written ({OneLine.Clean(e.Message)}); check the folder, its permissions and the free space", e);
        }
    }
}
