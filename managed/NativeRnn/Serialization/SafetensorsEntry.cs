using System.Runtime.InteropServices;

namespace NativeRnn.Serialization;

/// <summary>
/// One tensor to be written by <see cref="SafetensorsWriter"/>. It knows how to produce its bytes, and holds no copy of them.
/// </summary>
public sealed class SafetensorsEntry
{
    private const int ChunkElements = 1 << 24; // a span of bytes counts in 31 bits, a span of floats reaches four times as far

    private readonly Action<Stream> _write;
    private readonly long[] _shape;

    /// <summary>A tensor of any type; <paramref name="write"/> writes its elements, row-major and little-endian, to the stream.</summary>
    /// <exception cref="ArgumentException">The name is "__metadata__", the type is unknown, or the shape is impossible.</exception>
    public SafetensorsEntry(string name, string dtype, long[] shape, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(dtype);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(write);
        if (name == SafetensorsHeader.MetadataKey)
            throw new ArgumentException($"{name} cannot name a tensor", nameof(name));
        var elementSize = SafetensorsType.SizeOf(dtype);
        if (elementSize == 0)
            throw new ArgumentException($"unknown dtype {dtype}", nameof(dtype));
        if (!SafetensorsType.TryCount(shape, elementSize, out var length))
            throw new ArgumentException($"impossible shape [{string.Join(", ", shape)}]", nameof(shape));
        Name = name;
        DType = dtype;
        _shape = [.. shape];
        ByteLength = length * elementSize;
        _write = write;
    }

    /// <summary>The name under which the tensor is stored.</summary>
    public string Name { get; }

    /// <summary>The element type as the format spells it: "F32", "I64", …</summary>
    public string DType { get; }

    /// <summary>The size of each dimension, the slowest first; none for a scalar. A copy.</summary>
    public long[] Shape => [.. _shape];

    /// <summary>The size of the data in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>An F32 tensor over memory that <paramref name="source"/> exposes when it is written.</summary>
    /// <exception cref="ArgumentException">The name or the shape is impossible.</exception>
    public static SafetensorsEntry Floats(string name, long[] shape, Func<ReadOnlySpan<float>> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new SafetensorsEntry(name, "F32", shape, stream =>
        {
            for (var rest = source(); !rest.IsEmpty; rest = rest[Math.Min(rest.Length, ChunkElements)..])
                stream.Write(MemoryMarshal.AsBytes(rest[..Math.Min(rest.Length, ChunkElements)]));
        });
    }

    /// <summary>An I64 tensor; the array is read when it is written.</summary>
    /// <exception cref="ArgumentException">The name or the shape is impossible.</exception>
    public static SafetensorsEntry Int64s(string name, long[] shape, long[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new SafetensorsEntry(name, "I64", shape, stream => stream.Write(MemoryMarshal.AsBytes<long>(values)));
    }

    internal void WriteTo(Stream stream)
    {
        var start = stream.Position;
        _write(stream);
        if (stream.Position - start != ByteLength)
            throw new InvalidOperationException(
                $"tensor {Name} wrote {stream.Position - start} bytes, {DType} [{string.Join(", ", Shape)}] needs {ByteLength}");
    }
}
