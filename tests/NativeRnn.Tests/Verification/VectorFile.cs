using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace NativeRnn.Tests.Verification;

/// <summary>A file with reference numbers in the making, written byte by byte and not by the code under test.</summary>
internal sealed class VectorFile
{
    private readonly Dictionary<string, (string Type, int[] Shape, byte[] Bytes)> tensors = [];

    public Dictionary<string, string> Metadata { get; } = [];

    public VectorFile Set(string key, string value)
    {
        Metadata[key] = value;
        return this;
    }

    public VectorFile Add(string name, IEnumerable<double> values, params int[] shape)
    {
        tensors[name] = ("F32", shape, MemoryMarshal.AsBytes<float>(values.Select(x => (float)x).ToArray()).ToArray());
        return this;
    }

    public VectorFile Add(string name, IEnumerable<long> values, params int[] shape)
    {
        tensors[name] = ("I64", shape, MemoryMarshal.AsBytes<long>(values.ToArray()).ToArray());
        return this;
    }

    /// <summary>Replaces one element.</summary>
    public VectorFile Spoil(string name, int index, float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(tensors[name].Bytes.AsSpan(4 * index), value);
        return this;
    }

    public VectorFile Remove(string name)
    {
        Assert.True(tensors.Remove(name) || Metadata.Remove(name));
        return this;
    }

    public string Write(string folder, string name)
    {
        var header = new Dictionary<string, object> { ["__metadata__"] = Metadata };
        var offset = 0;
        foreach (var (tensor, (type, shape, bytes)) in tensors)
        {
            header[tensor] = new { dtype = type, shape, data_offsets = new[] { offset, offset + bytes.Length } };
            offset += bytes.Length;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var path = Path.Combine(folder, name + ".safetensors");
        var data = tensors.Values.SelectMany(tensor => tensor.Bytes);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]);
        return path;
    }
}
