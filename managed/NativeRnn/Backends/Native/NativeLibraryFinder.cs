using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

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

    /// <summary>Loads the library from the first place that has the right one.</summary>
    /// <exception cref="BackendException">No place has; the message tells of every one what was wrong.</exception>
    public static nint Load() => Open(Candidates(Environment.GetEnvironmentVariable(Variable), AppContext.BaseDirectory, AssemblyFolder()));

    /// <summary>Where to look, in this order. A name without a folder is left to the search of the operating system.</summary>
    public static IReadOnlyList<string> Candidates(string? variable, string baseFolder, string? assemblyFolder)
    {
        if (!string.IsNullOrEmpty(variable))
            return [Path.GetFullPath(variable)];
        string[] folders = string.IsNullOrEmpty(assemblyFolder) ? [baseFolder] : [baseFolder, assemblyFolder];
        var packaged = Path.Combine("runtimes", RuntimeIdentifier, "native", FileName);
        var files = folders.SelectMany(folder => new[] { Path.Combine(folder, packaged), Path.Combine(folder, FileName) });
        return [.. files.Distinct(), FileName];
    }

    /// <summary>The handle of the first candidate that loads and matches.</summary>
    public static nint Open(IReadOnlyList<string> candidates)
    {
        var problems = new List<string>();
        foreach (var path in candidates)
        {
            if (NativeLibraryResolver.TryOpen(path, out var handle, out var problem))
            {
                problem = Mismatch(handle);
                if (problem is null)
                    return handle;
                NativeLibrary.Free(handle);
            }
            problems.Add($"{path}: {problem}");
        }
        throw new BackendException(
            $"the native library does not load; tried {string.Join("; ", problems)}. Build it with build.sh, name its file in {Variable}, "
            + "or choose --backend managed");
    }

    /// <summary>What is wrong with a library that did load; null when nothing is.</summary>
    private static string? Mismatch(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, nameof(NativeMethods.nrnn_abi_version), out var version)
            || !NativeLibrary.TryGetExport(library, nameof(NativeMethods.nrnn_struct_size), out var size))
            return "found, but it is not a library of NativeRnn";
        var abi = ((delegate* unmanaged<int>)version)();
        if (abi != NativeStructs.AbiVersion)
            return $"found, but ABI {abi}, wanted {NativeStructs.AbiVersion}";
        for (var i = 0; i < NativeStructs.Sizes.Length; i++)
        {
            var (name, expected) = NativeStructs.Sizes[i];
            var actual = ((delegate* unmanaged<int, int>)size)(i);
            if (actual != expected)
                return $"found, but {name} has {actual} bytes, wanted {expected}";
        }
        return null;
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "A single file has no such folder; the base folder is tried.")]
    private static string? AssemblyFolder() => Path.GetDirectoryName(typeof(NativeLibraryFinder).Assembly.Location);
}
