using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>One recurrent layer on random data: forward, and forward then backward with all gradients. Memory is made once.</summary>
internal sealed class LayerWork : IDisposable
{
    private readonly IBackend _backend;
    private readonly RecurrentShape _shape;
    private readonly int _gates;
    private readonly AlignedBuffer _x, _y, _dx, _dy, _wIh, _wHh, _bIh, _bHh, _dwIh, _dwHh, _dbIh, _dbHh, _packed, _reserve, _workspace;

    public LayerWork(IBackend backend, RecurrentShape shape)
    {
        (_backend, _shape) = (backend, shape);
        _gates = CellInfo.Of(shape.Cell).Gates;
        var (rows, positions) = (_gates * shape.H, (long)shape.T * shape.B);
        var sizes = backend.RecurrentSizes(shape);
        (_x, _dx) = (Uniform(positions * shape.I, 1, 1), new AlignedBuffer(positions * shape.I));
        (_y, _dy) = (new AlignedBuffer(positions * shape.H), Uniform(positions * shape.H, 0.01, 2));
        var bound = 1 / Math.Sqrt(shape.H);
        (_wIh, _dwIh) = (Uniform((long)rows * shape.I, bound, 3), new AlignedBuffer((long)rows * shape.I));
        (_wHh, _dwHh) = (Uniform((long)rows * shape.H, bound, 4), new AlignedBuffer((long)rows * shape.H));
        (_bIh, _bHh) = (Uniform(rows, bound, 5), Uniform(rows, bound, 6));
        (_dbIh, _dbHh) = (new AlignedBuffer(rows), new AlignedBuffer(rows));
        (_packed, _reserve) = (new AlignedBuffer(sizes.Packed), new AlignedBuffer(sizes.Reserve));
        _workspace = new AlignedBuffer(sizes.Workspace);
        Pack();
    }

    /// <summary>Floating-point operations of the forward products: 2·G·H·(I + H) per position.</summary>
    public double ForwardFlops => 2.0 * _gates * _shape.H * (_shape.I + (double)_shape.H) * _shape.T * _shape.B;

    /// <summary>Those of forward and backward: backward has twice as many.</summary>
    public double Flops => 3 * ForwardFlops;

    /// <summary>As in training: packs the weights as after an update, then forward and backward.</summary>
    public void Run()
    {
        Pack();
        Forward();
        Backward();
    }

    /// <summary>As in evaluation: the weights are packed already.</summary>
    public void Forward() =>
        _backend.RecurrentForward(_shape, new RecurrentForward
        {
            Input = _x.Span,
            InputWeights = _wIh.Span,
            Packed = _packed.Span,
            Output = _y.Span,
            Reserve = _reserve.Span,
            Workspace = _workspace.Span,
        });

    public void Dispose()
    {
        AlignedBuffer[] all = [_x, _y, _dx, _dy, _wIh, _wHh, _bIh, _bHh, _dwIh, _dwHh, _dbIh, _dbHh, _packed, _reserve, _workspace];
        foreach (var buffer in all)
            buffer.Dispose();
    }

    private void Backward() =>
        _backend.RecurrentBackward(_shape, new RecurrentBackward
        {
            Input = _x.Span,
            InputWeights = _wIh.Span,
            Packed = _packed.Span,
            Output = _y.Span,
            OutputGradient = _dy.Span,
            Reserve = _reserve.Span,
            Workspace = _workspace.Span,
            InputGradient = _dx.Span,
            InputWeightsGradient = _dwIh.Span,
            HiddenWeightsGradient = _dwHh.Span,
            InputBiasGradient = _dbIh.Span,
            HiddenBiasGradient = _dbHh.Span,
        });

    private void Pack() =>
        _backend.RecurrentPack(_shape, new RecurrentWeights
        {
            InputWeights = _wIh.Span,
            HiddenWeights = _wHh.Span,
            InputBias = _bIh.Span,
            HiddenBias = _bHh.Span,
        }, _packed.Span);

    private static AlignedBuffer Uniform(long length, double bound, ulong stream)
    {
        var buffer = new AlignedBuffer(length);
        Philox.FillUniform(1, stream, 0, buffer.Span);
        foreach (ref var value in buffer.Span)
            value = (float)((2 * value - 1) * bound);
        return buffer;
    }
}
