using System.Runtime.InteropServices;

namespace NativeRnn.Backends.Native;

/// <summary>
/// The one resolver of this assembly: P/Invokes see only libraries that were loaded here before, by code that knows where to look
/// and what to check, so that a missing library is an error with a reason instead of a DllNotFoundException in some later call.
/// </summary>
internal static class NativeLibraryResolver
{
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

    /// <summary>Tries to load one file. The message of the loader is brought down to the part that tells what is wrong.</summary>
    public static bool TryOpen(string path, out nint handle, out string problem)
    {
        (handle, problem) = (0, "");
        if (Path.IsPathRooted(path) && !File.Exists(path))
        {
            problem = "missing";
            return false;
        }
        try
        {
            handle = NativeLibrary.Load(path);
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            problem = exception.Message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[^1];
            if (problem.StartsWith(path + ": ", StringComparison.Ordinal))
                problem = problem[(path.Length + 2)..];
            return false;
        }
    }

    private static nint Find(string library)
    {
        lock (Gate)
            return Loaded.GetValueOrDefault(library);
    }
}
