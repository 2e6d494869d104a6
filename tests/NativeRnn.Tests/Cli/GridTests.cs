using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking;
using NativeRnn.Cli.Benchmarking.Grid;
using NativeRnn.Cli.Benchmarking.Peers;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary><c>nativernn bench --grid</c>: that it measures, and judges what it measured rightly. Nothing here asks how fast it is.</summary>
public sealed class GridTests : IDisposable
{
    private static readonly GridSettings Tiny = GridSettings.Quick with
    {
        Slice = 0.001,
        TrainingSlice = 0.001,
        Sizes = [new(3, 2, 5, 4)],
        ForwardSizes = [new(4, 1, 8, 8)],
        Lengths = [2, 4],
    };

    private static readonly BenchMachine Machine = new("a processor", 2, "a system", "10.0", "0.1.0+0123456789abcdef", "avx2", "Haswell", "OpenBLAS", "GCC", [("OMP_NUM_THREADS", "2")]);

    private readonly string _folder = Directory.CreateTempSubdirectory("nativernn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Measures_beside_a_peer_and_writes_everything()
    {
        using var fake = new FakePeers();
        var text = Path.Combine(_folder, "input.txt");
        File.WriteAllText(text, string.Concat(Enumerable.Repeat("the quick brown fox ", 500)));
        using var output = new StringWriter();
        var settings = Tiny with { Peers = true, Recipes = [("char-lm", text), ("no-such-recipe", text), ("char-gru", "nowhere")] };
        var report = GridReport.Measure(settings, fake.Folder, new GridText(output));

        Assert.Equal(report.Rows.Count(row => row.Threads == 1) * report.Rows.Select(row => row.Threads).Distinct().Count(), report.Rows.Count);
        Assert.Equal(3 + 2, report.Rows.Count(row => row.Threads == 1)); // three cells both ways, two forward only
        Assert.All(report.Rows, row => Assert.Equal(settings.Rounds, row.Ours.Rounds.Count));
        Assert.All(report.Rows, row => Assert.Equal(0.005, Assert.Single(row.Peers).Time.Seconds));
        Assert.All(report.Rows, row => Assert.Equal(0.005 / row.Ours.Seconds, row.Ratio(Peer.OneDnn)));
        Assert.All(report.Recipes, row => Assert.Equal(("char-lm", 32 * 64), (row.Recipe, row.TokensPerStep)));
        Assert.Equal("the program carries no recipes/no-such-recipe.json", report.Skipped["no-such-recipe"]);
        Assert.Equal("nowhere: there is no such data; name it by --data-char", report.Skipped["char-gru"]);
        Assert.Equal(2 * settings.Sizes.Count, report.Stress.Count);
        Assert.Contains("PyTorch: not installed: apt-get install pytorch\n", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(Verdict.Summary(report.Verdicts) + "\n", output.ToString(), StringComparison.Ordinal);

        using var stream = new MemoryStream();
        GridJson.Write(report, stream);
        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(report.Verdicts.Count, document.RootElement.GetProperty("verdicts").GetArrayLength());
        Assert.Equal("fake", document.RootElement.GetProperty("layers")[0].GetProperty("peers")[0].GetProperty("note").GetString());
        using var markdown = new StringWriter();
        GridText.Write(report, markdown, markdown: true);
        Assert.Equal(
            report.Rows.Count + report.Recipes.Count + report.Stress.Count + report.Verdicts.Count + (2 * 5),
            markdown.ToString().Split('\n').Count(line => line.StartsWith('|') && line.EndsWith('|')));
    }

    [Fact]
    public void A_peer_that_fails_on_the_way_spoils_nothing_but_its_own_lines()
    {
        using var fake = new FakePeers("""case $request in *'"mode":"forward"'*) exit 9 ;; *) echo '{"ms":5}' ;; esac""");
        using var output = new StringWriter();
        var report = GridReport.Measure(Tiny with { Peers = true, Cells = [CellKind.Lstm] }, fake.Folder, new GridText(output));
        Assert.All(report.Rows, row => Assert.Equal(row.Training ? 1 : 0, row.Peers.Count));
        Assert.Equal("ended with code 9", report.Problems[Peer.OneDnn]);
        Assert.Contains("\noneDNN: ended with code 9\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(report.Verdicts, verdict => verdict.What == "against oneDNN, worst shape" && verdict.Holds is not null);
    }

    [Fact]
    public void The_command_runs_without_peers_and_exits_with_0_whatever_the_verdicts()
    {
        var json = Path.Combine(_folder, "grid.json");
        var result = HostProcess.Run("run", "bench", "--grid", "--quick", "--cells", "rnn_tanh", "--shapes", "3,2,5,4;2,1,3,4", "--json", json);
        Assert.True(result.ExitCode == 0, result.Errors);
        using var document = JsonDocument.Parse(File.ReadAllBytes(json));
        Assert.All(document.RootElement.GetProperty("layers").EnumerateArray(), row => Assert.Equal("rnn_tanh", row.GetProperty("cell").GetString()));
        Assert.Contains("oneDNN, PyTorch, ONNX Runtime: not asked for (--peers)\n", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"\n\d+ of \d+ lines hold, \d+ not measured.*\n$", result.Output);
    }

    [Theory]
    [InlineData("--peers goes with --grid only", "--peers")]
    [InlineData("--cells goes with --grid only", "--cells", "lstm")]
    [InlineData("--cells is \"lstm,foo\"; expected cells with commas between: lstm, gru, rnn_tanh", "--grid", "--cells", "lstm,foo")]
    [InlineData("--shapes is \"1,2,3\"; expected T,B,I,H, such as", "--grid", "--shapes", "1,2,3")]
    [InlineData("--rounds is 2; expected at least 3", "--grid", "--rounds", "2")]
    public void A_mistake_in_the_options_is_one_line(string expected, params string[] options)
    {
        var result = HostProcess.Run(["run", "bench", .. options]);
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.StartsWith("nativernn: " + expected, result.Errors, StringComparison.Ordinal);
        Assert.Equal(1, result.Errors.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("35,20,200,200", 1)]
    [InlineData(" 1, 2, 3, 4 ; 5,6,7,8", 2)]
    [InlineData("0,1,1,1", 0)]
    [InlineData("1,1,1,-1", 0)]
    [InlineData("1,1,1", 0)]
    [InlineData("1,1,1,1,1", 0)]
    [InlineData("1,1,1,9999999999", 0)]
    [InlineData("1,1,1,1;", 0)]
    [InlineData("", 0)]
    public void Sizes_are_four_numbers_above_zero(string text, int count) => Assert.Equal(count, LayerSize.Parse(text)?.Count ?? 0);

    [Fact]
    public void Every_shape_of_the_grid_has_its_line_of_shares()
    {
        string?[] expected = ["100 ≤", "100 ≤", "H ≥ 256", "H ≥ 256", null, "100 ≤", "I = 28", "H ≥ 256", "H ≥ 256"];
        Assert.Equal(expected.Length, GridSettings.Full.Sizes.Count);
        foreach (var (size, part) in GridSettings.Full.Sizes.Zip(expected))
        {
            var line = Requirements.ShareLine(size);
            Assert.True(part is null ? line is null : line!.Contains(part, StringComparison.Ordinal), $"{size}: {line}");
        }
    }

    [Fact]
    public void A_mean_is_geometric_and_the_worst_shape_is_named()
    {
        var report = Report(theirs: [2, 0.5, 8]);
        Assert.Equal(2, Find(report, "against oneDNN, geometric mean", threads: 1).Reached!.Value, 12);
        var worst = Find(report, "against oneDNN, worst shape", threads: 1);
        Assert.Equal((0.5, "worst: 100, 32, 512, 512", false), (worst.Reached, worst.Detail, worst.Holds));
        Assert.Equal("misses by 50.0 %", worst.Text);
        Assert.Equal(8, Find(report, "against oneDNN, B = 1, H = 256", threads: 1).Reached!.Value, 12);
        Assert.Null(Find(report, "against oneDNN, geometric mean", threads: 2).Holds); // one processor here
        Assert.Equal(1, Statistics.GeometricMean([0.25, 4]), 12);
        Assert.Equal(0.25, Statistics.Spread([4, 5, 4.5]), 12);
    }

    [Fact]
    public void A_mean_over_some_of_the_shapes_is_no_mean()
    {
        var report = Report(theirs: [2, 2, 2]);
        report.Rows[1].Peers.Clear();
        report.Problems.Add(Peer.OneDnn, "ended with code 9");
        var verdict = Find(report, "against oneDNN, geometric mean", threads: 1);
        Assert.Equal((null, "not measured", "oneDNN: ended with code 9"), (verdict.Reached, verdict.Text, verdict.Detail));
    }

    [Fact]
    public void Shares_and_gains_of_the_worst_shape_count()
    {
        var report = Report(theirs: [2, 2, 2]);
        foreach (var (row, seconds) in report.Rows.ToArray().Zip([0.5, 0.8, 0.5]))
            report.Rows.Add(Row(LayerSize.Of(row.Shape), threads: 2, seconds, theirs: null));
        var share = Find(report, "share of peak, H ≥ 256 and B ≥ 20", threads: 1);
        Assert.Equal((0.5, "worst: 100, 32, 512, 512"), (share.Reached, share.Detail)); // 1 GFLOP a second beside a peak of 2
        var gain = Find(report, "two threads against one, B ≥ 8 and H ≥ 128", threads: 2);
        Assert.Equal((1.25, "worst: 100, 32, 512, 512"), (gain.Reached, gain.Detail)); // B = 1 does not count
    }

    [Fact]
    public void A_verdict_counts_what_holds_and_by_how_much_the_rest_misses()
    {
        Verdict least = new("a", "", 1, 2, 2, ""), most = new("b", "", 1, 2, 2.5, "") { AtMost = true }, open = new("c", "", 1, 2, null, "");
        Assert.Equal((true, false, null), (least.Holds, most.Holds, open.Holds));
        Assert.Equal(("≥ 2.00 ×", "≤ 2.00 ×"), (least.RequiredText, most.RequiredText));
        Assert.Equal(("holds", "misses by 25.0 %", "not measured"), (least.Text, most.Text, open.Text));
        Assert.Equal("1 of 3 lines hold, 1 not measured, the largest miss is 25.0 %.", Verdict.Summary([least, most, open]));
        Assert.Equal("1 of 1 lines hold, 0 not measured.", Verdict.Summary([least]));
        Assert.Equal("82.5 %", (least with { Reached = 0.825, Unit = "%" }).ReachedText);
        Assert.Equal("190 MiB", (least with { Reached = 190.2, Unit = "MiB" }).ReachedText);
    }

    /// <summary>Three LSTM layers on one thread, each a second of ours, with oneDNN's seconds.</summary>
    private static GridReport Report(double[] theirs)
    {
        LayerSize[] sizes = [new(35, 20, 200, 200), new(100, 32, 512, 512), new(100, 1, 256, 256)];
        var report = new GridReport(GridSettings.Full with { Cells = [CellKind.Lstm] }, Machine);
        report.Rows.AddRange(sizes.Zip(theirs, (size, seconds) => Row(size, threads: 1, 1, seconds)));
        return report;
    }

    private static GridRow Row(LayerSize size, int threads, double ours, double? theirs)
    {
        var row = new GridRow(size.With(CellKind.Lstm), Training: true, threads, new Measurement(flops: 1e9));
        row.Ours.Add(ours, peak: 2);
        if (theirs is { } seconds)
        {
            row.Peers.Add(new PeerResult(Peer.OneDnn, new PeerSetting(threads), new Measurement(flops: 1e9)));
            row.Peers[0].Time.Add(seconds, peak: 2);
        }
        return row;
    }

    private static Verdict Find(GridReport report, string what, int threads) =>
        Requirements.Judge(report).Single(verdict => verdict.What == what && verdict.Threads == threads);
}
