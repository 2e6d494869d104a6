using System.Diagnostics;
using System.Globalization;
using NativeRnn.Backends;
using NativeRnn.Backends.Native;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>
/// Measures the native backend beside the machine's limit: a loop of independent fused multiply-adds of the same instruction set, on as
/// many threads. Limit and layer, one thread and two, alternate within each round, so that a drifting clock touches all alike.
/// </summary>
internal static class Benchmark
{
    private const double FmaSeconds = 0.2;

    private static readonly RecurrentShape[] Shapes =
    [
        new(CellKind.Lstm, 100, 32, 512, 512), new(CellKind.Lstm, 64, 32, 64, 256), new(CellKind.Lstm, 35, 20, 200, 200), new(CellKind.Lstm, 100, 32, 128, 128),
    ];

    /// <summary>Prints a table: GFLOP/s of forward and backward together, and their share of the peak.</summary>
    public static void Run(int rounds, string? isa, TextWriter output)
    {
        int[] threadCounts = Environment.ProcessorCount > 1 ? [1, 2] : [1];
        var backends = threadCounts.Select(threads => (NativeBackend)Backend.Create(new BackendOptions { Isa = isa, Threads = threads })).ToArray();
        try
        {
            output.WriteLine(backends[^1].Description);
            output.WriteLine("LSTM forward+backward, all gradients; medians of {0} rounds; share = GFLOP/s over the FMA peak of the same rounds and threads", rounds);
            output.WriteLine($"{"T, B, I, H",-22} {"threads",7} {"ms",9} {"GFLOP/s",9} {"FMA peak",9} {"share",7}");
            foreach (var shape in Shapes)
                Measure(shape, backends, rounds, output);
        }
        finally
        {
            foreach (var backend in backends)
                backend.Dispose();
        }
    }

    private static void Measure(RecurrentShape shape, NativeBackend[] backends, int rounds, TextWriter output)
    {
        var works = backends.Select(backend => new LayerWork(backend, shape)).ToArray();
        var seconds = backends.Select(_ => new List<double>()).ToArray();
        var peaks = backends.Select(_ => new List<double>()).ToArray();
        foreach (var work in works)
            work.Run(); // touches the memory, compiles the calls
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < backends.Length; i++)
            {
                peaks[i].Add(FmaPeak(backends[i]));
                seconds[i].Add(Time(works[i]));
            }
        }
        for (var i = 0; i < backends.Length; i++)
        {
            var (time, peak) = (Median(seconds[i]), Median(peaks[i]));
            var speed = works[i].Flops / time / 1e9;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{$"{shape.T}, {shape.B}, {shape.I}, {shape.H}",-22} {backends[i].Threads,7} {time * 1e3,9:F2} {speed,9:F1} {peak,9:F1} {speed / peak,7:P0}"));
            works[i].Dispose();
        }
    }

    /// <summary>Seconds of one run: the mean over as many as fill the time that the FMA loop is given too.</summary>
    private static double Time(LayerWork work)
    {
        var clock = Stopwatch.StartNew();
        var runs = 0;
        do
        {
            work.Run();
            runs++;
        }
        while (clock.Elapsed.TotalSeconds < FmaSeconds);
        return clock.Elapsed.TotalSeconds / runs;
    }

    private static double FmaPeak(NativeBackend backend)
    {
        const long Iterations = 1 << 20;
        var clock = Stopwatch.StartNew();
        var flops = 0.0;
        do
            flops += backend.RunFmaChains(backend.Threads, Iterations);
        while (clock.Elapsed.TotalSeconds < FmaSeconds);
        return flops / clock.Elapsed.TotalSeconds / 1e9;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
