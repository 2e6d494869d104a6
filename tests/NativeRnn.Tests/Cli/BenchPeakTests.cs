using System.Runtime.InteropServices;
using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Cli.Benchmarking;

namespace NativeRnn.Tests.Cli;

/// <summary>
/// The peak that <c>bench</c> compares with is one: what the chains of multiply-adds reach, and more than a layer does. Many
/// short turns in the processor time of this thread, the best of each kind: what else runs on the machine then matters little.
/// </summary>
public partial class BenchPeakTests
{
    private const int Turns = 40, Iterations = 1 << 18;

    [Fact]
    public void No_layer_is_faster_than_the_peak()
    {
        using var backend = new NativeBackend(new BackendOptions { Threads = 1 });
        // With one input nearly all of it is our own kernel: OpenBLAS may use wider vectors than the chains.
        using var layer = new LayerWork(backend, new RecurrentShape(CellKind.Lstm, 8, 32, 1, 256));
        var bench = new BenchBackend(backend, backend);
        double chains = 0, forward = 0, peak = 0;
        for (var turn = 0; turn < Turns; turn++)
        {
            var flops = 0.0;
            var seconds = Seconds(() => flops = backend.RunFmaChains(1, Iterations));
            chains = Math.Max(chains, flops / seconds / 1e9);
            forward = Math.Max(forward, layer.ForwardFlops / Seconds(layer.Forward) / 1e9);
            peak = Math.Max(peak, bench.Peak(slice: 0));
        }
        Assert.InRange(peak / chains, 0.7, 1.2);
        Assert.InRange(forward / chains, 0.02, 1.1); // from below only what a slip in the units would be: a sanitizer makes it slow
    }

    private static double Seconds(Action run)
    {
        var start = ThreadSeconds();
        run();
        return ThreadSeconds() - start;
    }

    /// <summary>What this thread has computed, waiting not counted.</summary>
    private static double ThreadSeconds()
    {
        const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID
        Assert.Equal(0, ClockGetTime(ThreadClock, out var time));
        return time.Seconds + time.Nanoseconds / 1e9;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
