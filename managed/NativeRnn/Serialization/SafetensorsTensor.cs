using System.Runtime.InteropServices;

namespace NativeRnn.Serialization;

/// <summary>One tensor of a <see cref="SafetensorsFile"/>: row-major, little-endian elements as they stand in the file.</summary>
public sealed class SafetensorsTensor
{
    private readonly string _path;

    internal SafetensorsTensor(string path, string name, string dtype, long[] shape, long length, byte[] bytes)
    {
        _path = path;
        Name = name;
        DType = dtype;
        Shape = shape;
        Length = length;
        Bytes = bytes;
    }

    /// <summary>The name that the file gives it.</summary>
    public string Name { get; }

    /// <summary>The element type as the format spells it: "F32", "I64", …</summary>
    public string DType { get; }

    /// <summary>The size of each dimension, the slowest first; none for a scalar.</summary>
    public long[] Shape { get; }

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>The elements as they stand in the file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>A copy of the elements.</summary>
    /// <exception cref="CheckpointException">The elements are not F32.</exception>
    public float[] ToFloats()
    {
        Expect("F32");
        return MemoryMarshal.Cast<byte, float>(Bytes.Span).ToArray();
    }

    /// <summary>A copy of the elements.</summary>
    /// <exception cref="CheckpointException">The elements are not I64.</exception>
    public long[] ToInt64s()
    {
        Expect("I64");
        return MemoryMarshal.Cast<byte, long>(Bytes.Span).ToArray();
    }

    /// <summary>Copies the elements to <paramref name="destination"/>.</summary>
    /// <exception cref="CheckpointException">The elements are not F32.</exception>
    /// <exception cref="ArgumentException">The destination does not hold exactly <see cref="Length"/> elements.</exception>
    public void CopyTo(Span<float> destination)
    {
        Expect("F32");
        if (destination.Length != Length)
            throw new ArgumentException($"tensor {Name} has {Length} elements, the destination {destination.Length}", nameof(destination));
        MemoryMarshal.Cast<byte, float>(Bytes.Span).CopyTo(destination);
    }

    private void Expect(string dtype)
    {
        if (DType != dtype)
            throw new CheckpointException(
                $"{OneLine.Clean(_path)}: tensor {OneLine.Quote(Name)} holds {DType}, expected {dtype}; use a file of the right kind");
    }
}
