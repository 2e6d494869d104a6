using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace NativeRnn.Serialization;

/// <summary>Says where bytes stop being text in UTF-8.</summary>
internal static class InvalidUtf8
{
    /// <summary>
    /// Null when <paramref name="text"/> is UTF-8 without zero bytes, which no text has but one in UTF-16 or UTF-32; otherwise
    /// "LINE: byte 0xXX at offset N is not UTF-8".
    /// </summary>
    /// <param name="text">The bytes.</param>
    /// <param name="skipped">Bytes of the file before them (a byte order mark).</param>
    public static string? Find(ReadOnlySpan<byte> text, int skipped)
    {
        var zero = text.IndexOf((byte)0);
        if (zero < 0 && Utf8.IsValid(text))
            return null;
        var at = 0;
        while (Rune.DecodeFromUtf8(text[at..], out var rune, out var length) == OperationStatus.Done && rune.Value != 0)
            at += length;
        var line = text[..at].Count((byte)'\n') + 1;
        var what = at == zero ? "is no character of a text in UTF-8 (UTF-16 has such bytes)" : "is not UTF-8";
        return string.Create(CultureInfo.InvariantCulture, $"{line}: byte 0x{text[at]:X2} at offset {at + skipped} {what}");
    }
}
