using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace NativeRnn.Serialization;

/// <summary>Replaces a file as a whole or not at all, whatever happens to the process or the machine meanwhile.</summary>
internal static partial class AtomicFile
{
    private const int NameDigits = 16;
    private const string Extension = ".tmp";

    /// <summary>Called after each step ("write", "flush", "rename", "directory") with the path; tests end the process here.</summary>
    internal static Action<string, string>? Completed { get; set; }

    /// <summary>
    /// Writes <paramref name="path"/>: to a temporary file beside it, flushed to disk, renamed over it, and the folder flushed so that the
    /// rename itself lasts. When <paramref name="write"/> throws, the old file stays and the temporary one goes.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        if (FileKind.OtherThanFile(path) is { } kind)
            throw new IOException($"{path} is {kind}; only a file can be replaced");
        var stream = CreateTemporary(path);
        try
        {
            using (stream)
            {
                write(stream);
                Completed?.Invoke("write", path);
                stream.Flush(flushToDisk: true);
                Completed?.Invoke("flush", path);
            }
            File.Move(stream.Name, path, overwrite: true);
        }
        catch
        {
            File.Delete(stream.Name);
            throw;
        }
        Completed?.Invoke("rename", path);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Completed?.Invoke("directory", path);
    }

    /// <summary>
    /// A new file beside <paramref name="path"/>, <c>PATH.0123456789abcdef.tmp</c> with digits that nobody can foresee, so that it meets no file
    /// of anyone else.
    /// </summary>
    public static FileStream CreateTemporary(string path, FileOptions options = FileOptions.None) =>
        new($"{path}.{RandomNumberGenerator.GetHexString(NameDigits, lowercase: true)}{Extension}", FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, options);

    /// <summary>Deletes what writes of <paramref name="path"/> left that were killed. Nobody else may be writing it.</summary>
    public static void DeleteTemporaries(string path)
    {
        var (folder, name) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileName(path));
        foreach (var file in Directory.GetFiles(folder, $"{name}.*{Extension}"))
        {
            var digits = Path.GetFileName(file)[(name.Length + 1)..^Extension.Length];
            if (digits.Length == NameDigits && digits.All(char.IsAsciiHexDigitLower))
                File.Delete(file);
        }
    }

    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return; // NTFS journals renames; there is no handle to flush
        using var handle = OpenFolder(folder, 0);
        if (handle.IsInvalid || FSync(handle) != 0)
            throw new IOException($"cannot flush the folder {folder}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFolder(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);
}
