using NativeRnn.Backends;
using NativeRnn.Backends.Native;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>The backends side by side: native on one thread and on all that the process may use, managed-blas, managed.</summary>
internal sealed class BenchBackends : IDisposable
{
    private BenchBackends(IReadOnlyList<BenchBackend> all, string? blasProblem) => (All, BlasProblem) = (all, blasProblem);

    /// <summary>Those that can be measured here.</summary>
    public IReadOnlyList<BenchBackend> All { get; }

    /// <summary>Why managed-blas is not among them; null when it is.</summary>
    public string? BlasProblem { get; }

    /// <summary>The native backend on one thread.</summary>
    public NativeBackend Native => All[0].Limit;

    /// <exception cref="BackendException">There is no native backend, and so no measure for the others.</exception>
    public static BenchBackends Create(string? isa)
    {
        var one = new NativeBackend(new BackendOptions { Isa = isa, Threads = 1 });
        var many = new NativeBackend(new BackendOptions { Isa = isa });
        List<BenchBackend> all = [new(one, one)];
        if (many.Threads > 1)
            all.Add(new(many, many));
        else
            many.Dispose();
        string? problem = null;
        try
        {
            all.Add(new(Backend.Create(new BackendOptions { Name = "managed-blas" }), one));
        }
        catch (BackendException e)
        {
            problem = e.Message;
        }
        all.Add(new(Backend.Create(new BackendOptions { Name = "managed" }), one));
        return new BenchBackends(all, problem);
    }

    public void Dispose()
    {
        foreach (var backend in All)
            backend.Backend.Dispose();
    }
}
