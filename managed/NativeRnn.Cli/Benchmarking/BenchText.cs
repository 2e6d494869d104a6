using static System.FormattableString;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>The report for people: two tables, in plain columns or in Markdown.</summary>
internal sealed class BenchText(TextWriter output, bool markdown = false)
{
    private readonly ReportTable _table = new(output, markdown);

    private static readonly (string Title, int Width)[] LayerColumns =
    [
        ("T, B, I, H", -18), ("backend", -12), ("threads", 7), ("forward ms", 11), ("GFLOP/s", 8), ("share", 6),
        ("both ms", 9), ("GFLOP/s", 8), ("share", 6), ("peak", 7),
    ];

    private static readonly (string Title, int Width)[] TrainingColumns =
    [
        ("backend", -12), ("threads", 7), ("characters/s", 13), ("ms/step", 9), ("GFLOP/s", 8), ("share", 6), ("peak", 7),
        ("memory MiB", 11),
    ];

    /// <summary>The whole report at once.</summary>
    public static void Write(BenchReport report, TextWriter output, bool markdown)
    {
        var text = new BenchText(output, markdown);
        text.Head(report);
        text.LayerHead();
        text.Layers(report.Layers);
        text.Training(report.Training);
    }

    /// <summary>Machine, versions, backends.</summary>
    public void Head(BenchReport report)
    {
        var (machine, settings) = (report.Machine, report.Settings);
        _table.Say(Invariant($"{machine.Processor}, {machine.Processors} {(machine.Processors == 1 ? "processor" : "processors")}"));
        _table.Say(Invariant($".NET {machine.DotNet}; nativernn {machine.ShortVersion}; {machine.Isa}, OpenBLAS core {machine.BlasCore}"));
        if (machine.Variables.Count > 0)
            _table.Say(machine.ShownVariables);
        if (report.BlasProblem is not null)
            _table.Say("managed-blas: not installed");
        _table.Say(Invariant($"Medians of {settings.Rounds} rounds; of {BenchSettings.FewestRounds} for managed and for training."));
        _table.Say(Invariant($"peak: GFLOP/s of {machine.Isa} multiply-adds on as many threads in the same rounds. share: of that peak."));
        if (!markdown)
            _table.Space();
    }

    /// <summary>The top of the table of layers.</summary>
    public void LayerHead()
    {
        _table.Say("LSTM layers, float32: forward, and both: packing, forward, backward with all gradients.");
        _table.Head(LayerColumns);
    }

    /// <summary>Rows of the table of layers.</summary>
    public void Layers(IEnumerable<LayerResult> results)
    {
        foreach (var result in results)
        {
            var (shape, forward, both) = (result.Shape, result.Forward, result.Both);
            _table.Row(LayerColumns,
                Invariant($"{shape.T}, {shape.B}, {shape.I}, {shape.H}"), result.Backend, Invariant($"{result.Threads}"),
                Invariant($"{forward.Seconds * 1e3:F2}"), Invariant($"{forward.Gflops:F1}"), Percent(forward.Share),
                Invariant($"{both.Seconds * 1e3:F2}"), Invariant($"{both.Gflops:F1}"), Percent(both.Share), Invariant($"{both.Peak:F1}"));
        }
    }

    /// <summary>The table of training.</summary>
    public void Training(IEnumerable<TrainingResult> results)
    {
        var (model, training) = (TrainingCase.Generated.Recipe.Model, TrainingCase.Generated.Recipe.Training);
        _table.Space();
        var sizes = Invariant($"embedding {model.Embedding}, LSTM {model.Hidden}, batch {training.Batch}, bptt {training.Bptt}");
        _table.Say($"Training char-lm: {sizes}, {training.Optimizer.Kind}.");
        _table.Say("memory: the peak of the whole process, .NET and a text of a million characters included.");
        _table.Head(TrainingColumns);
        foreach (var result in results)
        {
            var step = result.Step;
            _table.Row(TrainingColumns,
                result.Backend, Invariant($"{result.Threads}"), Invariant($"{result.CharactersPerSecond:N0}"),
                Invariant($"{step.Seconds * 1e3:F1}"), Invariant($"{step.Gflops:F1}"), Percent(step.Share), Invariant($"{step.Peak:F1}"),
                Invariant($"{result.PeakMemory / 1048576.0:F0}"));
        }
    }

    private static string Percent(double share) => Invariant($"{share * 100:F0} %");
}
