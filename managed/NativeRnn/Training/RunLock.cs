using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>
/// Keeps two processes from training in one folder: an exclusive lock on a file, which the system releases when the process ends, however it
/// ends. The file stays, for removing it could take away a lock that another process just got.
/// </summary>
internal sealed partial class RunLock : IDisposable
{
    private const int ExclusiveNow = 2 | 4; // LOCK_EX | LOCK_NB of flock(2)
    private const int TryAgain = 11, SharingViolation = unchecked((int)0x80070020); // EAGAIN; what Windows says

    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="file">The file to lock.</param>
    /// <param name="folder">The folder that it stands for, for the message.</param>
    /// <exception cref="CheckpointException">Another process has it, or it is no file.</exception>
    public static RunLock Take(string file, string folder)
    {
        if (FileKind.OtherThanFile(file) is { } kind)
            throw new CheckpointException($"{OneLine.Clean(file)}: is {kind}, expected the file that locks a run; move it away, or choose another folder");
        // Not by FileShare alone: on Unix that is a request that the environment can switch off.
        var share = OperatingSystem.IsWindows() ? FileShare.None : FileShare.ReadWrite;
        FileStream? stream = null;
        try
        {
            stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, share);
            if (OperatingSystem.IsWindows() || Lock(stream.SafeFileHandle, ExclusiveNow) == 0)
                return new RunLock(stream);
        }
        catch (IOException e) when (e.HResult is TryAgain or SharingViolation)
        {
            // The other process has it; opening already asked for a shared lock.
        }
        stream?.Dispose();
        throw new CheckpointException($"{folder}: another process is training there; wait for it, stop it, or choose another folder");
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _file.Dispose();
}
