using System.Buffers.Binary;

namespace NativeRnn.Serialization;

/// <summary>
/// A safetensors file in memory: 8 bytes of header length, a JSON header, raw tensors, all little-endian.
/// </summary>
public sealed class SafetensorsFile
{
    /// <summary>The longest header that is read, in bytes (the format's own limit).</summary>
    public const long LongestHeader = 100_000_000;

    private SafetensorsFile(IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, SafetensorsTensor> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The text pairs under "__metadata__"; empty when the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsTensor> Tensors { get; }

    /// <summary>Reads <paramref name="path"/>; all of the header is checked against the file's size before a tensor is allocated.</summary>
    /// <exception cref="CheckpointException">The file is missing, unreadable or damaged in any way.</exception>
    public static SafetensorsFile Read(string path) =>
        InputFile.Read(
            path, "a safetensors file", (message, inner) => new CheckpointException(message, inner), stream => Read(path, stream), sized: true);

    private static SafetensorsFile Read(string path, FileStream stream)
    {
        var size = stream.Length;
        if (size < 8)
            throw Damaged(path, $"it has {size} bytes, expected at least 8 for the length of the header");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > (ulong)Math.Min(size - 8, LongestHeader))
            throw Damaged(path, $"bytes 0 to 7 give a header of {headerLength} bytes, the file has {size}, the limit is {LongestHeader}");

        var json = new byte[headerLength];
        stream.ReadExactly(json);
        var header = SafetensorsHeader.Parse(path, json, size - 8 - json.Length);

        var tensors = new Dictionary<string, SafetensorsTensor>(header.Items.Count, StringComparer.Ordinal);
        foreach (var item in header.Items)
        {
            if (item.End - item.Begin > Array.MaxLength)
                throw new CheckpointException(
                    $"{OneLine.Clean(path)}: tensor {OneLine.Quote(item.Name)} has {item.End - item.Begin} bytes, "
                    + $"at most {Array.MaxLength} can be read; split it");
            var bytes = GC.AllocateUninitializedArray<byte>((int)(item.End - item.Begin));
            stream.ReadExactly(bytes);
            tensors.Add(item.Name, new SafetensorsTensor(path, item.Name, item.DType, item.Shape, item.Length, bytes));
        }
        if (header.Checksum is { } digits && !SafetensorsChecksum.Matches(json, digits, header.Items.Select(item => tensors[item.Name])))
            throw Damaged(path, $"it was altered after it was written, for its content does not have the {SafetensorsChecksum.Key} that its metadata give");
        return new SafetensorsFile(header.Metadata, tensors);
    }

    internal static CheckpointException Damaged(string path, string what, Exception? inner = null) =>
        new($"{OneLine.Clean(path)}: {what}; the file is damaged or not safetensors, use another copy", inner);
}
