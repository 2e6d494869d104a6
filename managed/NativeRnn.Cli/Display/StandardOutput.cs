using NativeRnn.Serialization;

namespace NativeRnn.Cli.Display;

/// <summary>
/// Standard output, which reports its own errors: a full disk behind a redirection must not look like a mistake in the files of a command.
/// </summary>
internal sealed class StandardOutput : Stream
{
    private const int NoTerminal = 5; // EIO

    private readonly Stream _console = Console.OpenStandardOutput();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Makes what is written to <see cref="Console.Out"/> go this way.</summary>
    public static void Install() => Console.SetOut(new StreamWriter(new StandardOutput(), Console.OutputEncoding) { AutoFlush = true });

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _console.Write(buffer);
        }
        catch (IOException e) when (e.HResult == NoTerminal && !Console.IsOutputRedirected)
        {
            // The terminal was closed. As with a closed pipe, which .NET passes over, nobody reads on, and a run has yet to be saved.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"standard output cannot be written ({OneLine.Clean(e.Message)}); see where it is redirected to, and whether there is room");
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _console.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
