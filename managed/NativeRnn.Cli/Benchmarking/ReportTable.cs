namespace NativeRnn.Cli.Benchmarking;

/// <summary>Paragraphs and tables of a report for people, in plain columns or in Markdown.</summary>
/// <param name="output">Where they go.</param>
/// <param name="markdown">Whether as Markdown.</param>
internal sealed class ReportTable(TextWriter output, bool markdown)
{
    /// <summary>A paragraph; in plain text a line.</summary>
    public void Say(string line) => output.WriteLine(markdown ? line + "\n" : line);

    /// <summary>What sets the next table apart from what stands above it.</summary>
    public void Space() => output.WriteLine();

    /// <summary>The titles of a table. A negative width is a column that starts at the left.</summary>
    public void Head(IReadOnlyList<(string Title, int Width)> columns)
    {
        Row(columns, [.. columns.Select(column => column.Title)]);
        if (markdown)
            output.WriteLine($"| {string.Join(" | ", columns.Select(column => column.Width < 0 ? "---" : "---:"))} |");
    }

    /// <summary>A row of the table.</summary>
    public void Row(IReadOnlyList<(string Title, int Width)> columns, params IReadOnlyList<string> cells)
    {
        var padded = cells.Select((cell, i) => columns[i].Width < 0 ? cell.PadRight(-columns[i].Width) : cell.PadLeft(columns[i].Width));
        output.WriteLine(markdown ? $"| {string.Join(" | ", cells)} |" : string.Concat(padded).TrimEnd());
    }
}
