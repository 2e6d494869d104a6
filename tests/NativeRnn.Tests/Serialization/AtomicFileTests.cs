using NativeRnn.Serialization;

namespace NativeRnn.Tests.Serialization;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Replaces_the_whole_file()
    {
        var path = _folder.Write("file", "a long old text");
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Keeps_the_old_file_when_the_writer_throws()
    {
        var path = _folder.Write("file", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Replaces_what_an_interrupted_write_left()
    {
        var path = _folder.Write("file", "old");
        _folder.Write("file.tmp", "half of something longer");
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Leaves_the_temporary_file_of_another_writer_alone()
    {
        var path = _folder.Write("file", "old");
        using (var other = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write, FileShare.None))
        {
            Assert.Throws<IOException>(() => AtomicFile.Write(path, stream => stream.Write("new"u8)));
            other.Write("theirs"u8);
        }
        Assert.Equal("theirs", File.ReadAllText(path + ".tmp"));
        Assert.Equal("old", File.ReadAllText(path));
    }
}
