using static NativeRnn.Backends.Native.NativeMethods;

namespace NativeRnn.Backends.Native;

/// <summary>
/// The C library of the kernels behind <see cref="IBackend"/>: checks the arguments, fixes the spans (an empty one becomes a null
/// pointer) and calls. Nothing is allocated per call.
/// </summary>
public sealed unsafe partial class NativeBackend : IBackend
{
    private readonly NativeContextHandle _context;
    private readonly Lock _gate = new(); // a context serves one call at a time

    /// <summary>Loads the library and starts its threads.</summary>
    /// <exception cref="BackendException">The library does not load, or the machine lacks the instruction set asked for.</exception>
    public NativeBackend(BackendOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _context = NativeContext.Create(options);
        Info = NativeContext.Info(_context);
        Description = $"native ({Info.Isa}, {Info.Threads} {(Info.Threads == 1 ? "thread" : "threads")}, OpenBLAS core {Info.BlasCore})";
        Fingerprint = $"native {Info.Isa} {Info.BlasCore} {Info.BlasVersion}";
    }

    /// <inheritdoc/>
    public string Name => "native";

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public int Threads => Info.Threads;

    /// <summary>What the library chose and found.</summary>
    public NativeInfo Info { get; }

    /// <summary>Heap allocations of the library since it was loaded.</summary>
    public static long Allocations
    {
        get
        {
            NativeContext.Load();
            return nrnn_allocations();
        }
    }

    /// <summary>
    /// Runs chains of fused multiply-adds on some threads of the pool and returns how many floating-point operations that were: the
    /// peak of the machine, when the caller takes the time.
    /// </summary>
    public double RunFmaChains(int threads, long iterations)
    {
        ThrowIfDisposed();
        if (threads < 1 || threads > Threads)
            throw new ArgumentException($"threads is {threads}, expected 1…{Threads}", nameof(threads));
        if (iterations < 1)
            throw new ArgumentException($"iterations is {iterations}, expected at least 1", nameof(iterations));
        double flops;
        lock (_gate)
            NativeContext.Check(nrnn_fma_chains(_context, threads, iterations, &flops), nameof(nrnn_fma_chains));
        return flops;
    }

    /// <inheritdoc/>
    public void EmbeddingForward(int E, ReadOnlySpan<float> table, ReadOnlySpan<int> ids, Span<float> rows)
    {
        ThrowIfDisposed();
        var V = ArgumentChecks.Embedding(E, table, nameof(table), ids, rows, nameof(rows));
        if (ids.IsEmpty)
            return;
        fixed (float* tablePointer = table, rowsPointer = rows)
        fixed (int* idsPointer = ids)
        {
            lock (_gate)
                NativeContext.Check(nrnn_embedding_forward(_context, ids.Length, V, E, tablePointer, idsPointer, rowsPointer),
                nameof(nrnn_embedding_forward));
        }
    }

    /// <inheritdoc/>
    public void EmbeddingBackward(int E, ReadOnlySpan<int> ids, ReadOnlySpan<float> rowsGradient, Span<float> tableGradient)
    {
        ThrowIfDisposed();
        var V = ArgumentChecks.Embedding(E, tableGradient, nameof(tableGradient), ids, rowsGradient, nameof(rowsGradient));
        if (ids.IsEmpty)
            return;
        fixed (float* tablePointer = tableGradient, rowsPointer = rowsGradient)
        fixed (int* idsPointer = ids)
        {
            lock (_gate)
                NativeContext.Check(nrnn_embedding_backward(_context, ids.Length, V, E, idsPointer, rowsPointer, tablePointer),
                nameof(nrnn_embedding_backward));
        }
    }

    /// <inheritdoc/>
    public double SumOfSquares(ReadOnlySpan<float> x)
    {
        ThrowIfDisposed();
        if (x.IsEmpty)
            return 0;
        double sum;
        fixed (float* pointer = x)
            lock (_gate)
                NativeContext.Check(nrnn_sum_of_squares(_context, x.Length, pointer, &sum), nameof(nrnn_sum_of_squares));
        return sum;
    }

    /// <inheritdoc/>
    public void Update(in UpdateRule rule, in UpdateArrays arrays)
    {
        ThrowIfDisposed();
        ArgumentChecks.Update(rule, arrays);
        if (arrays.Parameters.IsEmpty)
            return;
        fixed (float* p = arrays.Parameters, grad = arrays.Gradients, first = arrays.First, second = arrays.Second, third = arrays.Third)
        {
            var args = new nrnn_update_args
            {
                rule = (int)rule.Kind,
                nesterov = rule.Nesterov ? 1 : 0,
                n = arrays.Parameters.Length,
                grad_scale = rule.GradientScale,
                limit = rule.Limit,
                l2 = rule.L2,
                shrink = rule.Shrink,
                rate = rule.Rate,
                mean_rate = rule.MeanRate,
                momentum = rule.Momentum,
                dampening = rule.Dampening,
                beta1 = rule.Beta1,
                beta2 = rule.Beta2,
                eps = rule.Epsilon,
                root = rule.Root,
                average = rule.Average,
                p = p,
                grad = grad,
                first = first,
                second = second,
                third = third,
            };
            lock (_gate)
                NativeContext.Check(nrnn_update(_context, &args), nameof(nrnn_update));
        }
    }

    /// <inheritdoc/>
    public void Philox(ulong seed, ulong stream, ulong offset, Span<float> uniform)
    {
        ThrowIfDisposed();
        if (uniform.IsEmpty)
            return;
        fixed (float* pointer = uniform)
            lock (_gate)
                NativeContext.Check(nrnn_philox(_context, seed, stream, offset, uniform.Length, pointer), nameof(nrnn_philox));
    }

    /// <inheritdoc/>
    public void DropoutMask(ulong seed, ulong stream, ulong offset, double rate, Span<float> mask)
    {
        ThrowIfDisposed();
        ArgumentChecks.DropoutRate(rate);
        if (mask.IsEmpty)
            return;
        fixed (float* pointer = mask)
            lock (_gate)
                NativeContext.Check(nrnn_dropout_mask(_context, seed, stream, offset, rate, mask.Length, pointer), nameof(nrnn_dropout_mask));
    }

    /// <summary>Stops the threads. Calls after this throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _context.Dispose();

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_context.IsClosed, this);
}
