using System.Text;
using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking;
using NativeRnn.TestHost;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Cli;

/// <summary><c>nativernn bench</c>: that it measures everything and reports what it measured. Nothing here asks how fast it is.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nativernn-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Measures_all_backends_and_writes_them_as_JSON_and_Markdown()
    {
        var (json, markdown) = (Path.Combine(_folder, "bench.json"), Path.Combine(_folder, "bench.md"));
        File.WriteAllText(json + ".tmp", "the user's own");
        var result = HostProcess.Run([("OPENBLAS_CORETYPE", "Haswell")], "run", "bench", "--quick", "--json", json, "--markdown", markdown);
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal("the user's own", File.ReadAllText(json + ".tmp"));
        Assert.Equal(["bench.json", "bench.json.tmp", "bench.md"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
        // The first names the processor, another may hold paths.
        Assert.All(result.Output.Split('\n').Skip(1).Where(line => !line.StartsWith("set: ", StringComparison.Ordinal)), line => Assert.True(line.Length <= 100, line));

        using var document = JsonDocument.Parse(File.ReadAllBytes(json));
        var root = document.RootElement;
        Assert.Matches(@"(?m)^set: (.*, )?OPENBLAS_CORETYPE=Haswell(, .*)?$", result.Output);
        Assert.Equal("Haswell", root.GetProperty("variables").GetProperty("OPENBLAS_CORETYPE").GetString());
        var hasBlas = ((IEnumerable<object[]>)TestBackends.All).Any(row => (string)row[0] == "managed-blas");
        string[] expected = hasBlas ? ["managed", "managed-blas", "native"] : ["managed", "native"];
        var layers = root.GetProperty("layers").EnumerateArray().ToList();
        var training = root.GetProperty("training").GetProperty("results").EnumerateArray().ToList();
        foreach (var shape in layers.GroupBy(layer => layer.GetProperty("H").GetInt32()))
            Assert.Equal(expected, Names(shape));
        Assert.Equal(expected, Names(training));
        Assert.Equal(["managed", "managed-blas", "native"], Names(root.GetProperty("backends").EnumerateArray()));
        Assert.Equal(!hasBlas, result.Output.Contains("managed-blas: not installed", StringComparison.Ordinal));
        Assert.All(training, row => Assert.InRange(row.GetProperty("peak_memory_bytes").GetInt64(), 10_000_000, 2_000_000_000));

        foreach (var layer in layers)
        {
            var (T, B, I, H) = (Int(layer, "T"), Int(layer, "B"), Int(layer, "I"), Int(layer, "H"));
            var flops = 2.0 * 4 * H * (I + H) * T * B;
            RequireConsistent(layer.GetProperty("forward"), flops);
            RequireConsistent(layer.GetProperty("forward_backward"), 3 * flops);
        }
        foreach (var row in training)
        {
            RequireConsistent(row, TrainingCase.Generated.FlopsPerStep);
            Assert.Equal(TrainingCase.Generated.TokensPerStep, row.GetProperty("characters_per_second").GetDouble() * row.GetProperty("ms").GetDouble() / 1e3, 6);
        }

        var lines = File.ReadAllLines(markdown);
        Assert.Equal(2 * 2 + layers.Count + training.Count, lines.Count(line => line.StartsWith('|') && line.EndsWith('|')));
    }

    [Theory]
    [InlineData("missing/bench.json", "no such folder")]
    [InlineData(".", "is a folder")]
    [InlineData("/dev/null", "is a device")]
    [InlineData("/dev/stdout", "is a pipe")]
    [InlineData("file/bench.json", "no such folder")]
    public void A_file_that_cannot_be_written_is_a_mistake_before_anything_is_measured(string name, string problem)
    {
        File.WriteAllText(Path.Combine(_folder, "file"), "not a folder");
        foreach (var option in (string[])["--json", "--markdown"])
        {
            var result = HostProcess.Run("run", "bench", "--quick", option, Path.Combine(_folder, name));
            Assert.Equal(2, result.ExitCode);
            Assert.Empty(result.Output);
            Assert.Matches($"^nativernn: {option}: cannot write \".*\": .*{problem}.*\n$", result.Errors);
        }
        Assert.Equal(["file"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(5.0, 5.0)]
    [InlineData(2.0, 3.0, 1.0, 2.0)]
    [InlineData(2.5, 4.0, 1.0, 3.0, 2.0)]
    [InlineData(7.0, 9.0, 7.0, 1000.0, 1.0, 2.0)]
    public void The_median_is_the_middle_whatever_the_order(double expected, params double[] values) =>
        Assert.Equal(expected, Measurement.Median(values));

    [Fact]
    public void A_measurement_divides_the_medians_of_its_own_rounds()
    {
        var measurement = new Measurement(flops: 6e9);
        foreach (var (seconds, peak) in ((double, double)[])[(0.3, 40), (0.1, 90), (0.2, 60)])
            measurement.Add(seconds, peak);
        Assert.Equal(0.2, measurement.Seconds);
        Assert.Equal(30, measurement.Gflops, 9);
        Assert.Equal(60, measurement.Peak);
        Assert.Equal(0.5, measurement.Share, 9);
        Assert.Equal([0.3, 0.1, 0.2], measurement.Rounds);
    }

    [Fact]
    public void The_operations_are_those_of_the_products()
    {
        using var backend = Backend.Create(new BackendOptions { Name = "managed" });
        using var work = new LayerWork(backend, new RecurrentShape(CellKind.Lstm, 3, 5, 7, 11));
        Assert.Equal(2 * 4 * 11 * (7 + 11) * 3 * 5, work.ForwardFlops);
        Assert.Equal(3 * work.ForwardFlops, work.Flops);
        Assert.Equal(32 * 64, TrainingCase.Generated.TokensPerStep);
        Assert.Equal(3.0 * 2 * (4 * 256 * (64 + 256) + 256 * TrainingCase.Generated.Vocabulary) * 32 * 64, TrainingCase.Generated.FlopsPerStep);
    }

    [Fact]
    public void A_backend_that_is_not_installed_and_variables_that_are_set_are_named()
    {
        var machine = new BenchMachine("a processor", 1, "a system", "10.0", "0.1.0+0123456789abcdef", "avx2", "Haswell", "OpenBLAS", "GCC", [("OPENBLAS_CORETYPE", "Haswell")]);
        var report = new BenchReport(BenchSettings.Quick, machine, [("native", 1, "native (avx2)")], "tried everything");
        using var text = new StringWriter();
        BenchText.Write(report, text, markdown: false);
        Assert.Contains("managed-blas: not installed\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("nativernn 0.1.0+0123456789;", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("set: OPENBLAS_CORETYPE=Haswell\n", text.ToString(), StringComparison.Ordinal);
        using var stream = new MemoryStream();
        BenchJson.Write(report, stream);
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        var blas = document.RootElement.GetProperty("backends").EnumerateArray().Last();
        Assert.Equal("managed-blas", blas.GetProperty("backend").GetString());
        Assert.False(blas.GetProperty("installed").GetBoolean());
        Assert.Equal("tried everything", blas.GetProperty("problem").GetString());
        Assert.Equal("Haswell", document.RootElement.GetProperty("variables").GetProperty("OPENBLAS_CORETYPE").GetString());
    }

    [Fact]
    public void The_slow_backend_gets_fewer_rounds_and_never_fewer_than_three()
    {
        Assert.Equal(3, BenchSettings.Full.RoundsOf("managed"));
        Assert.Equal(7, BenchSettings.Full.RoundsOf("native"));
        Assert.Equal(3, BenchSettings.Quick.RoundsOf("managed-blas"));
        var result = HostProcess.Run("run", "bench", "--rounds", "2");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--rounds is 2; expected at least 3", result.Errors, StringComparison.Ordinal);
    }

    private static void RequireConsistent(JsonElement measurement, double flops)
    {
        var rounds = measurement.GetProperty("rounds_ms").EnumerateArray().Select(value => value.GetDouble()).ToList();
        Assert.Equal(3, rounds.Count);
        Assert.All(rounds, milliseconds => Assert.True(milliseconds > 0));
        Assert.Equal(Measurement.Median(rounds), measurement.GetProperty("ms").GetDouble(), 6);
        Assert.Equal(1, measurement.GetProperty("gflops").GetDouble() * 1e6 * measurement.GetProperty("ms").GetDouble() / flops, 9);
        var share = measurement.GetProperty("share").GetDouble();
        Assert.True(share > 0);
        Assert.Equal(measurement.GetProperty("gflops").GetDouble() / measurement.GetProperty("fma_peak_gflops").GetDouble(), share, 9);
    }

    private static int Int(JsonElement row, string name) => row.GetProperty(name).GetInt32();

    private static List<string> Names(IEnumerable<JsonElement> rows) =>
        [.. rows.Select(row => row.GetProperty("backend").GetString()!).Distinct().Order(StringComparer.Ordinal)];
}
