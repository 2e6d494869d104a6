using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NativeRnn.Serialization;

namespace NativeRnn.Data;

/// <summary>
/// The words that a model knows. Words stand between white space; a line feed is the word <c>&lt;eos&gt;</c> (Mikolov et al. 2010). Token 0 is
/// <c>&lt;unk&gt;</c>, which stands for every other word, token 1 is <c>&lt;eos&gt;</c>; then the commonest first, equally common ones by code
/// unit.
/// </summary>
public sealed class WordVocabulary : Vocabulary
{
    /// <summary>The word that stands for all that are not in the vocabulary.</summary>
    public const string Unknown = "<unk>";

    /// <summary>The word that stands for a line feed.</summary>
    public const string EndOfLine = "<eos>";

    /// <summary>The fewest words of a vocabulary: the two above and one more.</summary>
    public const int Fewest = 3;

    internal const string Key = "words";
    private const int UnknownToken = 0, EndOfLineToken = 1;

    private readonly string[] _words;
    private readonly Dictionary<string, int> _tokens;

    private WordVocabulary(string[] words)
    {
        _words = words;
        _tokens = new Dictionary<string, int>(words.Length, StringComparer.Ordinal);
        for (var token = 0; token < words.Length; token++)
            _tokens.Add(words[token], token);
        Words = Array.AsReadOnly(words);
    }

    /// <inheritdoc/>
    public override int Count => _words.Length;

    /// <inheritdoc/>
    public override string Unit => "word";

    /// <inheritdoc/>
    public override string DefaultPrime => "\n";

    /// <summary>The words; the token of each is its place.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>The vocabulary of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">The most words to keep, <c>&lt;unk&gt;</c> and <c>&lt;eos&gt;</c> among them; null for all. Default null.</param>
    /// <param name="minCount">Words that are rarer than this are left out, at least 1. Default 1.</param>
    /// <param name="heldOut">How much of the text's end not to look at, in [0, 1), rounded to the nearest whole word. Default 0.</param>
    /// <param name="source">Names the text in messages.</param>
    /// <exception cref="DataException">The text has no word, or half of a surrogate pair.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Size, count or fraction is outside its range.</exception>
    public static WordVocabulary Build(string text, int? size = null, int minCount = 1, double heldOut = 0, string source = "the text")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        Check.AtLeast(size ?? Fewest, Fewest, nameof(size));
        Check.AtLeast(minCount, 1, nameof(minCount));
        Check.Fraction(heldOut, nameof(heldOut));
        var counts = Counts(text, heldOut, source);
        counts.Remove(Unknown);
        counts.Remove(EndOfLine);
        if (counts.Count == 0)
            throw new DataException($"{OneLine.Clean(source)}: holds no word to learn; a vocabulary needs at least one, give more text");
        var words = counts.Where(word => word.Value >= minCount)
            .OrderByDescending(word => word.Value).ThenBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => word.Key).Take((size ?? int.MaxValue) - 2);
        return new WordVocabulary([Unknown, EndOfLine, .. words]);
    }

    /// <summary>The tokens of <paramref name="text"/>. Every text has some, as there is a token for unknown words.</summary>
    public override int[] Encode(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        var tokens = new int[CountWords(text)];
        var lookup = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        var at = 0;
        foreach (var word in new WordReader(text))
            tokens[at++] = lookup.TryGetValue(word, out var token) ? token : UnknownToken;
        return tokens;
    }

    /// <inheritdoc/>
    public override string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray(Key);
            foreach (var word in _words)
                json.WriteStringValue(word);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The vocabulary that <see cref="ToJson"/> wrote; <paramref name="source"/> names the file in messages.</summary>
    /// <exception cref="CheckpointException">The text is not such a vocabulary.</exception>
    public static new WordVocabulary FromJson(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        Exception? inner = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.GetPropertyCount() == 1)
            {
                string[] words = [.. document.RootElement.GetProperty(Key).EnumerateArray().Select(word => word.GetString() ?? "")];
                if (words.Length >= Fewest && words[UnknownToken] == Unknown && words[EndOfLineToken] == EndOfLine && words.All(IsWord))
                    return new WordVocabulary(words); // an ArgumentException where a word stands twice
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or KeyNotFoundException)
        {
            inner = e;
        }
        throw new CheckpointException(
            $"{OneLine.Clean(source)}: the vocabulary is damaged, expected {{\"{Key}\": [\"{Unknown}\", \"{EndOfLine}\", distinct words]}}; use another copy",
            inner);
    }

    /// <inheritdoc/>
    public override bool Equals(Vocabulary? other) => other is WordVocabulary words && _words.AsSpan().SequenceEqual(words._words);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var word in _words)
            hash.Add(word, StringComparer.Ordinal);
        return hash.ToHashCode();
    }

    /// <summary>A word, with a space before it unless it begins a line; <c>&lt;eos&gt;</c> is a line feed.</summary>
    private protected override string Added(int token, int before) =>
        token == EndOfLineToken ? "\n" : before is None or EndOfLineToken ? _words[token] : " " + _words[token];

    private static Dictionary<string, int> Counts(string text, double heldOut, string source)
    {
        var words = CountWords(text);
        var left = words - (int)Math.Round(words * heldOut); // as TextCorpus cuts tokens
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>(); // no string per word of the text
        foreach (var word in new WordReader(text))
        {
            if (left-- == 0)
                break;
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(lookup, word, out var known);
            if (!known && !IsWord(word))
                throw new DataException($"{OneLine.Clean(source)}: the word {OneLine.Quote(word.ToString())} has half of a surrogate pair and no character; mend the text");
            count++;
        }
        return counts;
    }

    private static int CountWords(string text)
    {
        var count = 0;
        foreach (var _ in new WordReader(text))
            count++;
        return count;
    }

    private static bool IsWord(string word) => IsWord(word.AsSpan());

    /// <summary>Whether it is what a <see cref="WordReader"/> gives, of whole characters.</summary>
    private static bool IsWord(ReadOnlySpan<char> word)
    {
        for (var rest = word; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var length) != OperationStatus.Done || Rune.IsWhiteSpace(rune))
                return false;
            rest = rest[length..];
        }
        return word.Length > 0;
    }
}
