using System.Security.Cryptography;
using System.Text;
using NativeRnn.Serialization;

namespace NativeRnn.Data;

/// <summary>A text as tokens: a part to train on, a part for validation, and possibly one for the final test.</summary>
public sealed class TextCorpus
{
    private TextCorpus(string source, string sha256, Vocabulary vocabulary, int[] train, int[] validation, int[] test)
    {
        Source = source;
        Sha256 = sha256;
        Vocabulary = vocabulary;
        Train = train;
        Validation = validation;
        Test = test;
    }

    /// <summary>Where the text to train on came from, as given.</summary>
    public string Source { get; }

    /// <summary>
    /// SHA-256 of the decoded text in UTF-8 without byte order mark, in lower-case hexadecimal digits; where there are several texts, that of
    /// their hashes one after the other.
    /// </summary>
    public string Sha256 { get; }

    /// <summary>What the tokens stand for.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The tokens to train on.</summary>
    public int[] Train { get; }

    /// <summary>The tokens held out: the last ones of the text, or those of a text of its own.</summary>
    public int[] Validation { get; }

    /// <summary>The tokens that no choice may depend on; empty unless a text was given for them.</summary>
    public int[] Test { get; }

    /// <summary>Reads a file as <see cref="TextFile.Read"/> does and cuts it as <see cref="FromText"/> does.</summary>
    /// <exception cref="DataException">The file cannot be read, or holds a character that the given vocabulary lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1).</exception>
    public static TextCorpus Load(string path, double validationFraction = 0.1, Vocabulary? vocabulary = null) =>
        FromText(TextFile.Read(path), path, validationFraction, vocabulary);

    /// <summary>Turns <paramref name="text"/> into tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">Names the text in messages.</param>
    /// <param name="validationFraction">How much of the end to hold out, in [0, 1); rounded to the nearest whole token.</param>
    /// <param name="vocabulary">The vocabulary to use, such as a trained model's; by default the characters of the whole text.</param>
    /// <exception cref="DataException">The text is empty, or holds a character that the given vocabulary lacks.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1).</exception>
    public static TextCorpus FromText(string text, string source, double validationFraction = 0.1, Vocabulary? vocabulary = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        return FromTexts(new SourceText(source, text), null, null, validationFraction, vocabulary ?? CharacterVocabulary.Build(text));
    }

    /// <summary>Turns up to three texts into tokens.</summary>
    /// <param name="train">The text to train on.</param>
    /// <param name="validation">The text for validation; null: the end of the first.</param>
    /// <param name="test">The text for the test; null: none.</param>
    /// <param name="validationFraction">How much of the first text to hold out where there is none for validation, in [0, 1).</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <exception cref="DataException">A text holds a character that the vocabulary lacks, or no word where that is of words.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not in [0, 1).</exception>
    public static TextCorpus FromTexts(
        SourceText train, SourceText? validation, SourceText? test, double validationFraction, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(vocabulary);
        Check.Fraction(validationFraction, nameof(validationFraction));
        int[] Encode(SourceText? text)
        {
            // Of words and not of lines: a blank line is a token too.
            if (text is not null && vocabulary is WordVocabulary && text.Text.AsSpan().IsWhiteSpace())
                throw new DataException($"{OneLine.Clean(text.Source)}: holds no word, only white space; give a text with words");
            return text is null ? [] : vocabulary.Encode(text.Text, text.Source);
        }
        var tokens = Encode(train);
        var held = validation is null ? (int)Math.Round(tokens.Length * validationFraction) : 0;
        return new TextCorpus(train.Source, Hash(train, validation, test), vocabulary, tokens[..^held],
            validation is null ? tokens[^held..] : Encode(validation), Encode(test));
    }

    private static string Hash(params SourceText?[] texts)
    {
        var hashes = texts.OfType<SourceText>().Select(text => Hash(text.Text)).ToArray();
        return hashes.Length == 1 ? hashes[0] : Hash(string.Concat(hashes));
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
