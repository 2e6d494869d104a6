namespace NativeRnn.Backends.Managed;

/// <content>Recurrent layers.</content>
internal sealed partial class ManagedBackend
{
    public RecurrentSizes RecurrentSizes(in RecurrentShape shape)
    {
        ThrowIfDisposed();
        ArgumentChecks.Shape(shape);
        return _layers[(int)shape.Cell].Sizes(shape);
    }

    public void RecurrentPack(in RecurrentShape shape, in RecurrentWeights weights, Span<float> packed)
    {
        ArgumentChecks.Weights(shape, weights, packed, RecurrentSizes(shape).Packed);
        _layers[(int)shape.Cell].Pack(shape, new LayerWeights<float>
        {
            Hidden = weights.HiddenWeights,
            InputBias = weights.InputBias,
            HiddenBias = weights.HiddenBias,
            Projection = weights.ProjectionWeights,
            Parameters = new()
            {
                Peephole = weights.PeepholeWeights,
                InputGain = weights.InputGain,
                HiddenGain = weights.HiddenGain,
                CellGain = weights.CellGain,
                CellBias = weights.CellBias,
            },
        }, packed);
    }

    public void RecurrentForward(in RecurrentShape shape, in RecurrentForward arguments)
    {
        ArgumentChecks.Forward(shape, arguments, RecurrentSizes(shape));
        var (rows, B, I, H, W) = ((int)shape.Rows, shape.B, shape.I, shape.H, shape.OutputWidth);
        _layers[(int)shape.Cell].Forward(shape, new RecurrentContext<float>
        {
            Input = new(arguments.Input, rows, I, shape.ActualInputStride),
            InputWeights = new(arguments.InputWeights, CellInfo.Of(shape.Cell).Gates * H, I),
            Packed = arguments.Packed,
            StepRows = arguments.StepRows,
            HiddenMask = new(arguments.HiddenMask, B, W),
            Zoneout = arguments.Zoneout,
            InitialHidden = new(arguments.InitialHidden, B, W),
            InitialCell = new(arguments.InitialCell, B, H),
            Reserve = arguments.Reserve,
            Workspace = arguments.Workspace,
        }, new RecurrentResults<float>
        {
            Output = new(arguments.Output, rows, W, shape.ActualOutputStride),
            FinalHidden = new(arguments.FinalHidden, B, W),
            FinalCell = new(arguments.FinalCell, B, H),
        });
    }

    public void RecurrentBackward(in RecurrentShape shape, in RecurrentBackward arguments)
    {
        ArgumentChecks.Backward(shape, arguments, RecurrentSizes(shape));
        var (rows, B, I, H, W) = ((int)shape.Rows, shape.B, shape.I, shape.H, shape.OutputWidth);
        var gates = CellInfo.Of(shape.Cell).Gates * H;
        _layers[(int)shape.Cell].Backward(shape, new RecurrentContext<float>
        {
            Input = new(arguments.Input, rows, I, shape.ActualInputStride),
            InputWeights = new(arguments.InputWeights, gates, I),
            Packed = arguments.Packed,
            StepRows = arguments.StepRows,
            HiddenMask = new(arguments.HiddenMask, B, W),
            Zoneout = arguments.Zoneout,
            Reserve = arguments.Reserve,
            Workspace = arguments.Workspace,
        }, new RecurrentGradients<float>
        {
            Output = new(arguments.OutputGradient, rows, W, shape.ActualOutputStride),
            FinalHidden = new(arguments.FinalHiddenGradient, B, W),
            FinalCell = new(arguments.FinalCellGradient, B, H),
            Input = new(arguments.InputGradient, rows, I, shape.ActualInputStride),
            InitialHidden = new(arguments.InitialHiddenGradient, B, W),
            InitialCell = new(arguments.InitialCellGradient, B, H),
            InputWeights = new(arguments.InputWeightsGradient, gates, I),
            HiddenWeights = new(arguments.HiddenWeightsGradient, shape.HiddenWeights.Rows, shape.HiddenWeights.Columns),
            InputBias = arguments.InputBiasGradient,
            HiddenBias = arguments.HiddenBiasGradient,
            ProjectionWeights = new(arguments.ProjectionWeightsGradient, shape.Projection, H),
            Parameters = new()
            {
                Peephole = arguments.PeepholeWeightsGradient,
                InputGain = arguments.InputGainGradient[..(int)shape.GainLength],
                HiddenGain = arguments.HiddenGainGradient[..(int)shape.GainLength],
                CellGain = arguments.CellGainGradient[..(int)shape.CellGainLength],
                CellBias = arguments.CellBiasGradient[..(int)shape.CellGainLength],
            },
        });
    }
}
