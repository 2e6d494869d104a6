using NativeRnn.Backends;
using NativeRnn.Machine;
using NativeRnn.Models;
using NativeRnn.Serialization;
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
        if (FileKind.IsDenied(folder.Best))
            throw new CheckpointException($"{OneLine.Clean(directory)}: permission denied; ask for the right to read it and to search the folders that it is in");
        return new[] { folder.Best, folder.Last }.FirstOrDefault(File.Exists)
            ?? throw new CheckpointException($"{OneLine.Clean(directory)}: no model there; expected a safetensors file, or a folder with best.safetensors or last.safetensors as train writes it");
    }

    /// <summary>The path of the run's checkpoint, or null where <paramref name="directory"/> is no run's folder and none of its files.</summary>
    public static string? CheckpointOf(string directory)
    {
        var folder = new RunFolder(Directory.Exists(directory) ? directory : Path.GetDirectoryName(Path.GetFullPath(directory))!);
        var belongs = Directory.Exists(directory) || Path.GetFileName(directory) is RunFolder.BestName or RunFolder.LastName;
        return belongs && File.Exists(folder.Last) ? folder.Last : null;
    }

    /// <summary>Reads a file as a whole, if there is memory for it.</summary>
    /// <exception cref="MemoryException">There is not.</exception>
    public static SafetensorsFile Read(string path)
    {
        MemoryCheck.RequireFile(path);
        return SafetensorsFile.Read(path);
    }

    /// <summary>Loads it, if there is memory for it.</summary>
    /// <exception cref="MemoryException">There is not.</exception>
    public static LanguageModel Load(string directory, IBackend backend)
    {
        var path = PathOf(directory);
        var file = ReadModel(path);
        var (options, vocabulary) = ModelFile.Describe(path, file);
        MemoryCheck.Require(MemoryEstimate.Model(backend, options, vocabulary.Count), $"{OneLine.Clean(path)}: the model");
        return ModelFile.Load(path, file, backend);
    }

    /// <summary>Reads it; a damaged best model is told of together with the last, if that is whole.</summary>
    private static SafetensorsFile ReadModel(string path)
    {
        try
        {
            return Read(path);
        }
        catch (CheckpointException e) when (Path.GetFileName(path) == RunFolder.BestName && CheckpointOf(path) is { } last && IsWhole(last))
        {
            throw new CheckpointException($"{e.Message}, or {OneLine.Clean(last)}, which is intact", e);
        }
    }

    private static bool IsWhole(string path)
    {
        try
        {
            Read(path);
            return true;
        }
        catch (NativeRnnException)
        {
            return false;
        }
    }

    /// <summary>Throws unless there is memory to run the model over so many steps and rows, without training.</summary>
    /// <exception cref="MemoryException">There is not.</exception>
    public static void RequirePass(LanguageModel model, int steps, int rows) => MemoryCheck.Require(
        MemoryEstimate.Pass(model.Backend, model.Options, model.Vocabulary.Count, steps, rows, training: null), $"running the model on {rows} x {steps} characters");
}
