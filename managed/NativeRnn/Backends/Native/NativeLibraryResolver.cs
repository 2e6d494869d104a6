using System.Runtime.InteropServices;

namespace NativeRnn.Backends.Native;

/// <summary>
/// The one resolver of this assembly: P/Invokes see only libraries that were loaded here before, by code that knows where to look
/// and what to check, so that a missing library is an error with a reason instead of a DllNotFoundException in some later call.
/// </summary>
internal static class NativeLibraryResolver
{
    private const string SearchVariable = "LD_LIBRARY_PATH";

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, nint> Loaded = [];

    /// <summary>
    /// Makes the P/Invokes of <paramref name="library"/> use the handle that <paramref name="load"/> returns; called once per process.
    /// What it throws passes through and the next call tries again.
    /// </summary>
    public static nint Load(string library, Func<nint> load)
    {
        lock (Gate)
        {
            if (Loaded.TryGetValue(library, out var handle))
                return handle;
            handle = load();
            if (Loaded.Count == 0)
                NativeLibrary.SetDllImportResolver(typeof(NativeLibraryResolver).Assembly, (name, _, _) => Find(name));
            Loaded.Add(library, handle);
            return handle;
        }
    }

    /// <summary>The folders that the operating system searches first, because the user says so.</summary>
    public static IEnumerable<string> SearchFolders =>
        (Environment.GetEnvironmentVariable(SearchVariable) ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(Path.GetFullPath);

    /// <summary>Tries to load the library of a name that is left to the search of the operating system.</summary>
    public static LibraryAttempt TryFind(string name, out nint handle)
    {
        handle = 0;
        return DamagedFile(name, SearchFolders) ?? TryOpen(name, out handle);
    }

    /// <summary>
    /// Gives a file or a name to the loader; <paramref name="handle"/> is 0 where that fails. The message of the loader is brought down to the
    /// part that tells what is wrong.
    /// </summary>
    public static LibraryAttempt TryOpen(string path, out nint handle)
    {
        handle = 0;
        try
        {
            handle = NativeLibrary.Load(path);
            return new LibraryAttempt(path, LibraryProblem.None, "");
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            return Refusal(path, exception.Message);
        }
    }

    /// <summary>
    /// A damaged file that the search for a name meets in <paramref name="folders"/>; null if it meets none. Of files for other architectures
    /// the loader itself keeps away.
    /// </summary>
    internal static LibraryAttempt? DamagedFile(string name, IEnumerable<string> folders) =>
        folders.Select(folder => LibraryFile.Inspect(Path.Combine(folder, name)))
            .FirstOrDefault(attempt => attempt.Problem is LibraryProblem.Damaged or LibraryProblem.None) is { Problem: LibraryProblem.Damaged } damaged
            ? damaged
            : null;

    /// <summary>The loader's last line, e.g. <c>libx.so.1: cannot open shared object file: No such file or directory</c>.</summary>
    private static LibraryAttempt Refusal(string path, string message)
    {
        const string NotThere = ": cannot open shared object file: No such file or directory";
        var problem = message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[^1];
        if (problem == path + NotThere)
            return new LibraryAttempt(path, LibraryProblem.Missing, "missing where the system looks for libraries");
        if (problem.EndsWith(NotThere, StringComparison.Ordinal))
            problem = $"needs {problem[..^NotThere.Length]}, which is missing";
        else if (problem.StartsWith(path + ": ", StringComparison.Ordinal))
            problem = problem[(path.Length + 2)..];
        return new LibraryAttempt(path, LibraryProblem.Refused, problem);
    }

    private static nint Find(string library)
    {
        lock (Gate)
            return Loaded.GetValueOrDefault(library);
    }
}
