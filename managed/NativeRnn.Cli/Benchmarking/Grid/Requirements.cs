using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>
/// What must be reached, as a table, and the verdicts on a report: a line per requirement, number of threads and cell. Of shares and
/// ratios that every shape must reach, the worst one counts.
/// </summary>
internal static class Requirements
{
    private const string NoShape = "no such shape was measured";
    private const double PyTorchMemory = 475; // MiB, PyTorch 1.13 training ptb-small

    /// <summary>The recipe whose memory is measured.</summary>
    public const string MemoryRecipe = "ptb-small";

    // A shape belongs to the first line that it fits.
    private static readonly (string What, Func<LayerSize, bool> Fits, double One, double Two)[] Shares =
    [
        ("share of peak, I = 28", size => size.I == 28, 0.62, 0.57),
        ("share of peak, H ≥ 256 and B ≥ 20", size => size is { H: >= 256, B: >= 20 }, 0.82, 0.76),
        ("share of peak, 100 ≤ H < 256 or B = 8", size => size is { H: >= 100 and < 256 } or { B: 8 }, 0.73, 0.66),
    ];

    private static readonly RatioLine[] Ratios =
    [
        new("against oneDNN, geometric mean", Peer.OneDnn, 1.25, 1.25),
        new("against oneDNN, worst shape", Peer.OneDnn, 1, 1) { Worst = true },
        new("against oneDNN, B = 1, H = 256", Peer.OneDnn, 1.3, 1.3) { Worst = true, Applies = size => size is { B: 1, H: 256 } },
        new("against PyTorch, geometric mean", Peer.PyTorch, 1.9, 3.3),
        new("against PyTorch, the same without B = 1", Peer.PyTorch, 1.6, 2.8) { Applies = size => size.B > 1 },
        new("forward against ONNX Runtime, geometric mean", Peer.OnnxRuntime, 1.25, 1.25) { Training = false },
        new("forward against ONNX Runtime, worst shape", Peer.OnnxRuntime, 1, 1) { Training = false, Worst = true },
    ];

    private static readonly (string Name, double One, double Two)[] Recipes = [("char-lm", 1.55, 2.9), (MemoryRecipe, 1.45, 2.7)];

    /// <summary>The cells that are compared forward only.</summary>
    public static IReadOnlyList<CellKind> ForwardCells { get; } = [CellKind.Lstm, CellKind.Gru];

    /// <summary>The recipes that are compared.</summary>
    public static IReadOnlyList<string> RecipeNames { get; } = [.. Recipes.Select(line => line.Name)];

    /// <summary>A verdict per line.</summary>
    public static IReadOnlyList<Verdict> Judge(GridReport report)
    {
        List<Verdict> verdicts = [];
        var cells = report.Settings.Cells;
        foreach (var threads in (int[])[1, 2])
        {
            double Required(double one, double two) => threads == 1 ? one : two;
            foreach (var line in Shares)
                verdicts.AddRange(cells.Select(cell => Share(report, line.What, cell, threads, Required(line.One, line.Two))));
            foreach (var line in Ratios)
                verdicts.AddRange((line.Training ? cells : ForwardCells.Intersect(cells))
                    .Select(cell => Ratio(report, line, cell, threads, Required(line.One, line.Two))));
            verdicts.AddRange(Recipes.Select(line => Recipe(report, line.Name, threads, Required(line.One, line.Two))));
        }
        verdicts.AddRange(report.Settings.Cells.Select(cell => TwoThreads(report, cell)));
        verdicts.AddRange(((string[])[StressBenchmark.Oversubscribed, StressBenchmark.Beside]).Select(condition => Stress(report, condition)));
        verdicts.Add(Memory(report));
        verdicts.Add(Lengths(report));
        return verdicts;
    }

    /// <summary>The line of the shares that a shape belongs to; null for none.</summary>
    public static string? ShareLine(LayerSize size) => Array.Find(Shares, line => line.Fits(size)).What;

    private static Verdict Share(GridReport report, string what, CellKind cell, int threads, double required)
    {
        var worst = report.Rows.Where(row => row.Training && row.Threads == threads && row.Shape.Cell == cell
            && ShareLine(LayerSize.Of(row.Shape)) == what).MinBy(row => row.Ours.Share);
        var detail = worst is null ? NoShape : $"worst: {LayerSize.Of(worst.Shape)}";
        return new Verdict(what, CellInfo.Of(cell).Name, threads, required, worst?.Ours.Share, detail) { Unit = "%" };
    }

