using NativeRnn.Serialization;
using NativeRnn.TestHost;

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
    public void Replaces_no_pipe_and_no_folder()
    {
        var pipe = Path.Combine(_folder.Path, "pipe");
        HostProcess.Shell($"mkfifo {pipe}");
        foreach (var path in (string[])[pipe, _folder.Path])
            Assert.Contains("only a file can be replaced", Assert.Throws<IOException>(() => AtomicFile.Write(path, _ => { })).Message, StringComparison.Ordinal);
        Assert.Equal("a pipe", FileKind.OtherThanFile(pipe));
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
    public void Leaves_the_files_of_others_alone()
    {
        var path = _folder.Write("file", "old");
        string[] others = [_folder.Write("file.tmp", "theirs"), _folder.Write("file.0123456789abcdef.tmp", "another writer's")];
        AtomicFile.Write(path, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal(["theirs", "another writer's"], others.Select(File.ReadAllText));
    }

    [Fact]
    public void Two_writers_never_meet()
    {
        var path = _folder.File("file");
        AtomicFile.Write(path, outer =>
        {
            AtomicFile.Write(path, inner => inner.Write("inner"u8));
            outer.Write("outer"u8);
        });
        Assert.Equal("outer", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Deletes_what_killed_writes_left_and_nothing_else()
    {
        string left;
        using (var stream = AtomicFile.CreateTemporary(_folder.File("file")))
            left = stream.Name;
        string[] names =
        [
            "file", "file.tmp", "file..tmp", "file.backup.tmp", "file.0123456789abcdef", "file.0123456789ABCDEF.tmp", "file.0123456789abcde.tmp",
            "file.0123456789abcdefa.tmp", "other.0123456789abcdef.tmp",
        ];
        foreach (var name in names)
            _folder.Write(name, "theirs");
        Directory.CreateDirectory(_folder.File("file.0123456789abcdee.tmp"));

        AtomicFile.DeleteTemporaries(_folder.File("file"));

        Assert.False(File.Exists(left));
        Assert.Equal(names.Order(), Directory.GetFiles(_folder.Path).Select(path => Path.GetFileName(path)).Order());
    }
}
