using System.Security.Cryptography;
using System.Text;

namespace NativeRnn.Data;

/// <summary>A text as tokens, cut into a part to train on and a last part held out for validation.</summary>
public sealed class TextCorpus
{
    private TextCorpus(string source, string sha256, CharacterVocabulary vocabulary, int[] train, int[] validation)
    {
        Source = source;
        Sha256 = sha256;
        Vocabulary = vocabulary;
        Train = train;
        Validation = validation;
    }

    /// <summary>Where the text came from, as given.</summary>
    public string Source { get; }

    /// <summary>SHA-256 of the decoded text in UTF-8 without byte order mark, in lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>The characters of the whole text, or the vocabulary that was given.</summary>
    public CharacterVocabulary Vocabulary { get; }

    /// <summary>The tokens to train on.</summary>
    public int[] Train { get; }

    /// <summary>The tokens held out: the last ones of the text.</summary>
    public int[] Validation { get; }

    /// <summary>Reads a file as <see cref="TextFile.Read"/> does and cuts it as <see cref="FromText"/> does.</summary>
    /// <exception cref="DataException">The file cannot be read, or holds a character that the given vocabulary lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1).</exception>
    public static TextCorpus Load(string path, double validationFraction = 0.1, CharacterVocabulary? vocabulary = null) =>
        FromText(TextFile.Read(path), path, validationFraction, vocabulary);

    /// <summary>Turns <paramref name="text"/> into tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">Names the text in messages.</param>
    /// <param name="validationFraction">How much of the end to hold out, in [0, 1); rounded to the nearest whole character.</param>
    /// <param name="vocabulary">The vocabulary to use, such as a trained model's; by default that of the whole text.</param>
    /// <exception cref="DataException">The text is empty, or holds a character that the given vocabulary lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1).</exception>
    public static TextCorpus FromText(
        string text, string source, double validationFraction = 0.1, CharacterVocabulary? vocabulary = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        if (!(validationFraction >= 0 && validationFraction < 1))
            throw new ArgumentOutOfRangeException(nameof(validationFraction), validationFraction, "expected at least 0 and below 1");
        vocabulary ??= CharacterVocabulary.Build(text);
        var tokens = vocabulary.Encode(text, source);
        var held = (int)Math.Round(tokens.Length * validationFraction);
        return new TextCorpus(source, Hash(text), vocabulary, tokens[..^held], tokens[^held..]);
    }

    private static string Hash(string text)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var encoder = Encoding.UTF8.GetEncoder(); // stops before a character that does not fit
        var bytes = new byte[1 << 16];
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            encoder.Convert(rest, bytes, flush: true, out var used, out var written, out _);
            sha.AppendData(bytes, 0, written);
            rest = rest[used..];
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
