using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Grid;
using NativeRnn.Cli.Benchmarking.Variants;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary><c>nativernn bench --variants</c>: that it measures what it says. Nothing here asks how fast it is.</summary>
public sealed class VariantBenchTests
{
    [Fact]
    public void Measures_every_variant_on_every_number_of_threads()
    {
        using var output = new StringWriter();
        var rows = VariantBenchmark.Measure(VariantBenchmark.Quick with { Slice = 0.001, Sizes = [new(2, 20, 256, 256), new(2, 20, 8, 8)] }, output);
        var threads = rows.Select(row => row.Threads).Distinct().Count();
        Assert.Equal(Variant.All.Count * threads, rows.Count); // the small size is none of those that have a limit
        Assert.All(rows, row => Assert.True(double.IsFinite(row.Cost) && row.Cost > 0, row.Variant.Name));
        Assert.Equal(rows.Count, output.ToString().Split('\n').Count(line => line.Contains("2, 20, 256, 256", StringComparison.Ordinal)));
    }

    /// <summary>Counted by hand: LSTM of I = H = 8 over T = 4, B = 2 has 2·4·8·(8+8)·8 operations forward.</summary>
    [Theory]
    [InlineData("both directions", 2 * 8192)]
    [InlineData("recurrent dropout", 8192)]
    [InlineData("lengths in 1…T", 8192 * 6 / 8)] // rows of 2 and 4 steps
    [InlineData("projection to H/2", (2 * 8 * 8) * (4 * 8 + 4 * 4 + 4))]
    public void Operations_are_those_of_the_products_over_real_steps(string name, double expected)
    {
        using var backend = Backend.Create(new BackendOptions { Name = "managed" });
        var works = Variant.All.First(variant => variant.Name == name).Works(backend, new LayerSize(4, 2, 8, 8));
        Assert.Equal(expected, works.Sum(work => work.ForwardFlops));
        foreach (var work in works)
        {
            work.Run(); // the memory fits
            work.Dispose();
        }
    }

    [Theory]
    [InlineData("--grid")]
    [InlineData("--json")]
    public void It_goes_with_neither_the_grid_nor_files(string option)
    {
        var result = HostProcess.Run(["run", "bench", "--variants", option, .. option == "--json" ? ["x.json"] : Array.Empty<string>()]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"nativernn: --variants does not go with {option}", result.Errors, StringComparison.Ordinal);
    }
}
