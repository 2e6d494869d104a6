using System.Buffers.Binary;
using System.Text;
using NativeRnn.Serialization;

namespace NativeRnn.Tests.Serialization;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_written_reads_back_the_same()
    {
        float[] floats = [1, -0f, float.NaN, float.PositiveInfinity, float.Epsilon, 3e38f];
        var metadata = new Dictionary<string, string> { ["z"] = "", ["a"] = "{\"é\": \"😀\n\"}" };
        var path = _folder.File("m.safetensors");
        SafetensorsWriter.Write(path, metadata,
        [
            SafetensorsEntry.Floats("weights.ü", [2, 3], () => floats),
            SafetensorsEntry.Floats("empty", [3, 0], () => []),
            SafetensorsEntry.Int64s("ids", [], [long.MinValue]),
            new SafetensorsEntry("bytes", "U8", [3], stream => stream.Write([1, 2, 3])),
        ]);
        var file = SafetensorsFile.Read(path);
        Assert.Equal(metadata, file.Metadata);
        Assert.Equal(4, file.Tensors.Count);
        Assert.Equal(floats.Select(BitConverter.SingleToInt32Bits), file.Tensors["weights.ü"].ToFloats().Select(BitConverter.SingleToInt32Bits));
        Assert.Equal([2L, 3L], file.Tensors["weights.ü"].Shape);
        Assert.Equal(0, file.Tensors["empty"].Length);
        Assert.Equal([long.MinValue], file.Tensors["ids"].ToInt64s());
        Assert.Empty(file.Tensors["ids"].Shape);
        Assert.Equal([1, 2, 3], file.Tensors["bytes"].Bytes.ToArray());
    }

    [Fact]
    public void Equal_input_gives_equal_bytes_with_aligned_data()
    {
        SafetensorsEntry[] entries = [SafetensorsEntry.Int64s("ids", [1], [5])];
        for (var length = 0; length < 9; length++)
        {
            var text = new string('x', length);
            SafetensorsWriter.Write(_folder.File("1"), new Dictionary<string, string> { ["a"] = "1", ["b"] = text }, entries);
            SafetensorsWriter.Write(_folder.File("2"), new Dictionary<string, string> { ["b"] = text, ["a"] = "1" }, entries);
            var bytes = File.ReadAllBytes(_folder.File("1"));
            Assert.Equal(bytes, File.ReadAllBytes(_folder.File("2")));
            Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);
        }
    }

    [Fact]
    public void The_bytes_are_those_of_the_format()
    {
        SafetensorsWriter.Write(_folder.File("m"), new Dictionary<string, string>(), [SafetensorsEntry.Floats("a", [1], () => [1f])]);
        var header = """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""".PadRight(56);
        Assert.Equal([56, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(header), 0, 0, 0x80, 0x3F], File.ReadAllBytes(_folder.File("m")));
    }

    [Fact]
    public void Misuse_is_an_argument_error_and_leaves_the_old_file()
    {
        var path = _folder.Write("m", "old");
        var none = new Dictionary<string, string>();
        var one = SafetensorsEntry.Int64s("a", [1], [1]);
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(path, none, [one, one]));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(path, none, [SafetensorsEntry.Int64s("a", [2], [1])]));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Int64s("__metadata__", [1], [1]));
        Assert.Throws<ArgumentException>(() => SafetensorsEntry.Int64s("a", [-1], [1]));
        Assert.Throws<ArgumentException>(() => new SafetensorsEntry("a", "F31", [1], _ => { }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_names_the_path()
    {
        var path = _folder.Write("m", "old");
        var entry = new SafetensorsEntry("a", "U8", [9], stream =>
        {
            stream.Write(new byte[5]);
            throw new IOException("No space left on device");
        });
        OneLineError.Throws<CheckpointException>(
            () => SafetensorsWriter.Write(path, new Dictionary<string, string>(), [entry]), path, "No space left on device");
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_folder_that_is_missing_or_in_the_way_is_named()
    {
        var none = new Dictionary<string, string>();
        OneLineError.Throws<CheckpointException>(() => SafetensorsWriter.Write(_folder.File("no/m"), none, []), "no/m", "cannot be written");
        OneLineError.Throws<CheckpointException>(() => SafetensorsWriter.Write(_folder.Path, none, []), _folder.Path, "cannot be written");
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(_folder.Path)!, Path.GetFileName(_folder.Path) + ".*"));
    }
}
