using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Training;

namespace NativeRnn.Cli;

/// <summary>Finds the model that a user means by <c>DIR</c>: a safetensors file, or the best, else the last, of a run's folder.</summary>
internal static class RunModel
{
    /// <summary>The path of the model file.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public static string PathOf(string directory)
    {
        if (File.Exists(directory))
            return directory;
        var folder = new RunFolder(directory);
        return new[] { folder.Best, folder.Last }.FirstOrDefault(File.Exists)
            ?? throw new CheckpointException($"{directory}: no model there; expected a safetensors file, or a folder with best.safetensors or last.safetensors as train writes it");
    }

    /// <summary>The path of the run's checkpoint, or null where <paramref name="directory"/> is no run's folder and none of its files.</summary>
    public static string? CheckpointOf(string directory)
    {
        var folder = new RunFolder(Directory.Exists(directory) ? directory : Path.GetDirectoryName(Path.GetFullPath(directory))!);
        var belongs = Directory.Exists(directory) || Path.GetFileName(directory) is RunFolder.BestName or RunFolder.LastName;
        return belongs && File.Exists(folder.Last) ? folder.Last : null;
    }

    /// <summary>Loads it.</summary>
    public static LanguageModel Load(string directory, IBackend backend) => LanguageModel.Load(PathOf(directory), backend);
}
