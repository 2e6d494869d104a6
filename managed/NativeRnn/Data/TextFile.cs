using System.IO.Compression;
using System.Text;
using NativeRnn.Serialization;

namespace NativeRnn.Data;

/// <summary>Reads text for training: plain or gzip, recognised by its first bytes and not by its name.</summary>
public static class TextFile
{
    /// <summary>The longest text that is read, in bytes before and after decompression: a string holds little more.</summary>
    public const int Longest = 1_000_000_000;

    /// <summary>What other formats begin with, or have further on; only looked for in what is no text.</summary>
    private static readonly (int At, byte[] Mark, string Kind)[] Others =
    [
        (0, [(byte)'P', (byte)'K', 3, 4], "a zip archive"), (0, [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], "an xz file"),
        (0, [(byte)'B', (byte)'Z', (byte)'h'], "a bzip2 file"), (0, [0x28, 0xB5, 0x2F, 0xFD], "a zstd file"),
        (257, [(byte)'u', (byte)'s', (byte)'t', (byte)'a', (byte)'r'], "a tar archive"), (0, [(byte)'%', (byte)'P', (byte)'D', (byte)'F'], "a PDF file"),
    ];

    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    /// <summary>The text of <paramref name="path"/>, decoded as strict UTF-8, without a byte order mark.</summary>
    /// <exception cref="DataException">
    /// The file is missing, a folder, unreadable, empty, longer than <see cref="Longest"/>, a damaged gzip file, or not UTF-8; the message
    /// says where.
    /// </exception>
    public static string Read(string path)
    {
        var bytes = InputFile.Read(path, "a text file", (message, inner) => new DataException(message, inner), file => ReadAll(path, file));
        if (Contents(bytes).StartsWith(Gzip))
            bytes = Decompress(path, bytes);
        var text = Contents(bytes);
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        if (text.IsEmpty)
            throw new DataException($"{OneLine.Clean(path)}: holds no text; give a file with text in UTF-8");
        if (InvalidUtf8.Find(text, (int)bytes.Length - text.Length) is { } where)
            throw new DataException(OtherFormat(text) is { } kind
                ? $"{OneLine.Clean(path)}: is or holds {kind}; take the text out of it, plain or as gzip"
                : $"{OneLine.Clean(path)}:{where}; convert the text to UTF-8, for instance with iconv -f UTF-16LE -t UTF-8");
        return Encoding.UTF8.GetString(text);
    }

    private static string? OtherFormat(ReadOnlySpan<byte> bytes)
    {
        foreach (var (at, mark, kind) in Others)
        {
            if (bytes.Length > at && bytes[at..].StartsWith(mark))
                return kind;
        }
        return null;
    }

    private static ReadOnlySpan<byte> Contents(MemoryStream bytes) => bytes.GetBuffer().AsSpan(0, (int)bytes.Length);

    private static MemoryStream Decompress(string path, MemoryStream compressed)
    {
        InvalidDataException? inner = null;
        try
        {
            compressed.Position = 0;
            using var gzip = new GZipStream(compressed, CompressionMode.Decompress, leaveOpen: true);
            var text = ReadAll(path, gzip);
            if (GzipTrailer.Matches(Contents(compressed), Contents(text)))
                return text;
        }
        catch (InvalidDataException e)
        {
            inner = e;
        }
        throw new DataException($"{OneLine.Clean(path)}: the gzip data is damaged or cut short; use another copy of the file", inner);
    }

    private static MemoryStream ReadAll(string path, Stream stream)
    {
        var bytes = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int count; (count = stream.Read(chunk)) > 0;)
        {
            if (bytes.Length + count > Longest)
                throw new DataException($"{OneLine.Clean(path)}: holds more than {Longest} bytes; cut it into smaller files");
            bytes.Write(chunk, 0, count);
        }
        return bytes;
    }
}
