using System.IO.Compression;
using System.Text;
using NativeRnn.Data;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Data;

public sealed class TextFileTests : IDisposable
{
    private const string Sample = "one\ntwo é 😀\r\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Reads_plain_text_and_gzip_by_their_bytes_whatever_the_name()
    {
        var bytes = Encoding.UTF8.GetBytes(Sample);
        Assert.Equal(Sample, TextFile.Read(_folder.Write("plain.gz", bytes)));
        Assert.Equal(Sample, TextFile.Read(_folder.Write("packed.txt", Gzip(bytes))));
        Assert.Equal(Sample, TextFile.Read(_folder.Write("mark", [0xEF, 0xBB, 0xBF, .. bytes])));
        Assert.Equal(Sample, TextFile.Read(_folder.Write("packed-mark", Gzip([0xEF, 0xBB, 0xBF, .. bytes]))));
        Assert.Equal(Sample + Sample, TextFile.Read(_folder.Write("members", [.. Gzip(bytes), .. Gzip(bytes)])));
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xFF, (byte)'b' }, ":2: byte 0xFF at offset 2 is not UTF-8")]
    [InlineData(new byte[] { 0xEF, 0xBB, 0xBF, (byte)'\n', (byte)'\n', 0xC3 }, ":3: byte 0xC3 at offset 5 is not UTF-8")]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 }, ":1: byte 0xED at offset 0 is not UTF-8")]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', (byte)'b', 0, 0xFF }, ":2: byte 0x00 at offset 3 is no character of a text in UTF-8 (UTF-16 has such bytes); convert")]
    [InlineData(new byte[] { (byte)'a', 0, (byte)'\n', 0 }, ":1: byte 0x00 at offset 1 is no character of a text in UTF-8")]
    [InlineData(new byte[] { 0xFF, 0 }, ":1: byte 0xFF at offset 0 is not UTF-8; convert")]
    public void Names_the_line_and_the_offset_of_a_byte_that_is_not_utf8(byte[] bytes, string expected)
    {
        var path = _folder.Write("text", bytes);
        OneLineError.Throws<DataException>(() => TextFile.Read(path), path + expected);
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("text", Gzip(bytes))), path + expected);
    }

    [Theory]
    [InlineData("a zip archive", 0, new byte[] { 0x50, 0x4B, 3, 4, 0xFF })]
    [InlineData("an xz file", 0, new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0 })]
    [InlineData("a bzip2 file", 0, new byte[] { 0x42, 0x5A, 0x68, 0x39, 0xFF })]
    [InlineData("a zstd file", 0, new byte[] { 0x28, 0xB5, 0x2F, 0xFD })]
    [InlineData("a tar archive", 257, new byte[] { 0x75, 0x73, 0x74, 0x61, 0x72, 0 })]
    [InlineData("a PDF file", 0, new byte[] { 0x25, 0x50, 0x44, 0x46, 0xFF })]
    public void Names_another_format(string kind, int at, byte[] mark)
    {
        var path = _folder.Write("text", [.. new byte[at], .. mark]);
        OneLineError.Throws<DataException>(() => TextFile.Read(path), $"{path}: is or holds {kind}; take the text out of it");
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("text", Gzip([.. new byte[at], .. mark]))), $"is or holds {kind}");
        Assert.Equal("BZh and %PDF", TextFile.Read(_folder.Write("text", "BZh and %PDF")));
    }

    [Fact]
    public void Names_a_file_that_is_missing_or_empty_or_a_folder()
    {
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.File("none")), "none: there is no such file");
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Path), "is a folder");
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("empty", "")), "empty: holds no text");
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("mark", [0xEF, 0xBB, 0xBF])), "mark: holds no text");
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("packed", Gzip([]))), "packed: holds no text");
    }

    [Fact]
    public void A_gzip_file_that_is_cut_or_damaged_is_never_read_as_text()
    {
        var good = Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300).Select(i => $"line {i * 7919}\n"))));
        for (var length = 2; length < good.Length; length++)
            OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("cut", good[..length])), "cut: the gzip data is damaged or cut short");
        var damaged = good.ToArray();
        damaged[good.Length / 2] ^= 0x10;
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("bad", damaged)), "bad: ");
        damaged = good.ToArray();
        damaged[^6] ^= 0x10; // the checksum
        OneLineError.Throws<DataException>(() => TextFile.Read(_folder.Write("sum", damaged)), "sum: the gzip data is damaged");
    }

    private static byte[] Gzip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
