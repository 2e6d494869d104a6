using NativeRnn.Backends;
using NativeRnn.Backends.Native;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>A backend to measure, and the native one whose FMA peak on as many threads is its limit.</summary>
internal sealed record BenchBackend(IBackend Backend, NativeBackend Limit)
{
    private const long FmaIterations = 1 << 20;

    public string Name => Backend.Name;

    public int Threads => Backend.Threads;

    /// <summary>GFLOP/s of independent chains of fused multiply-adds over <paramref name="slice"/> seconds.</summary>
    public double Peak(double slice)
    {
        var flops = 0.0; // of one call, the same in each
        var seconds = Measurement.Time(slice, () => flops = Limit.RunFmaChains(Threads, FmaIterations));
        return flops / seconds / 1e9;
    }
}
