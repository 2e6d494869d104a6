using System.Text;
using NativeRnn.Serialization;

namespace NativeRnn.Recipes;

/// <summary>Reads recipes. Their JSON schema is published as <c>recipe.schema.json</c>.</summary>
public static class RecipeFile
{
    private const int Longest = 1 << 20;

    /// <summary>Reads the recipe at <paramref name="path"/>, then applies <paramref name="overrides"/>.</summary>
    /// <param name="path">A JSON file in UTF-8, at most 1 MiB.</param>
    /// <param name="overrides">"path=value" each, such as "training.epochs=3", at most one for a field. None by default.</param>
    /// <exception cref="RecipeException">
    /// The file is missing or unreadable, or not a recipe; the message names file and line, or the override, and what was expected.
    /// </exception>
    public static Recipe Read(string path, IReadOnlyList<string>? overrides = null)
    {
        var bytes = InputFile.Read(path, "a recipe", (message, inner) => new RecipeException(message, inner), stream =>
        {
            var buffer = new byte[(stream.CanSeek ? Math.Min(stream.Length, Longest) : Longest) + 1]; // one more shows that it is too long
            return buffer[..stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
        });
        return Parse(bytes, path, overrides);
    }

    /// <summary>Reads a recipe from JSON, as a checkpoint keeps it, then applies <paramref name="overrides"/>.</summary>
    /// <param name="json">The recipe.</param>
    /// <param name="source">Names the text in messages.</param>
    /// <param name="overrides">"path=value" each, such as "training.epochs=3", at most one for a field. None by default.</param>
    /// <exception cref="RecipeException">The text is not a recipe; the message names line or override, and what was expected.</exception>
    public static Recipe Parse(string json, string source, IReadOnlyList<string>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(source);
        return Parse(Encoding.UTF8.GetBytes(json), source, overrides);
    }

    private static Recipe Parse(ReadOnlySpan<byte> utf8, string source, IReadOnlyList<string>? overrides)
    {
        var shown = OneLine.Clean(source);
        if (utf8.Length > Longest)
            throw new RecipeException($"{shown}: is larger than {Longest} bytes; give the path of a recipe");
        var text = utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        if (InvalidUtf8.Find(text, utf8.Length - text.Length) is { } where)
            throw new RecipeException($"{shown}:{where}; save the recipe as UTF-8");
        if (text.Trim(" \t\r\n"u8).IsEmpty)
            throw new RecipeException($"{shown}: is empty; give the path of a recipe, for instance recipes/char-lm.json");
        var reader = new RecipeReader(source);
        reader.ReadFile(text);
        foreach (var assignment in overrides ?? [])
            reader.Override(assignment ?? throw new ArgumentException("an override is null", nameof(overrides)));
        return reader.Finish();
    }
}
