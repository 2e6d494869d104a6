using NativeRnn.Serialization;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>A file for the report: tried before the minutes of measuring, written after them.</summary>
internal sealed class ReportFile
{
    private const int Room = 1 << 18; // more than a report takes

    private readonly string _option, _given, _path;

    private ReportFile(string option, string given)
    {
        (_option, _given) = (option, given);
        if (Problem(given, out _path) is { } problem)
            throw Unwritable(problem, "name a file in a folder that you may write to and that has room");
    }

    /// <summary>The file that an option names, once it is sure that <see cref="AtomicFile"/> can write it; null where none is named.</summary>
    /// <exception cref="CommandException">It cannot; the message is one line.</exception>
    public static ReportFile? For(string option, string? path) => path is null ? null : new ReportFile(option, path);

    /// <summary>Throws where two options name one file, however they spell it.</summary>
    /// <exception cref="CommandException">They do.</exception>
    public static void RequireOthers(ReportFile? one, ReportFile? other)
    {
        if (one is not null && other is not null && one.IsSameAs(other))
            throw new CommandException($"{one._option} and {other._option} name the same file, {OneLine.Quote(other._given)}; name another one for one of them");
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="CommandException">The disk is full by now, or the like.</exception>
    public void Write(Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(_path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(e.Message, "what was printed is whole; make room or name another file, and measure again");
        }
    }

    /// <summary>What keeps the file from being written. A link is followed: <see cref="AtomicFile"/> would put the report in its place.</summary>
    private static string? Problem(string given, out string path)
    {
        path = given;
        if (path.Length == 0)
            return "it has no name";
        try
        {
            path = Path.GetFullPath(path);
            if (path.EndsWith(Path.DirectorySeparatorChar))
                return "it is a folder";
            if (FileKind.OtherThanFile(path) is { } other)
                return $"it is {other}"; // which the report would replace
            if (new FileInfo(path) is { LinkTarget: not null } link)
            {
                path = link.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
                if (!File.Exists(path))
                    return $"it is a link to {path}, where there is no file";
            }
            if (!Directory.Exists(Path.GetDirectoryName(path)))
                return FileKind.IsDenied(path) ? "permission denied" : "there is no such folder";
            if (path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/dev/shm/", StringComparison.Ordinal))
                return "it stands for a device";
            using var trial = AtomicFile.CreateTemporary(path, FileOptions.DeleteOnClose);
            trial.Write(new byte[Room]);
            trial.Flush();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return e.Message;
        }
    }

    /// <summary>A file made beside the one shows whether the other is in the same folder, whatever links and mounts lead there.</summary>
    private bool IsSameAs(ReportFile other)
    {
        if (Path.GetFileName(_path) != Path.GetFileName(other._path))
            return false;
        using var trace = AtomicFile.CreateTemporary(_path, FileOptions.DeleteOnClose);
        return File.Exists(Path.Combine(Path.GetDirectoryName(other._path)!, Path.GetFileName(trace.Name)));
    }

    private CommandException Unwritable(string problem, string mend) =>
        new($"{_option}: cannot write {OneLine.Quote(_given)}: {OneLine.Clean(problem)}; {mend}");
}
