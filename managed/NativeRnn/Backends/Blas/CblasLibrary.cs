using System.Runtime.InteropServices;
using NativeRnn.Backends.Native;

namespace NativeRnn.Backends.Blas;

/// <summary>Finds a CBLAS that the system has and keeps it to one thread, if it is OpenBLAS.</summary>
internal static unsafe class CblasLibrary
{
    private static readonly string[] Candidates = OperatingSystem.IsWindows() ? ["libopenblas.dll", "openblas.dll"]
        : OperatingSystem.IsMacOS() ? ["libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"]
        : ["libopenblas.so.0", "libopenblas.so", "libcblas.so.3", "libblas.so.3"];

    /// <summary>Loads the library unless done. Returns what it calls the processor, or <c>cblas</c> if it does not tell.</summary>
    /// <exception cref="BackendException">No candidate can be used.</exception>
    public static string Load()
    {
        var library = NativeLibraryResolver.Load(CblasMethods.Library, () => Open(Candidates));
        if (NativeLibrary.TryGetExport(library, "openblas_set_num_threads", out var setThreads))
            ((delegate* unmanaged<int, void>)setThreads)(1);
        return NativeLibrary.TryGetExport(library, "openblas_get_corename", out var coreName)
            ? "OpenBLAS " + Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)coreName)())
            : "cblas";
    }

    /// <summary>The handle of the first candidate that loads and has the products.</summary>
    public static nint Open(IReadOnlyList<string> candidates)
    {
        var problems = new List<string>();
        foreach (var name in candidates)
        {
            var problem = NativeLibraryResolver.TryFind(name, out var handle).Detail;
            if (handle != 0)
            {
                if (NativeLibrary.TryGetExport(handle, nameof(CblasMethods.cblas_sgemm), out _))
                    return handle;
                NativeLibrary.Free(handle);
                problem = $"found, but it has no {nameof(CblasMethods.cblas_sgemm)}";
            }
            problems.Add($"{name}: {problem}");
        }
        throw new BackendException(
            $"the backend managed-blas needs a CBLAS of the system; tried {string.Join("; ", problems)}. Install one "
            + "(apt-get install libopenblas0), or choose --backend managed");
    }
}
