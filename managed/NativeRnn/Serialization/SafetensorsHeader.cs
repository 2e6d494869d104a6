using System.Text.Json;
using System.Text.Unicode;

namespace NativeRnn.Serialization;

/// <summary>Parses and checks the JSON header of a safetensors file before anything is allocated for its data.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>What the header says of one tensor; offsets count from the first byte of data.</summary>
    internal readonly record struct Item(string Name, string DType, long[] Shape, long Length, long Begin, long End);

    internal const string MetadataKey = "__metadata__";

    private readonly string _path;

    private SafetensorsHeader(string path) => _path = OneLine.Clean(path);

    /// <summary>The text pairs under "__metadata__"; empty when there are none.</summary>
    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Where the text under <see cref="SafetensorsChecksum.Key"/> stands in the header; null where the metadata have none.</summary>
    public Range? Checksum { get; private set; }

    /// <summary>The tensors in the order of their data, which they cover without holes.</summary>
    public List<Item> Items { get; } = [];

    /// <summary>
    /// Parses <paramref name="json"/>, the header of <paramref name="path"/>, which <paramref name="dataLength"/> bytes of data follow.
    /// </summary>
    /// <exception cref="CheckpointException">Anything is not as the format demands.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataLength)
    {
        var header = new SafetensorsHeader(path);
        if (!Utf8.IsValid(json))
            throw header.Damaged("the header is not UTF-8");
        var reader = new Utf8JsonReader(json);
        try
        {
            header.ReadRoot(ref reader);
        }
        catch (JsonException e)
        {
            throw header.Damaged($"the header is not JSON at byte {8 + reader.BytesConsumed} of the file", e);
        }
        header.CheckOffsets(dataLength);
        return header;
    }

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "the header", "an object");
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (NextKey(ref reader, "the header", out var name))
        {
            if (!names.Add(name))
                throw Damaged($"the header names {OneLine.Quote(name)} twice, again before byte {8 + reader.TokenStartIndex}");
            if (name == MetadataKey)
                ReadMetadata(ref reader);
            else
                ReadItem(ref reader, name);
        }
        reader.Read(); // spaces may follow; anything else is a JsonException
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataKey, "an object");
        while (NextKey(ref reader, MetadataKey, out var key))
        {
            if (!Metadata.TryAdd(key, Text(ref reader, MetadataKey)))
                throw Damaged($"{MetadataKey} has {OneLine.Quote(key)} twice, again at byte {8 + reader.TokenStartIndex}");
            if (key == SafetensorsChecksum.Key)
                Checksum = ((int)reader.TokenStartIndex + 1)..((int)reader.BytesConsumed - 1); // between the quotes
        }
    }

    private void ReadItem(ref Utf8JsonReader reader, string name)
    {
        var what = $"tensor {OneLine.Quote(name)}";
        string? dtype = null;
        long[]? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, what, "an object");
        while (NextKey(ref reader, what, out var key))
        {
            if (key == "dtype" && dtype is null)
                dtype = Text(ref reader, $"dtype of {what}");
            else if (key == "shape" && shape is null)
                shape = Numbers(ref reader, $"shape of {what}");
            else if (key == "data_offsets" && offsets is null)
                offsets = Numbers(ref reader, $"data_offsets of {what}");
            else
                throw Damaged($"{what} has the field {OneLine.Quote(key)} unexpectedly, expected dtype, shape and data_offsets once each");
        }
        if (dtype is null || shape is null || offsets is null)
            throw Damaged($"{what} lacks dtype, shape or data_offsets");
        Items.Add(Check(what, name, dtype, shape, offsets));
    }

    private Item Check(string what, string name, string dtype, long[] shape, long[] offsets)
    {
        var elementSize = SafetensorsType.SizeOf(dtype);
        if (elementSize == 0)
            throw Damaged($"{what} has the unknown dtype {OneLine.Quote(dtype)}, expected F32, F64, I64, I32, …");
        if (!SafetensorsType.TryCount(shape, elementSize, out var length))
            throw Damaged($"{what} has the impossible shape [{OneLine.Short(shape)}]");
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
            throw Damaged($"{what} has the data_offsets [{OneLine.Short(offsets)}], expected a begin and an end not before it");
        if (offsets[1] - offsets[0] != length * elementSize)
            throw Damaged($"{what} has {offsets[1] - offsets[0]} bytes of data, {dtype} [{OneLine.Short(shape)}] needs {length * elementSize}");
        return new Item(name, dtype, shape, length, offsets[0], offsets[1]);
    }

    private void CheckOffsets(long dataLength)
    {
        Items.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        long end = 0;
        foreach (var item in Items)
        {
            if (item.Begin != end)
                throw Damaged($"the data of tensor {OneLine.Quote(item.Name)} begins at offset {item.Begin}, expected {end}");
            end = item.End;
        }
        if (end != dataLength)
            throw Damaged($"the header describes {end} bytes of data, the file holds {dataLength}");
    }

    /// <summary>Moves to the value of the next key; false at the end of the object.</summary>
    private bool NextKey(ref Utf8JsonReader reader, string what, out string key)
    {
        reader.Read();
        key = "";
        if (reader.TokenType == JsonTokenType.EndObject)
            return false;
        key = Decode(ref reader, what);
        reader.Read();
        return true;
    }

    private string Text(ref Utf8JsonReader reader, string what)
    {
        Expect(ref reader, JsonTokenType.String, what, "text");
        return Decode(ref reader, what);
    }

    private long[] Numbers(ref Utf8JsonReader reader, string what)
    {
        var numbers = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray, what, "a list of whole numbers");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number))
                throw Damaged($"{what} is not a list of whole numbers at byte {8 + reader.TokenStartIndex}");
            numbers.Add(number);
        }
        return [.. numbers];
    }

    private string Decode(ref Utf8JsonReader reader, string what)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e) // an escaped lone surrogate
        {
            throw Damaged($"{what} has text that is not Unicode at byte {8 + reader.TokenStartIndex}", e);
        }
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what, string expected)
    {
        if (reader.TokenType != type)
            throw Damaged($"{what} is not {expected} at byte {8 + reader.TokenStartIndex}");
    }

    private CheckpointException Damaged(string what, Exception? inner = null) => SafetensorsFile.Damaged(_path, what, inner);
}
