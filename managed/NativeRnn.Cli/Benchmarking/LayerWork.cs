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
    private readonly int[] _stepRows;
    private readonly Dictionary<RecurrentRole, (AlignedBuffer Values, AlignedBuffer Gradients)> _parameters = [];
    private readonly AlignedBuffer _x, _y, _dx, _dy, _packed, _reserve, _workspace, _mask;
    private readonly AlignedBuffer _h0, _hT, _dh0, _c0, _cT, _dc0; // those of c are empty where the cell has none

    /// <param name="backend">What computes.</param>
    /// <param name="shape">The layer; masks and zoneout are drawn as it asks.</param>
    /// <param name="batch">The rows of a ragged layer; null where it is not ragged.</param>
    public LayerWork(IBackend backend, RecurrentShape shape, RaggedBatch? batch = null)
    {
        (_backend, _shape, _stepRows) = (backend, shape, batch?.StepRows.ToArray() ?? []);
        var (rows, width) = (batch?.Positions ?? (long)shape.T * shape.B, shape.OutputWidth);
        var sizes = backend.RecurrentSizes(shape);
        (_x, _dx) = (Uniform(rows * shape.I, 1, 1), new AlignedBuffer(rows * shape.I));
        (_y, _dy) = (new AlignedBuffer(rows * width), Uniform(rows * width, 0.01, 2));
        foreach (var parameter in RecurrentParameter.Of(shape))
        {
            var values = Uniform(parameter.Length, 1 / Math.Sqrt(shape.H), 3 + (ulong)parameter.Role);
            _parameters.Add(parameter.Role, (values, new AlignedBuffer(parameter.Length)));
        }
        (_packed, _reserve) = (new AlignedBuffer(sizes.Packed), new AlignedBuffer(sizes.Reserve));
        _workspace = new AlignedBuffer(sizes.Workspace);
        var (states, cellStates) = ((long)shape.B * width, CellInfo.Of(shape.Cell).HasCellState ? (long)shape.B * shape.H : 0);
        (_h0, _hT, _dh0) = (Uniform(states, 1, 20), new AlignedBuffer(states), new AlignedBuffer(states));
        (_c0, _cT, _dc0) = (Uniform(cellStates, 1, 21), new AlignedBuffer(cellStates), new AlignedBuffer(cellStates));
        _mask = new AlignedBuffer(shape.Masked ? states : 0);
        if (shape.Masked)
            backend.DropoutMask(1, 22, 0, Rate, _mask.Span);
        Pack();
    }

    /// <summary>The share of units that a mask drops and that zoneout keeps.</summary>
    public const float Rate = 0.25f;

    /// <summary>Floating-point operations of the forward products: the input's, the state's and the projection's, per position.</summary>
    public double ForwardFlops => 2.0 * _x.Length / _shape.I * _parameters.Where(parameter => IsMatrix(parameter.Key)).Sum(matrix => (double)matrix.Value.Values.Length);

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
            InputWeights = Values(RecurrentRole.InputWeights),
            Packed = _packed.Span,
            StepRows = _stepRows,
            HiddenMask = _mask.Span,
            Zoneout = Zoneout,
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
            "w_ih" => _parameters[RecurrentRole.InputWeights].Values,
            "w_hh" => _parameters[RecurrentRole.HiddenWeights].Values,
            "b_ih" => _parameters[RecurrentRole.InputBias].Values,
            "b_hh" => _parameters[RecurrentRole.HiddenBias].Values,
            "h0" => _h0,
            "c0" => _c0,
            "dy" => _dy,
            "y" => _y,
            "dx" => _dx,
            "dw_ih" => _parameters[RecurrentRole.InputWeights].Gradients,
            "dw_hh" => _parameters[RecurrentRole.HiddenWeights].Gradients,
            "db_ih" => _parameters[RecurrentRole.InputBias].Gradients,
            "db_hh" => _parameters[RecurrentRole.HiddenBias].Gradients,
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
            _x, _y, _dx, _dy, _packed, _reserve, _workspace, _mask, _h0, _hT, _dh0, _c0, _cT, _dc0,
            .. _parameters.Values.SelectMany(parameter => (AlignedBuffer[])[parameter.Values, parameter.Gradients]),
        ];
        foreach (var buffer in all)
            buffer.Dispose();
    }

    private Zoneout Zoneout => _shape.Zoneout ? new(_shape.Projection > 0 ? 0 : Rate, _c0.Length > 0 ? Rate : 0, 1, 23) : default;

    private static bool IsMatrix(RecurrentRole role) =>
        role is RecurrentRole.InputWeights or RecurrentRole.HiddenWeights or RecurrentRole.ProjectionWeights;

    private Span<float> Values(RecurrentRole role) => _parameters.TryGetValue(role, out var parameter) ? parameter.Values.Span : [];

    private Span<float> Gradients(RecurrentRole role) => _parameters.TryGetValue(role, out var parameter) ? parameter.Gradients.Span : [];

    private void Backward() =>
        _backend.RecurrentBackward(_shape, new RecurrentBackward
        {
            Input = _x.Span,
            InputWeights = Values(RecurrentRole.InputWeights),
            Packed = _packed.Span,
            StepRows = _stepRows,
            HiddenMask = _mask.Span,
            Zoneout = Zoneout,
            InitialHidden = _h0.Span,
            InitialCell = _c0.Span,
            Output = _y.Span,
            OutputGradient = _dy.Span,
            Reserve = _reserve.Span,
            Workspace = _workspace.Span,
            InputGradient = _dx.Span,
            InitialHiddenGradient = _dh0.Span,
            InitialCellGradient = _dc0.Span,
            InputWeightsGradient = Gradients(RecurrentRole.InputWeights),
            HiddenWeightsGradient = Gradients(RecurrentRole.HiddenWeights),
            InputBiasGradient = Gradients(RecurrentRole.InputBias),
            HiddenBiasGradient = Gradients(RecurrentRole.HiddenBias),
            ProjectionWeightsGradient = Gradients(RecurrentRole.ProjectionWeights),
            PeepholeWeightsGradient = Gradients(RecurrentRole.PeepholeWeights),
            InputGainGradient = Gradients(RecurrentRole.InputGain),
            HiddenGainGradient = Gradients(RecurrentRole.HiddenGain),
            CellGainGradient = Gradients(RecurrentRole.CellGain),
            CellBiasGradient = Gradients(RecurrentRole.CellBias),
        });

    private void Pack() =>
        _backend.RecurrentPack(_shape, new RecurrentWeights
        {
            InputWeights = Values(RecurrentRole.InputWeights),
            HiddenWeights = Values(RecurrentRole.HiddenWeights),
            InputBias = Values(RecurrentRole.InputBias),
            HiddenBias = Values(RecurrentRole.HiddenBias),
            ProjectionWeights = Values(RecurrentRole.ProjectionWeights),
            PeepholeWeights = Values(RecurrentRole.PeepholeWeights),
            InputGain = Values(RecurrentRole.InputGain),
            HiddenGain = Values(RecurrentRole.HiddenGain),
            CellGain = Values(RecurrentRole.CellGain),
            CellBias = Values(RecurrentRole.CellBias),
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
