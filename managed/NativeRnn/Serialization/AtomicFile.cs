using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace NativeRnn.Serialization;

/// <summary>Replaces a file as a whole or not at all, whatever happens to the process or the machine meanwhile.</summary>
internal static partial class AtomicFile
{
    /// <summary>Called after each step ("write", "flush", "rename", "directory") with the path; tests end the process here.</summary>
    internal static Action<string, string>? Completed { get; set; }

    /// <summary>
    /// Writes <paramref name="path"/>: to a temporary file beside it, flushed to disk, renamed over it, and the folder flushed so that the
    /// rename itself lasts. When <paramref name="write"/> throws, the old file stays and the temporary one goes.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = path + ".tmp";
        // Opened outside the try: when another process is writing it, it is not ours to delete.
        var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        try
        {
            using (stream)
            {
                write(stream);
                Completed?.Invoke("write", path);
                stream.Flush(flushToDisk: true);
                Completed?.Invoke("flush", path);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        Completed?.Invoke("rename", path);
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Completed?.Invoke("directory", path);
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
