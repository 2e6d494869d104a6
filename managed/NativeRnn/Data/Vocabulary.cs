using System.Text;
using System.Text.Json;

namespace NativeRnn.Data;

/// <summary>What the tokens of a model stand for. A token is a number from 0 to <see cref="Count"/> − 1.</summary>
public abstract class Vocabulary : IEquatable<Vocabulary>
{
    /// <summary>As the token before, where there is none.</summary>
    public const int None = -1;

    /// <summary>The number of tokens.</summary>
    public abstract int Count { get; }

    /// <summary>What a token is, for messages: "character" or "word".</summary>
    public abstract string Unit { get; }

    /// <summary>How a generated text begins where nothing else is asked for: a line break, if the vocabulary has one.</summary>
    public abstract string DefaultPrime { get; }

    /// <summary>The tokens of <paramref name="text"/>; <paramref name="source"/> names the text in messages.</summary>
    /// <exception cref="DataException">The text cannot be written in this vocabulary; the message says why and where.</exception>
    public abstract int[] Encode(string text, string source);

    /// <summary>The text that a token adds behind the token <paramref name="before"/>, which may be <see cref="None"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is negative or not below <see cref="Count"/>.</exception>
    public string TextOf(int token, int before = None)
    {
        Check.Within(token, 0, Count - 1, nameof(token));
        Check.Within(before, None, Count - 1, nameof(before));
        return Added(token, before);
    }

    /// <summary>The text of <paramref name="tokens"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A token is negative or not below <see cref="Count"/>.</exception>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var text = new StringBuilder(tokens.Length);
        var before = None;
        foreach (var token in tokens)
        {
            text.Append(Added(Check.Within(token, 0, Count - 1, nameof(tokens)), before));
            before = token;
        }
        return text.ToString();
    }

    /// <summary>The vocabulary as JSON, to be kept with a model.</summary>
    public abstract string ToJson();

    /// <summary>The vocabulary that <see cref="ToJson"/> wrote, of either kind; <paramref name="source"/> names the file in messages.</summary>
    /// <exception cref="CheckpointException">The text is not such a vocabulary.</exception>
    public static Vocabulary FromJson(string json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        return HasWords(json) ? WordVocabulary.FromJson(json, source) : CharacterVocabulary.FromJson(json, source);
    }

    /// <summary>Whether both hold the same tokens.</summary>
    public abstract bool Equals(Vocabulary? other);

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as Vocabulary);

    /// <inheritdoc/>
    public abstract override int GetHashCode();

    /// <summary>What <see cref="TextOf"/> returns for tokens that there are.</summary>
    private protected abstract string Added(int token, int before);

    private static bool HasWords(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(WordVocabulary.Key, out _);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            return false; // reported by whoever reads it next
        }
    }
}
