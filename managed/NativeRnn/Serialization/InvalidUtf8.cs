using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace NativeRnn.Serialization;

/// <summary>Says where bytes stop being UTF-8.</summary>
internal static class InvalidUtf8
{
    /// <summary>Null when <paramref name="text"/> is UTF-8; otherwise "LINE: byte 0xXX at offset N is not UTF-8".</summary>
    /// <param name="text">The bytes.</param>
    /// <param name="skipped">Bytes of the file before them (a byte order mark).</param>
    public static string? Find(ReadOnlySpan<byte> text, int skipped)
    {
        if (Utf8.IsValid(text))
            return null;
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out _, out var length) == OperationStatus.Done)
            at += length;
        var line = text[..at].Count((byte)'\n') + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{line}: byte 0x{text[at]:X2} at offset {at + skipped} is not UTF-8");
    }
}
