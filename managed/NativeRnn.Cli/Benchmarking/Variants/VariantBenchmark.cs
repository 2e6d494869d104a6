using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Grid;
using static System.FormattableString;

namespace NativeRnn.Cli.Benchmarking.Variants;

/// <summary>
/// <c>nativernn bench --variants</c>: what masks, projections, directions and lengths cost beside the plain cell, forward and backward.
/// Operations are those of the matrix products over real steps; each variant has its turns right after the plain cell's.
/// </summary>
internal static class VariantBenchmark
{
    private static readonly (string Title, int Width)[] Columns =
        [("variant", -22), ("cell", -6), ("T, B, I, H", -19), ("threads", 7), ("plain ms", 10), ("ms", 10), ("cost", 9), ("limit", 10), ("  verdict", -1)];

    /// <summary>One small size, to see that it works.</summary>
    public static GridSettings Quick { get; } = GridSettings.Quick with { Sizes = [new(10, 20, 256, 256)] };

    /// <summary>Measures all variants and prints a row for each.</summary>
    public static IReadOnlyList<VariantRow> Measure(GridSettings settings, TextWriter output)
    {
        using var backends = GridBackends.Create(settings.Isa);
        var table = new ReportTable(output, markdown: false);
        table.Say(Invariant($"Forward and backward, medians of {settings.Rounds} rounds. cost: time per operation, by the plain cell's."));
        table.Head(Columns);
        var turns = new QuietTurns(backends, settings.Slice);
        List<VariantRow> rows = [];
        foreach (var size in settings.Sizes.Where(size => size is { H: >= 256, B: >= 20 }))
        {
            foreach (var variant in Variant.All)
            {
                foreach (var backend in backends.All)
                {
                    var row = Measure(variant, size, backend, turns, settings);
                    rows.Add(row);
                    table.Row(Columns,
                        variant.Name, CellInfo.Of(variant.Cell).Name, $"{size}", $"{row.Threads}", Invariant($"{row.Plain.Seconds * 1e3:F2}"),
                        Invariant($"{row.Varied.Seconds * 1e3:F2}"), row.Verdict.ReachedText, row.Verdict.RequiredText, "  " + row.Verdict.Text);
                }
            }
        }
        table.Say(Verdict.Summary([.. rows.Select(row => row.Verdict)]));
        return rows;
    }

    private static VariantRow Measure(Variant variant, LayerSize size, BenchBackend backend, QuietTurns turns, GridSettings settings)
    {
        using var plain = new LayerWork(backend.Backend, size.With(variant.Cell));
        var works = variant.Works(backend.Backend, size);
        try
        {
            var row = new VariantRow(variant, size, backend.Threads, new(plain.Flops), new(works.Sum(work => work.Flops)));
            for (var round = 0; round < settings.Rounds; round++)
            {
                row.Plain.Add(turns.Take(backend, () => GridBenchmark.TimeWarm(settings.Slice, plain.Run)));
                row.Varied.Add(turns.Take(backend, () => GridBenchmark.TimeWarm(settings.Slice, () => RunAll(works))));
            }
            return row;
        }
        finally
        {
            foreach (var work in works)
                work.Dispose();
        }
    }

    private static void RunAll(IReadOnlyList<LayerWork> works)
    {
        foreach (var work in works)
            work.Run();
    }
}
