namespace NativeRnn.Backends.Managed;

/// <summary>
/// The float32 face of the readable implementation: checks the arguments and hands them on as matrices. It computes on the calling
/// thread and allocates nothing after it is created.
/// </summary>
internal sealed partial class ManagedBackend : IBackend
{
    private readonly RecurrentLayer<float>[] _layers;
    private readonly DenseLayer<float> _dense;
    private bool _disposed;

    public ManagedBackend(string name, IMatrixProduct<float> product)
    {
        Name = name;
        Description = $"{name} (products by {product.Fingerprint}, 1 thread)";
        Fingerprint = $"{name} {product.Fingerprint}";
        _layers = [.. RecurrentCells<float>.All.Select(cell => new RecurrentLayer<float>(cell, product))];
        _dense = new DenseLayer<float>(product);
    }

    public string Name { get; }

    public string Description { get; }

    public string Fingerprint { get; }

    /// <summary>Always 1.</summary>
    public int Threads => 1;

    public void EmbeddingForward(int E, ReadOnlySpan<float> table, ReadOnlySpan<int> ids, Span<float> rows)
    {
        ThrowIfDisposed();
        ArgumentChecks.Embedding(E, table, nameof(table), ids, rows, nameof(rows));
        for (var n = 0; n < ids.Length; n++)
            table.Slice(ids[n] * E, E).CopyTo(rows.Slice(n * E, E));
    }

    public void EmbeddingBackward(int E, ReadOnlySpan<int> ids, ReadOnlySpan<float> rowsGradient, Span<float> tableGradient)
    {
        ThrowIfDisposed();
        var V = ArgumentChecks.Embedding(E, tableGradient, nameof(tableGradient), ids, rowsGradient, nameof(rowsGradient));
        var table = new Matrix<float>(tableGradient, V, E);
        for (var n = 0; n < ids.Length; n++)
            MatrixRows.Add(rowsGradient.Slice(n * E, E), table.Slice(ids[n], 1));
    }

    public void DenseForward(in DenseShape shape, in DenseForward arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.Forward(shape, arguments);
        var (N, I, O) = (shape.N, shape.I, shape.O);
        _dense.Forward(new(arguments.Input, N, I), new(arguments.Weights, O, I), arguments.Bias, new(arguments.Output, N, O));
    }

    public void DenseBackward(in DenseShape shape, in DenseBackward arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.Backward(shape, arguments);
        var (N, I, O) = (shape.N, shape.I, shape.O);
        _dense.Backward(new(arguments.Input, N, I), new(arguments.Weights, O, I), new(arguments.OutputGradient, N, O),
            new(arguments.InputGradient, N, I), new(arguments.WeightsGradient, O, I), arguments.BiasGradient);
    }

    public long DenseCrossEntropyWorkspace(in DenseShape shape)
    {
        ThrowIfDisposed();
        ArgumentChecks.Shape(shape);
        return (long)DenseLayer<float>.RowsPerBlock(shape.N, shape.O) * shape.O;
    }

    public double DenseCrossEntropy(in DenseShape shape, in DenseCrossEntropy arguments)
    {
        ArgumentChecks.CrossEntropy(shape, arguments, DenseCrossEntropyWorkspace(shape));
        var (N, I, O) = (shape.N, shape.I, shape.O);
        return _dense.CrossEntropy(arguments.Scale, new(arguments.Input, N, I), new(arguments.Weights, O, I), arguments.Bias,
            arguments.Targets, arguments.Workspace, new(arguments.InputGradient, N, I), new(arguments.WeightsGradient, O, I),
            arguments.BiasGradient);
    }

    public double CrossEntropy(in CrossEntropy arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.CrossEntropy(arguments);
        var (N, V) = (arguments.Targets.Length, arguments.Classes);
        return Losses.CrossEntropy(arguments, new ReadOnlyMatrix<float>(arguments.Logits, N, V), new Matrix<float>(arguments.LogitsGradient, N, V));
    }

    public double PointwiseLoss(in PointwiseLoss arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.PointwiseLoss(arguments);
        return PointwiseLosses.Run(arguments, arguments.Input, arguments.Target, arguments.InputGradient);
    }

    public long CtcWorkspace(int T, int B, int S)
    {
        ThrowIfDisposed();
        ArgumentChecks.Ctc(T, B, S);
        return 0;
    }

    public double Ctc(in Ctc arguments)
    {
        ArgumentChecks.Ctc(arguments, CtcWorkspace(arguments.Shape.T, arguments.Shape.B, arguments.Shape.S));
        return CtcLoss.Run(arguments, arguments.Logits, arguments.LogitsGradient);
    }

    public double SumOfSquares(ReadOnlySpan<float> x)
    {
        ThrowIfDisposed();
        return Losses.SumOfSquares(x);
    }

    public void Update(in UpdateRule rule, in UpdateArrays arrays)
    {
        ThrowIfDisposed();
        ArgumentChecks.Update(rule, arrays);
        Updates.Run(rule, arrays.Parameters, arrays.Gradients, arrays.First, arrays.Second, arrays.Third);
    }

    public void Philox(ulong seed, ulong stream, ulong offset, Span<float> uniform)
    {
        ThrowIfDisposed();
        Numerics.Philox.FillUniform(seed, stream, offset, uniform);
    }

    public void DropoutMask(ulong seed, ulong stream, ulong offset, double rate, Span<float> mask)
    {
        ThrowIfDisposed();
        ArgumentChecks.DropoutRate(rate);
        Numerics.Philox.FillUniform(seed, stream, offset, mask);
        foreach (ref var element in mask)
            element = element < (float)rate ? 0 : (float)(1 / (1 - rate));
    }

    /// <summary>There is nothing to free, but whoever uses it afterwards would fail on the native backend.</summary>
    public void Dispose() => _disposed = true;

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
