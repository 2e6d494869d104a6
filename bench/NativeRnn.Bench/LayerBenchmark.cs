using BenchmarkDotNet.Attributes;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking;

namespace NativeRnn.Bench;

/// <summary>Forward and backward of one LSTM layer on the three backends, each on one thread.</summary>
public class LayerBenchmark : IDisposable
{
    private IBackend _backend = null!;
    private LayerWork _work = null!;

    /// <summary>The backend.</summary>
    [Params("native", "managed-blas", "managed")]
    public string BackendName { get; set; } = "";

    /// <summary>T, B, I, H.</summary>
    [Params("35,20,200,200", "100,32,128,128")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var sizes = Shape.Split(',').Select(int.Parse).ToArray();
        _backend = Backend.Create(new BackendOptions { Name = BackendName, Threads = 1 });
        _work = new LayerWork(_backend, new RecurrentShape(CellKind.Lstm, sizes[0], sizes[1], sizes[2], sizes[3]));
    }

    [Benchmark]
    public void ForwardAndBackward() => _work.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        _work.Dispose();
        _backend.Dispose();
        GC.SuppressFinalize(this);
    }
}
