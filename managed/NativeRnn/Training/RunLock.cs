namespace NativeRnn.Training;

/// <summary>
/// Keeps two processes from training in one folder: an exclusive lock on a file, which the system releases when the process ends, however it
/// ends. The file stays, for removing it could take away a lock that another process just got.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const int SharingViolation = 11, LockViolation = unchecked((int)0x80070020); // EAGAIN of flock; Windows' own code

    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="file">The file to lock.</param>
    /// <param name="folder">The folder that it stands for, for the message.</param>
    /// <exception cref="CheckpointException">Another process has it.</exception>
    public static RunLock Take(string file, string folder)
    {
        try
        {
            return new RunLock(new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException e) when (e.HResult is SharingViolation or LockViolation)
        {
            throw new CheckpointException($"{folder}: another process is training there; wait for it, stop it, or choose another folder", e);
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _file.Dispose();
}
