namespace NativeRnn.Data;

/// <summary>A text and where it came from.</summary>
/// <param name="Source">Names the text in messages.</param>
/// <param name="Text">The text.</param>
public sealed record SourceText(string Source, string Text)
{
    /// <summary>Names the text in messages.</summary>
    public string Source { get; init => field = value ?? throw new ArgumentNullException(nameof(Source)); } =
        Source ?? throw new ArgumentNullException(nameof(Source));

    /// <summary>The text.</summary>
    public string Text { get; init => field = value ?? throw new ArgumentNullException(nameof(Text)); } =
        Text ?? throw new ArgumentNullException(nameof(Text));

    /// <summary>Reads a file as <see cref="TextFile.Read"/> does.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static SourceText Load(string path) => new(path, TextFile.Read(path));
}
