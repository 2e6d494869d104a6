using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>The files of a run.</summary>
internal sealed class RunFolder(string path)
{
    public const string LastName = "last.safetensors", BestName = "best.safetensors";

    /// <summary>The run as it stands.</summary>
    public string Last { get; } = Path.Combine(path, LastName);

    /// <summary>The model of the lowest validation loss.</summary>
    public string Best { get; } = Path.Combine(path, BestName);

    /// <summary>The resolved recipe.</summary>
    public string Recipe { get; } = Path.Combine(path, "recipe.json");

    private string Metrics { get; } = Path.Combine(path, "metrics.jsonl");

    /// <summary>Makes the folder and writes the recipe.</summary>
    public void Create(Recipe recipe) => Guard(() =>
    {
        Directory.CreateDirectory(path);
        AtomicFile.Write(Recipe, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(recipe.ToJson());
        });
    });

    /// <summary>Opens the metrics, cut back to what a checkpoint covers.</summary>
    public MetricsFile OpenMetrics(long keep)
    {
        MetricsFile? file = null;
        Guard(() => file = new MetricsFile(Metrics, keep));
        return file!;
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"{path}: cannot be written ({OneLine.Clean(e.Message)}); check the folder, its permissions and the free space", e);
        }
    }
}
