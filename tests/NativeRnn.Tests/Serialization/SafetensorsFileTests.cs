using System.Buffers.Binary;
using System.Text;
using NativeRnn.Serialization;

namespace NativeRnn.Tests.Serialization;

public sealed class SafetensorsFileTests : IDisposable
{
    private const string Good =
        """{"__metadata__":{"format":"test"},"b":{"dtype":"I64","shape":[2],"data_offsets":[8,24]},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_tensors_in_any_order_of_the_header()
    {
        var data = new byte[24];
        BinaryPrimitives.WriteSingleLittleEndian(data, 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), -2f);
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(16), -7);
        var file = SafetensorsFile.Read(_folder.Write("m", Bytes(Good, data)));

        Assert.Equal("test", Assert.Single(file.Metadata).Value);
        Assert.Equal(["a", "b"], file.Tensors.Keys.Order());
        var a = file.Tensors["a"];
        Assert.Equal(("a", "F32", 2L), (a.Name, a.DType, a.Length));
        Assert.Equal([1L, 2L], a.Shape);
        Assert.Equal([1.5f, -2f], a.ToFloats());
        Assert.Equal([0L, -7L], file.Tensors["b"].ToInt64s());
        var copy = new float[2];
        a.CopyTo(copy);
        Assert.Equal([1.5f, -2f], copy);
        Assert.Throws<ArgumentException>(() => a.CopyTo(new float[3]));
        OneLineError.Throws<CheckpointException>(() => a.ToInt64s(), "m: tensor \"a\" holds F32, expected I64");
        OneLineError.Throws<CheckpointException>(() => file.Tensors["b"].ToFloats(), "m: tensor \"b\" holds I64, expected F32");
        OneLineError.Throws<CheckpointException>(() => file.Tensors["b"].CopyTo(copy), "expected F32");
    }

    [Theory]
    [InlineData("", 24, "not JSON")]
    [InlineData("[]", 0, "not an object")]
    [InlineData("{} x", 0, "not JSON")]
    [InlineData("{", 0, "not JSON")]
    [InlineData("{\"a\":1}", 0, "tensor \"a\" is not an object")]
    [InlineData("{\"a\":{}}", 0, "lacks dtype")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", 0, "not text")]
    [InlineData("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", 0, "twice")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice")]
    [InlineData("{\"\\ud800\":{}}", 0, "not Unicode")]
    [InlineData("{\"a\":{\"dtype\":\"F31\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "unknown dtype \"F31\"")]
    [InlineData("{\"a\":{\"dtype\":4,\"shape\":[],\"data_offsets\":[0,4]}}", 4, "not text")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "impossible shape [-1]")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,2],\"data_offsets\":[0,4]}}", 4, "impossible shape")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":1,\"data_offsets\":[0,4]}}", 4, "whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8, "8 bytes of data, F32 [1] needs 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "data_offsets [4, 0]")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "data_offsets")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "begins at offset 4, expected 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "4 bytes of data, the file holds 5")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "4 bytes of data, the file holds 3")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "field \"x\"")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "field \"dtype\"")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}", 6, "\"b\" begins at offset 2, expected 4")]
    [InlineData("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0, "twice")]
    [InlineData("{\"a\\nb\":{\"dtype\":\"F31\",\"shape\":[],\"data_offsets\":[0,0]}}", 0, "tensor \"a?b\"")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2305843009213693951],\"data_offsets\":[0,9223372036854775804]}}", 4, "the file holds 4")]
    public void Names_the_file_and_what_is_wrong_in_it(string header, int dataLength, string expected)
    {
        var path = _folder.Write("model.safetensors", Bytes(header, new byte[dataLength]));
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(path), path, expected);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void Refuses_a_file_without_a_header_length(int length)
    {
        var path = _folder.Write("short", new byte[length]);
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(path), path, $"it has {length} bytes");
    }

    [Theory]
    [InlineData(3UL)]
    [InlineData(100_000_001UL)]
    [InlineData((1UL << 63) + 2)]
    [InlineData(ulong.MaxValue)]
    public void Refuses_a_header_that_the_file_cannot_hold_without_allocating_it(ulong length)
    {
        var bytes = Bytes("{}", []);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        var path = _folder.Write("m", bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(path), path, length.ToString());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Says_so_when_there_is_no_such_file_or_it_is_a_folder_or_has_no_name()
    {
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(_folder.File("none")), "none: there is no such file");
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(_folder.File("no/none")), "none: there is no such file");
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(_folder.Path), "is a folder");
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(""), "not a file name");
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read("a\0b"), "not a file name");
        OneLineError.Throws<CheckpointException>(() => SafetensorsFile.Read(_folder.File("a\nb")), "a?b: there is no such file");
    }

    [Fact]
    public void Every_truncation_is_an_error()
    {
        var good = Bytes(Good, new byte[24]);
        for (var part = 0; part < 16; part++)
        {
            var path = _folder.Write("cut", good[..(good.Length * part / 16)]);
            Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(path));
        }
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(_folder.Write("cut", good[..^1])));
        Assert.Throws<CheckpointException>(() => SafetensorsFile.Read(_folder.Write("cut", [.. good, 0])));
    }

    [Fact]
    public void A_damaged_byte_is_an_error_of_one_line_or_harmless()
    {
        var good = Bytes(Good, new byte[24]);
        var headerEnd = good.Length - 24;
        var (read, refused) = (0, 0);
        for (var at = 0; at < headerEnd; at++)
        {
            foreach (var value in new byte[] { (byte)(good[at] ^ 1), (byte)(good[at] ^ 0x80), (byte)'"', (byte)'9', (byte)'}', 0, 0xFF })
            {
                var damaged = good.ToArray();
                damaged[at] = value;
                var path = _folder.Write("damaged", damaged);
                if (OneLineError.SucceedsOrThrows<CheckpointException>(() => SafetensorsFile.Read(path), path))
                    read++;
                else
                    refused++;
            }
        }
        Assert.InRange(refused, 5 * read, int.MaxValue); // what succeeds changed a name, a text, or nothing
    }

    private static byte[] Bytes(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        data.CopyTo(bytes, 8 + json.Length);
        return bytes;
    }
}
