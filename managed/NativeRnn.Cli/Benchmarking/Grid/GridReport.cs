using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>Everything that <c>nativernn bench --grid</c> found out.</summary>
/// <param name="Settings">How much was measured.</param>
/// <param name="Machine">Where.</param>
internal sealed record GridReport(GridSettings Settings, BenchMachine Machine)
{
    /// <summary>The peers that took part, with their versions.</summary>
    public List<(Peer Peer, string Description)> Peers { get; } = [];

    /// <summary>Why the others have no figures.</summary>
    public Dictionary<Peer, string> Problems { get; } = [];

    /// <summary>The layers: forward and backward, then forward only.</summary>
    public List<GridRow> Rows { get; } = [];

    /// <summary>Whole training.</summary>
    public List<RecipeRow> Recipes { get; } = [];

    /// <summary>Why a recipe was not trained.</summary>
    public Dictionary<string, string> Skipped { get; } = [];

    /// <summary>Bytes at the peak of training ptb-small, ours and PyTorch's; null where it was not trained.</summary>
    public (long Ours, long? Theirs)? Memory { get; private set; }

    /// <summary>LSTM layers where threads have to wait for a processor.</summary>
    public List<StressResult> Stress { get; } = [];

    /// <summary>Seconds per step over sequences of different lengths.</summary>
    public List<(int T, double Seconds)> Lengths { get; } = [];

    /// <summary>How often the machine had something else to do.</summary>
    public QuietTurns? Turns { get; private set; }

    /// <summary>What must be reached, and whether it is.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; private set; } = [];

    /// <summary>Why a peer has no figures.</summary>
    public string ProblemOf(Peer peer) => Problems.GetValueOrDefault(peer, "not measured");

    /// <summary>Measures. Every part is told to <paramref name="display"/> as soon as it is known.</summary>
    /// <param name="settings">How much to measure.</param>
    /// <param name="peerFolder">Where the peers are; null where they are not.</param>
    /// <param name="display">Who is told.</param>
    public static GridReport Measure(GridSettings settings, string? peerFolder, GridText display)
    {
        using var backends = GridBackends.Create(settings.Isa);
        using var peers = settings.Peers ? RunningPeers.Start(peerFolder) : RunningPeers.None();
        var report = new GridReport(settings, BenchMachine.Read(backends.One.Limit.Info));
        report.Peers.AddRange(peers.All.Select(running => (running.Peer, running.Description)));
        display.Head(report, RunningPeers.Lines(peers.Problems));
        var turns = new QuietTurns(backends, settings.Slice);
        report.MeasureLayers(backends, peers, turns, display);
        report.MeasureRecipes(backends, peers, turns);
        report.Stress.AddRange(StressBenchmark.Measure(backends, turns, settings));
        report.Lengths.AddRange(StressBenchmark.MeasureLengths(backends, turns, settings));
        report.Turns = turns;
        foreach (var (peer, problem) in peers.Problems)
            report.Problems.Add(peer, problem);
        report.Verdicts = Requirements.Judge(report);
        display.Rest(report);
        return report;
    }

    private void MeasureLayers(GridBackends backends, RunningPeers peers, QuietTurns turns, GridText display)
    {
        var training = Settings.Sizes.SelectMany(size => Settings.Cells.Select(cell => (Shape: size.With(cell), Training: true)));
        var forward = Settings.ForwardSizes
            .SelectMany(size => Requirements.ForwardCells.Intersect(Settings.Cells).Select(cell => (Shape: size.With(cell), Training: false)));
        foreach (var layers in new[] { training, forward })
        {
            var head = false;
            foreach (var (shape, mode) in layers)
            {
                if (!head)
                    display.LayerHead(mode);
                head = true;
                var rows = GridBenchmark.Measure(shape, mode, backends, peers, turns, Settings);
                Rows.AddRange(rows);
                display.Layers(rows);
            }
        }
    }

    private void MeasureRecipes(GridBackends backends, RunningPeers peers, QuietTurns turns)
    {
        foreach (var (name, data) in Settings.Recipes)
        {
            if (RecipeBenchmark.Problem(name, data) is { } problem)
            {
                Skipped.Add(name, problem);
                continue;
            }
            try
            {
                Recipes.AddRange(RecipeBenchmark.Measure(name, data, backends, peers, turns, Settings));
                if (name == Requirements.MemoryRecipe)
                    Memory = RecipeBenchmark.MeasureMemory(name, data, peers, Settings);
            }
            catch (NativeRnnException e) // the minutes before it are not lost
            {
                Skipped.Add(name, e.Message);
            }
        }
    }
}
