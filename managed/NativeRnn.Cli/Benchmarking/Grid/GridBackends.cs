using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Machine;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>The native backend on one thread, and on two where the process may use two processors.</summary>
internal sealed class GridBackends : IDisposable
{
    private GridBackends(IReadOnlyList<BenchBackend> all) => All = all;

    /// <summary>By threads, one first.</summary>
    public IReadOnlyList<BenchBackend> All { get; }

    /// <summary>The one on one thread.</summary>
    public BenchBackend One => All[0];

    /// <exception cref="BackendException">There is no native backend.</exception>
    public static GridBackends Create(string? isa) =>
        new([.. Enumerable.Range(1, Math.Min(2, MachineInfo.Read().UsableProcessors)).Select(threads => Create(isa, threads))]);

    /// <summary>The native backend on so many threads, whatever the machine has.</summary>
    public static BenchBackend Create(string? isa, int threads)
    {
        var backend = new NativeBackend(new BackendOptions { Isa = isa, Threads = threads });
        return new BenchBackend(backend, backend);
    }

    public void Dispose()
    {
        foreach (var backend in All)
            backend.Backend.Dispose();
    }
}
