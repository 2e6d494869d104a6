using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>
/// One recurrent layer on random data, with initial states: forward, and forward then backward with all gradients. Memory is made once.
/// </summary>
internal sealed class LayerWork : IDisposable
{
    private readonly IBackend _backend;
    private readonly RecurrentShape _shape;
    private readonly int _gates;
    private readonly AlignedBuffer _x, _y, _dx, _dy, _wIh, _wHh, _bIh, _bHh, _dwIh, _dwHh, _dbIh, _dbHh, _packed, _reserve, _workspace;
    private readonly AlignedBuffer _h0, _hT, _dh0, _c0, _cT, _dc0; // those of c are empty where the cell has none

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
        var (states, cellStates) = ((long)shape.B * shape.H, CellInfo.Of(shape.Cell).HasCellState ? (long)shape.B * shape.H : 0);
        (_h0, _hT, _dh0) = (Uniform(states, 1, 7), new AlignedBuffer(states), new AlignedBuffer(states));
        (_c0, _cT, _dc0) = (Uniform(cellStates, 1, 8), new AlignedBuffer(cellStates), new AlignedBuffer(cellStates));
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

    /// <summary>As in inference: the weights are packed already. The one place to change when a backend can do without a reserve.</summary>
    public void Infer() => Forward();

    /// <summary>The forward pass of training, with weights that are packed already.</summary>
    public void Forward() =>
        _backend.RecurrentForward(_shape, new RecurrentForward
        {
            Input = _x.Span,
            InputWeights = _wIh.Span,
            Packed = _packed.Span,
            InitialHidden = _h0.Span,
            InitialCell = _c0.Span,
            Output = _y.Span,
            FinalHidden = _hT.Span,
            FinalCell = _cT.Span,
            Reserve = _reserve.Span,
            Workspace = _workspace.Span,
        });

    /// <summary>A copy of an array that is read or written, by the name that bench/peers/README.md gives it.</summary>
    public float[] Copy(string name)
    {
        var array = name switch
        {
            "x" => _x,
            "w_ih" => _wIh,
            "w_hh" => _wHh,
            "b_ih" => _bIh,
            "b_hh" => _bHh,
            "h0" => _h0,
            "c0" => _c0,
            "dy" => _dy,
            "y" => _y,
            "dx" => _dx,
            "dw_ih" => _dwIh,
            "dw_hh" => _dwHh,
            "db_ih" => _dbIh,
            "db_hh" => _dbHh,
            "dh0" => _dh0,
            "dc0" => _dc0,
            _ => throw new ArgumentException($"there is no array {name}", nameof(name)),
        };
        return array.Span.ToArray();
    }

    public void Dispose()
    {
        AlignedBuffer[] all =
        [
            _x, _y, _dx, _dy, _wIh, _wHh, _bIh, _bHh, _dwIh, _dwHh, _dbIh, _dbHh, _packed, _reserve, _workspace, _h0, _hT, _dh0, _c0, _cT, _dc0,
        ];
        foreach (var buffer in all)
            buffer.Dispose();
    }

    private void Backward() =>
        _backend.RecurrentBackward(_shape, new RecurrentBackward
        {
            Input = _x.Span,
            InputWeights = _wIh.Span,
            Packed = _packed.Span,
            InitialHidden = _h0.Span,
            InitialCell = _c0.Span,
            Output = _y.Span,
            OutputGradient = _dy.Span,
            Reserve = _reserve.Span,
            Workspace = _workspace.Span,
            InputGradient = _dx.Span,
            InitialHiddenGradient = _dh0.Span,
            InitialCellGradient = _dc0.Span,
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
