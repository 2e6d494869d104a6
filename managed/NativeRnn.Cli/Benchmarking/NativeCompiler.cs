using System.Text;
using NativeRnn.Backends.Native;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>What compiled the native library: compilers leave their name in the file.</summary>
internal static class NativeCompiler
{
    private static readonly byte[][] Beginnings = [[.. "GCC: ("u8], [.. "clang version "u8]];

    /// <summary>The compilers' names, or "unknown" where the library is no file or names none.</summary>
    public static string Name()
    {
        var path = NativeLibraryFinder.Attempts.Count > 0 ? NativeLibraryFinder.Attempts[^1].Path : "";
        return File.Exists(path) ? Name(File.ReadAllBytes(path)) : "unknown";
    }

    /// <summary>The same of the bytes of a library.</summary>
    public static string Name(ReadOnlySpan<byte> library)
    {
        var names = new List<string>();
        foreach (var beginning in Beginnings)
        {
            var start = library.LastIndexOf(beginning); // sections of comments stand behind code and data
            if (start < 0)
                continue;
            var name = library[start..];
            var end = name.IndexOf((byte)0);
            names.Add(Encoding.ASCII.GetString(end < 0 ? name : name[..end]));
        }
        return names.Count > 0 ? string.Join("; ", names) : "unknown";
    }
}
