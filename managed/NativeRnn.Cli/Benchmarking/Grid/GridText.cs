using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;
using static System.FormattableString;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>The report for people: tables, in plain columns or in Markdown.</summary>
internal sealed class GridText(TextWriter output, bool markdown = false)
{
    private static readonly (string Title, int Width)[] RecipeColumns =
        [("recipe", -10), ("threads", 8), ("tokens/s", 10), ("GFLOP/s", 9), ("share", 7), ("peak", 8), ("PyTorch/s", 11), ("ratio", 7), ("at", 5)];

    private static readonly (string Title, int Width)[] StressColumns =
        [("condition", -30), ("T, B, I, H", -20), ("threads", 8), ("one thread ms", 15), ("ms", 10), ("ratio", 8)];

    private static readonly (string Title, int Width)[] VerdictColumns =
        [("what", -51), ("of", -29), ("threads", 7), ("required", 11), ("reached", 11), ("  verdict", -19), ("", -1)];

    private readonly ReportTable _table = new(output, markdown);

    /// <summary>The whole report at once.</summary>
    public static void Write(GridReport report, TextWriter output, bool markdown)
    {
        var text = new GridText(output, markdown);
        text.Head(report, RunningPeers.Lines(report.Problems));
        foreach (var rows in report.Rows.GroupBy(row => row.Training))
        {
            text.LayerHead(rows.Key);
            text.Layers(rows);
        }
        text.Rest(report);
    }

    /// <summary>Machine, versions, peers.</summary>
    public void Head(GridReport report, IEnumerable<string> problems)
    {
        var (machine, settings) = (report.Machine, report.Settings);
        _table.Say(Invariant($"{machine.Processor}, {machine.Processors} {(machine.Processors == 1 ? "processor" : "processors")}"));
        _table.Say($".NET {machine.DotNet}; nativernn {machine.ShortVersion}; {machine.Isa}, OpenBLAS core {machine.BlasCore}; {machine.Compiler}");
        if (machine.Variables.Count > 0)
            _table.Say(machine.ShownVariables);
        foreach (var (peer, description) in report.Peers)
            _table.Say($"{peer.Name} {description}");
        foreach (var problem in problems)
            _table.Say(problem);
        _table.Say(Invariant($"Medians of {settings.Rounds} rounds in which all take turns. ratio: the peer's time by ours. share: of the peak,"));
        _table.Say("GFLOP/s of multiply-adds on as many threads in the same rounds. at: PyTorch's best setting, its threads + OpenBLAS's.");
    }

    /// <summary>The top of a table of layers.</summary>
    public void LayerHead(bool training)
    {
        _table.Space();
        _table.Say(training
            ? "Layers, float32: packing, forward, and backward with the gradients of everything."
            : "Layers, float32: forward only, with weights that are packed already.");
        _table.Head(LayerColumns(training));
    }

    /// <summary>Rows of that table.</summary>
    public void Layers(IEnumerable<GridRow> rows)
    {
        foreach (var row in rows)
        {
            var ours = row.Ours;
            _table.Row(LayerColumns(row.Training),
            [
                CellInfo.Of(row.Shape.Cell).Name, $"{LayerSize.Of(row.Shape)}", $"{row.Threads}", Invariant($"{ours.Seconds * 1e3:F2}"),
                Invariant($"{ours.Gflops:F1}"), Percent(ours.Share), Invariant($"{ours.Peak:F1}"),
                .. PeersOf(row.Training).SelectMany(peer => PeerCells(row, peer)),
            ]);
        }
    }

    /// <summary>Everything that stands below the layers.</summary>
    public void Rest(GridReport report)
    {
        Recipes(report);
        Stress(report);
        _table.Space();
        foreach (var line in RunningPeers.Lines(report.Problems.Where(problem => report.Peers.Exists(peer => peer.Peer == problem.Key))))
            _table.Say(line); // they failed on the way
        if (report.Turns is { } turns)
            _table.Say(Invariant($"{turns.Repeated} turns were taken again and {turns.Disturbed} counted all the same: the FMA peak beside them was low."));
        Verdicts(report.Verdicts);
    }

