using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NativeRnn.Serialization;

namespace NativeRnn.Data;

/// <summary>The characters (Unicode scalar values) that a model knows, sorted by code point; a token is an index into them.</summary>
public sealed class CharacterVocabulary : Vocabulary
{
    private readonly Rune[] _symbols;
    private readonly Dictionary<Rune, int> _tokens;

    private CharacterVocabulary(Rune[] symbols)
    {
        _symbols = symbols;
        _tokens = new Dictionary<Rune, int>(symbols.Length);
        for (var token = 0; token < symbols.Length; token++)
            _tokens.Add(symbols[token], token);
        Symbols = Array.AsReadOnly(symbols);
    }

    /// <inheritdoc/>
    public override int Count => _symbols.Length;

    /// <inheritdoc/>
    public override string Unit => "character";

    /// <inheritdoc/>
    public override string DefaultPrime => TryEncode("\n", out _) ? "\n" : TextOf(0);

    /// <summary>The characters; the token of each is its place.</summary>
    public IReadOnlyList<Rune> Symbols { get; }

    /// <summary>The vocabulary of all characters in <paramref name="text"/>.</summary>
    /// <exception cref="DataException">The text is empty or holds a lone surrogate.</exception>
    public static CharacterVocabulary Build(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
            throw new DataException("the text is empty; a vocabulary needs at least one character");
        var seen = new HashSet<Rune>();
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) != OperationStatus.Done)
                throw LoneSurrogate(text, at, "the text");
            seen.Add(rune);
            at += length;
        }
        var symbols = seen.ToArray();
        Array.Sort(symbols);
        return new CharacterVocabulary(symbols);
    }

    /// <summary>The tokens of <paramref name="text"/>; <paramref name="source"/> names the text in messages.</summary>
    /// <exception cref="DataException">A character is unknown or a lone surrogate; the message says which and where.</exception>
    public override int[] Encode(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (TryEncode(text, out var tokens, out var at))
            return tokens;
        if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _) != OperationStatus.Done)
            throw LoneSurrogate(text, at, source);
        throw new DataException(
            $"{Position(text, at, source)}: the character {Show(rune)} is not among the {Count} that the model knows; "
            + "remove it or train on text that has it");
    }

    /// <summary>The tokens of <paramref name="text"/>, or false when one of its characters is not in the vocabulary.</summary>
    public bool TryEncode(string text, [NotNullWhen(true)] out int[]? tokens) => TryEncode(text, out tokens, out _);

    /// <summary>The vocabulary as JSON, to be kept with a model: {"symbols": all characters in one string}.</summary>
    public override string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("symbols", string.Concat(_symbols.Select(symbol => symbol.ToString())));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The vocabulary that <see cref="ToJson"/> wrote; <paramref name="source"/> names the file in messages.</summary>
    /// <exception cref="CheckpointException">The text is not such a vocabulary.</exception>
    public static new CharacterVocabulary FromJson(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.GetPropertyCount() == 1
                && root.TryGetProperty("symbols", out var value) && value.ValueKind == JsonValueKind.String)
            {
                var text = value.GetString()!;
                var symbols = Build(text)._symbols;
                if (text.EnumerateRunes().SequenceEqual(symbols))
                    return new CharacterVocabulary(symbols);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or DataException)
        {
            throw NotVocabulary(source, e);
        }
        throw NotVocabulary(source, null);
    }

    /// <inheritdoc/>
    public override bool Equals(Vocabulary? other) =>
        other is CharacterVocabulary characters && _symbols.AsSpan().SequenceEqual(characters._symbols);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var symbol in _symbols)
            hash.Add(symbol);
        return hash.ToHashCode();
    }

    /// <summary>The character, whatever stands before it.</summary>
    private protected override string Added(int token, int before) => _symbols[token].ToString();

    private bool TryEncode(string text, [NotNullWhen(true)] out int[]? tokens, out int at)
    {
        ArgumentNullException.ThrowIfNull(text);
        tokens = new int[text.Length];
        var count = 0;
        for (at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) != OperationStatus.Done
                || !_tokens.TryGetValue(rune, out tokens[count]))
            {
                tokens = null;
                return false;
            }
            count++;
            at += length;
        }
        if (count < tokens.Length)
            Array.Resize(ref tokens, count);
        return true;
    }

    private static string Position(string text, int at, string source)
    {
        var before = text.AsSpan(0, at);
        var column = 1;
        foreach (var _ in before[(before.LastIndexOf('\n') + 1)..].EnumerateRunes())
            column++;
        return $"{OneLine.Clean(source)}:{before.Count('\n') + 1}:{column}";
    }

    private static string Show(Rune rune) =>
        Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) ? $"U+{rune.Value:X4}" : $"'{rune}' (U+{rune.Value:X4})";

    private static DataException LoneSurrogate(string text, int at, string source) =>
        new($"{Position(text, at, source)}: U+{(int)text[at]:X4} is half of a surrogate pair and no character; mend the text");

    private static CheckpointException NotVocabulary(string source, Exception? inner) =>
        new(
            $"{OneLine.Clean(source)}: the vocabulary is damaged, expected {{\"symbols\": distinct characters sorted by code point}}; "
            + "use another copy",
            inner);
}
