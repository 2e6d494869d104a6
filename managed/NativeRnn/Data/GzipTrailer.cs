using System.Buffers.Binary;

namespace NativeRnn.Data;

/// <summary>
/// The end of a gzip file: the CRC-32 and the length of the text of its last member (RFC 1952). <c>GZipStream</c> takes a file that was
/// cut short for one that ends there; comparing the text with the last eight bytes tells them apart.
/// </summary>
internal static class GzipTrailer
{
    private const int ShortestFile = 18; // the header has at least 10 bytes, the trailer 8

    private static readonly uint[] Table = MakeTable();

    /// <summary>Whether <paramref name="file"/>, which unpacks to <paramref name="text"/>, ends with the trailer of that text.</summary>
    public static bool Matches(ReadOnlySpan<byte> file, ReadOnlySpan<byte> text)
    {
        if (file.Length < ShortestFile)
            return false;
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(file[^8..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[^4..]);
        return length <= text.Length && Crc32(text[^(int)length..]) == crc;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            table[value] = crc;
        }
        return table;
    }
}
