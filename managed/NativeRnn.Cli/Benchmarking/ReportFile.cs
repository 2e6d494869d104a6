using NativeRnn.Serialization;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>A file for the report: tried before the minutes of measuring, written after them.</summary>
internal static class ReportFile
{
    /// <summary>Makes sure that <see cref="AtomicFile"/> can write it.</summary>
    /// <exception cref="CommandException">It cannot; the message is one line.</exception>
    public static void Require(string option, string path)
    {
        if (Problem(path) is { } problem)
        {
            throw new CommandException(
                $"{option}: cannot write {OneLine.Quote(path)}: {OneLine.Clean(problem)}; name a file in a folder that you may write to");
        }
    }

    private static string? Problem(string path)
    {
        if (path.Length == 0)
            return "it has no name";
        try
        {
            var full = Path.GetFullPath(path);
            if (full.EndsWith(Path.DirectorySeparatorChar))
                return "it is a folder";
            if (FileKind.OtherThanFile(full) is { } other)
                return $"it is {other}"; // which the report would replace
            if (!Directory.Exists(Path.GetDirectoryName(full)))
                return "there is no such folder";
            if (full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal))
                return "it stands for a device";
            AtomicFile.CreateTemporary(full, FileOptions.DeleteOnClose).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return e.Message;
        }
    }
}
