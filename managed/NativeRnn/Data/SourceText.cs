namespace NativeRnn.Data;

/// <summary>A text and where it came from.</summary>
/// <param name="Source">Names the text in messages.</param>
/// <param name="Text">The text.</param>
public sealed record SourceText(string Source, string Text)
{
    /// <summary>Reads a file as <see cref="TextFile.Read"/> does.</summary>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static SourceText Load(string path) => new(path, TextFile.Read(path));
}
