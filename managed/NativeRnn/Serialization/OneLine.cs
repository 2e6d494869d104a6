using System.Text;

namespace NativeRnn.Serialization;

/// <summary>Keeps what comes from files, short and free of line breaks, inside messages of one line.</summary>
internal static class OneLine
{
    private const int Longest = 80;

    /// <summary><paramref name="text"/> with every control character and lone surrogate replaced by '?'.</summary>
    public static string Clean(string text)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            line.Append(Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or 0xFFFD ? "?" : rune.ToString());
        return line.ToString();
    }

    /// <summary><paramref name="text"/> cleaned and cut after some 80 characters.</summary>
    public static string Cut(string text) => text.Length <= Longest ? Clean(text) : Clean(text[..Longest]) + "…";

    /// <summary>The same in double quotes.</summary>
    public static string Quote(string text) => $"\"{Cut(text)}\"";

    /// <summary><paramref name="numbers"/> with commas between them, cut after eight.</summary>
    public static string Short(long[] numbers) =>
        string.Join(", ", numbers.Take(8)) + (numbers.Length > 8 ? ", …" : "");
}
