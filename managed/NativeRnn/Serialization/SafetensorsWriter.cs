using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NativeRnn.Serialization;

/// <summary>Writes safetensors files as a whole or not at all. Equal input gives equal bytes.</summary>
public static class SafetensorsWriter
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Replaces <paramref name="path"/> by a file with <paramref name="metadata"/> (sorted by key) and <paramref name="entries"/> (in their
    /// order). Whatever goes wrong, the old file stays as it was.
    /// </summary>
    /// <exception cref="CheckpointException">The file cannot be written: the folder is missing, the disk is full, …</exception>
    /// <exception cref="ArgumentException">An entry or a text of the metadata is null, or two entries have the same name.</exception>
    /// <exception cref="InvalidOperationException">An entry wrote another number of bytes than its shape needs.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsEntry> entries)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var header = Header(metadata, entries);
        SafetensorsChecksum.Fill(header, entries);
        try
        {
            AtomicFile.Write(path, stream =>
            {
                Span<byte> prefix = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
                stream.Write(prefix);
                stream.Write(header);
                foreach (var entry in entries)
                    entry.WriteTo(stream);
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(
                $"{OneLine.Clean(path)}: cannot be written ({OneLine.Clean(e.Message)}); "
                + "check the folder, its permissions and the free space",
                e);
        }
    }

    private static byte[] Header(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(entries);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        if (metadata.Count > 0)
        {
            json.WriteStartObject(SafetensorsHeader.MetadataKey);
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                if (value is null)
                    throw new ArgumentException($"the text under {key} is null", nameof(metadata));
                json.WriteString(key, key == SafetensorsChecksum.Key ? SafetensorsChecksum.Blank : value); // not the hash of the file they came from
            }
            json.WriteEndObject();
        }
        var names = new HashSet<string>(StringComparer.Ordinal);
        long offset = 0;
        foreach (var entry in entries)
        {
            if (entry is null)
                throw new ArgumentException("an entry is null", nameof(entries));
            if (!names.Add(entry.Name))
                throw new ArgumentException($"two tensors are named {entry.Name}", nameof(entries));
            WriteEntry(json, entry, offset);
            if (entry.ByteLength > long.MaxValue - offset)
                throw new ArgumentException($"up to {entry.Name} the entries have more than 2⁶³ − 1 bytes", nameof(entries));
            offset += entry.ByteLength;
        }
        json.WriteEndObject();
        json.Flush();

        var padding = -buffer.WrittenCount & 7; // so that the data begins at a multiple of 8
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsEntry entry, long offset)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", entry.DType);
        json.WriteStartArray("shape");
        foreach (var size in entry.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + entry.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
