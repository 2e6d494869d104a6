using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using NativeRnn.Serialization;

namespace NativeRnn.Backends.Native;

/// <summary>Finds the C library of the kernels and makes sure that it speaks the ABI of <see cref="NativeStructs"/>.</summary>
internal static unsafe class NativeLibraryFinder
{
    /// <summary>The variable that names the library's file; no other place is then tried.</summary>
    public const string Variable = "NATIVERNN_LIBRARY";

    public static string FileName { get; } =
        OperatingSystem.IsWindows() ? "libnativernn.dll" : OperatingSystem.IsMacOS() ? "libnativernn.dylib" : "libnativernn.so";

    /// <summary>The portable runtime identifier of this process, e.g. <c>linux-x64</c>.</summary>
    public static string RuntimeIdentifier { get; } =
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux") + "-"
        + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>What the last <see cref="Load"/> tried, in order. The last one has no problem if the library was found.</summary>
    public static IReadOnlyList<LibraryAttempt> Attempts { get; private set; } = [];

    /// <summary>Loads the library from the first place that has the right one.</summary>
    /// <exception cref="BackendException">No place has; the message tells of every one what was wrong.</exception>
    public static nint Load()
    {
        var variable = Environment.GetEnvironmentVariable(Variable);
        var named = !string.IsNullOrEmpty(variable);
        var candidates = Candidates(variable, AppContext.BaseDirectory, AssemblyFolder(), NativeLibraryResolver.SearchFolders);
        if (!named && EmbeddedLibrary.Open(FileName) is { } inside)
            candidates = [inside, .. candidates];
        Attempts = Try(candidates, out var handle);
        return handle != 0 ? handle : throw Failure(Attempts, named);
    }

    /// <summary>Where to look, in this order. The search of the operating system has no part in it: what it finds was not inspected.</summary>
    public static IReadOnlyList<string> Candidates(string? variable, string baseFolder, string? assemblyFolder, IEnumerable<string> searchFolders)
    {
        if (!string.IsNullOrEmpty(variable))
            return [Path.GetFullPath(variable)];
        string[] folders = string.IsNullOrEmpty(assemblyFolder) ? [baseFolder] : [baseFolder, assemblyFolder];
        var packaged = Path.Combine("runtimes", RuntimeIdentifier, "native", FileName);
        var files = folders.SelectMany(folder => new[] { Path.Combine(folder, packaged), Path.Combine(folder, FileName) });
        return [.. files.Concat(searchFolders.Select(folder => Path.Combine(folder, FileName))).Distinct()];
    }

    /// <summary>Tries one candidate after the other. <paramref name="handle"/> is that of the first that loads and matches, or 0.</summary>
    public static IReadOnlyList<LibraryAttempt> Try(IReadOnlyList<string> candidates, out nint handle)
    {
        var attempts = new List<LibraryAttempt>();
        foreach (var path in candidates)
        {
            handle = 0;
            var attempt = LibraryFile.InspectOwn(path);
            if (attempt.Problem == LibraryProblem.None)
                attempt = NativeLibraryResolver.TryOpen(path, out handle);
            if (handle != 0)
                attempt = Mismatch(path, handle);
            attempts.Add(attempt);
            if (attempt.Problem == LibraryProblem.None)
                return attempts;
            if (handle != 0)
                NativeLibrary.Free(handle);
        }
        handle = 0;
        return attempts;
    }

    /// <summary>One line: every place with what was wrong there, and what to do.</summary>
    /// <param name="attempts">What was tried.</param>
    /// <param name="named">Whether the variable left no other place.</param>
    public static BackendException Failure(IReadOnlyList<LibraryAttempt> attempts, bool named)
    {
        var tried = string.Join("; ", attempts.Select(attempt => $"{OneLine.Clean(attempt.Path)}: {OneLine.Clean(attempt.Detail)}"));
        var mend = named ? $"{Variable} leaves no other place: mend or unset it" : $"Build it with build.sh, or name its file in {Variable}";
        return new BackendException($"the native library does not load; tried {tried}. {mend}; --backend managed works without it, except for bench, which measures against it; nativernn doctor tells more");
    }

    /// <summary>What is wrong with a library that did load.</summary>
    private static LibraryAttempt Mismatch(string path, nint library)
    {
        LibraryAttempt Other(string how) => new(path, LibraryProblem.OtherVersion, $"found, but {how}");
        if (!NativeLibrary.TryGetExport(library, nameof(NativeMethods.nrnn_abi_version), out var version)
            || !NativeLibrary.TryGetExport(library, nameof(NativeMethods.nrnn_struct_size), out var size))
            return new LibraryAttempt(path, LibraryProblem.NotOurs, "found, but it is not a library of NativeRnn");
        var abi = ((delegate* unmanaged<int>)version)();
        if (abi != NativeStructs.AbiVersion)
            return Other($"ABI {abi}, wanted {NativeStructs.AbiVersion}");
        for (var i = 0; i < NativeStructs.Sizes.Length; i++)
        {
            var (name, expected) = NativeStructs.Sizes[i];
            var actual = ((delegate* unmanaged<int, int>)size)(i);
            if (actual != expected)
                return Other($"{name} has {actual} bytes, wanted {expected}");
        }
        var lacking = NativeMethods.Names.FirstOrDefault(name => !NativeLibrary.TryGetExport(library, name, out _));
        return lacking is null ? new LibraryAttempt(path, LibraryProblem.None, "") : Other($"it has no {lacking}");
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "A single file has no such folder; the base folder is tried.")]
    private static string? AssemblyFolder() => Path.GetDirectoryName(typeof(NativeLibraryFinder).Assembly.Location);
}