    private static Verdict Ratio(GridReport report, RatioLine line, CellKind cell, int threads, double required)
    {
        var rows = report.Rows.Where(row => row.Training == line.Training && row.Threads == threads && row.Shape.Cell == cell
            && line.Applies(LayerSize.Of(row.Shape))).ToList();
        var (what, peer) = (line.What, line.Peer);
        var name = CellInfo.Of(cell).Name;
        if (rows.Count == 0)
            return new Verdict(what, name, threads, required, null, NoShape);
        if (rows.Exists(row => row.Ratio(peer) is null)) // a mean over some of the shapes would be another figure
            return new Verdict(what, name, threads, required, null, $"{peer.Name}: {report.ProblemOf(peer)}");
        var least = rows.MinBy(row => row.Ratio(peer))!;
        return line.Worst
            ? new Verdict(what, name, threads, required, least.Ratio(peer), $"worst: {LayerSize.Of(least.Shape)}")
            : new Verdict(what, name, threads, required, Statistics.GeometricMean([.. rows.Select(row => row.Ratio(peer)!.Value)]),
                $"{rows.Count} {(rows.Count == 1 ? "shape" : "shapes")}");
    }

    private static Verdict Recipe(GridReport report, string recipe, int threads, double required)
    {
        var row = report.Recipes.Find(row => row.Recipe == recipe && row.Threads == threads);
        return new Verdict("whole training against PyTorch", recipe, threads, required, row?.Ratio,
            row is null ? report.Skipped.GetValueOrDefault(recipe, "not measured")
                : row.Ratio is null ? $"{Peer.PyTorch.Name}: {report.ProblemOf(Peer.PyTorch)}" : $"PyTorch at {row.Theirs!.Setting}");
    }

    private static Verdict TwoThreads(GridReport report, CellKind cell)
    {
        var pairs = report.Rows.Where(row => row.Training && row.Shape.Cell == cell && row.Shape is { B: >= 8, H: >= 128 })
            .GroupBy(row => row.Shape).Select(rows => rows.OrderBy(row => row.Threads).ToArray()).Where(rows => rows.Length == 2)
            .Select(rows => (Size: LayerSize.Of(rows[0].Shape), Gain: rows[0].Ours.Seconds / rows[1].Ours.Seconds)).ToList();
        (LayerSize Size, double Gain)? worst = pairs.Count > 0 ? pairs.MinBy(pair => pair.Gain) : null;
        var detail = worst is null ? NoShape : $"worst: {worst.Value.Size}";
        return new Verdict("two threads against one, B ≥ 8 and H ≥ 128", CellInfo.Of(cell).Name, 2, 1.8, worst?.Gain, detail);
    }

    private static Verdict Stress(GridReport report, string condition)
    {
        var worst = report.Stress.Where(result => result.Condition == condition).MaxBy(result => result.Ratio);
        var detail = worst is null ? NoShape : $"worst: {worst.Size}";
        return new Verdict("against the time of one thread", condition, worst?.Threads ?? 2, 1.3, worst?.Ratio, detail) { AtMost = true };
    }

    private static Verdict Memory(GridReport report) =>
        new("peak memory", MemoryRecipe, 2, 0.4 * PyTorchMemory, report.Memory?.Ours / 1048576.0,
            report.Memory is null ? report.Skipped.GetValueOrDefault(MemoryRecipe, "not measured")
                : report.Memory.Value.Theirs is { } theirs ? FormattableString.Invariant($"PyTorch here: {theirs / 1048576.0:F0} MiB")
                : $"0.4 × {PyTorchMemory} MiB")
        {
            AtMost = true,
            Unit = "MiB",
        };

    private static Verdict Lengths(GridReport report)
    {
        var lengths = report.Lengths;
        double? spread = lengths.Count < 2 ? null : Statistics.Spread([.. lengths.Select(length => length.Seconds)]);
        return new Verdict("time per step linear in T", "lstm", 1, 0.05, spread, $"T = {string.Join(", ", lengths.Select(length => length.T))}")
        {
            AtMost = true,
            Unit = "%",
        };
    }

    /// <summary>A requirement on how many times as long as we a peer takes.</summary>
    private sealed record RatioLine(string What, Peer Peer, double One, double Two)
    {
        /// <summary>Whether the worst shape counts; otherwise the geometric mean of all.</summary>
        public bool Worst { get; init; }

        /// <summary>Whether it is about forward and backward; otherwise forward only.</summary>
        public bool Training { get; init; } = true;

        /// <summary>The shapes that count.</summary>
        public Func<LayerSize, bool> Applies { get; init; } = _ => true;
    }
}
