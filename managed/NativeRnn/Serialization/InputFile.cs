namespace NativeRnn.Serialization;

/// <summary>Opens files to read and turns what the system objects to into the error of the caller's family.</summary>
internal static class InputFile
{
    /// <summary>
    /// Opens <paramref name="path"/>, hands the stream to <paramref name="read"/> and closes it. A file that is missing, a folder, or
    /// cannot be read becomes the exception that <paramref name="error"/> makes of the message; <paramref name="kind"/> names what was
    /// expected ("a recipe"). What needs its length before it is read, <paramref name="sized"/>, comes from files alone, not from pipes.
    /// </summary>
    public static T Read<T>(string path, string kind, Func<string, Exception?, NativeRnnException> error, Func<FileStream, T> read, bool sized = false)
    {
        ArgumentNullException.ThrowIfNull(path);
        var shown = OneLine.Clean(path);
        if (path.Length == 0 || path.Contains('\0'))
            throw error($"{OneLine.Quote(path)} is not a file name; give the path of {kind}", null);
        var other = FileKind.OtherThanFile(path);
        if (other == FileKind.Folder)
            throw error($"{shown}: is a folder; give the path of {kind}", null);
        if (sized && other is not null)
            throw error($"{shown}: is {other}, from which {kind} cannot be read; save it as a file and give the path of that", null);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            return read(stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw error($"{shown}: there is no such file; give the path of {kind}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw error($"{shown}: cannot be read ({OneLine.Clean(e.Message)}); check its permissions and the disk", e);
        }
    }
}