    private static IEnumerable<Peer> PeersOf(bool training) => Peer.All.Where(peer => !training || !peer.ForwardOnly);

    private static (string, int)[] LayerColumns(bool training) =>
    [
        ("cell", -9), ("T, B, I, H", -19), ("threads", 7), ("ms", 10), ("GFLOP/s", 9), ("share", 6), ("peak", 7),
        .. PeersOf(training).SelectMany(PeerColumns),
    ];

    private static (string, int)[] PeerColumns(Peer peer)
    {
        (string, int)[] columns = [($"{peer.Name} ms", 12 + Math.Max(0, peer.Name.Length - 7)), ("ratio", 7)];
        return peer.CallsBlas ? [.. columns, ("at", 5)] : columns;
    }

    private static string[] PeerCells(GridRow row, Peer peer)
    {
        var result = row.Peers.Find(result => result.Peer == peer);
        string[] cells = result is null ? ["-", "-"] : [Invariant($"{result.Time.Seconds * 1e3:F2}"), Invariant($"{row.Ratio(peer):F2}")];
        return peer.CallsBlas ? [.. cells, result is null ? "-" : $"{result.Setting}"] : cells;
    }

    private void Recipes(GridReport report)
    {
        _table.Space();
        _table.Say("Whole training, tokens (characters, words) per second.");
        foreach (var (recipe, problem) in report.Skipped)
            _table.Say($"{recipe}: not measured: {problem}");
        if (report.Recipes.Count == 0)
            return;
        _table.Head(RecipeColumns);
        foreach (var row in report.Recipes)
        {
            var (ours, theirs) = (row.Ours, row.Theirs);
            _table.Row(RecipeColumns,
                row.Recipe, $"{row.Threads}", Invariant($"{row.TokensPerSecond(ours):N0}"), Invariant($"{ours.Gflops:F1}"), Percent(ours.Share),
                Invariant($"{ours.Peak:F1}"), theirs is null ? "-" : Invariant($"{row.TokensPerSecond(theirs.Time):N0}"),
                theirs is null ? "-" : Invariant($"{row.Ratio:F2}"), theirs is null ? "-" : $"{theirs.Setting}");
        }
    }

    private void Stress(GridReport report)
    {
        _table.Space();
        _table.Say("LSTM layers where threads have to wait for a processor, against one thread undisturbed.");
        _table.Head(StressColumns);
        foreach (var result in report.Stress)
        {
            _table.Row(StressColumns, result.Condition, $"{result.Size}", $"{result.Threads}", Invariant($"{result.OneThread.Seconds * 1e3:F2}"),
                Invariant($"{result.Stressed.Seconds * 1e3:F2}"), Invariant($"{result.Ratio:F2}"));
        }
        var size = StressBenchmark.LongLayer;
        _table.Say(Invariant($"Microseconds per step, LSTM {size.B}, {size.I}, {size.H}, one thread: ")
            + string.Join(", ", report.Lengths.Select(length => Invariant($"{length.Seconds * 1e6:F1} at T = {length.T}"))) + ".");
    }

    private void Verdicts(IReadOnlyList<Verdict> verdicts)
    {
        _table.Say("What must be reached.");
        _table.Head(VerdictColumns);
        foreach (var verdict in verdicts)
        {
            _table.Row(VerdictColumns, verdict.What, verdict.Subject, $"{verdict.Threads}", verdict.RequiredText, verdict.ReachedText,
                (markdown ? "" : "  ") + verdict.Text, verdict.Detail);
        }
        _table.Space();
        _table.Say(Verdict.Summary(verdicts));
    }

    private static string Percent(double share) => Invariant($"{share * 100:F0} %");
}
