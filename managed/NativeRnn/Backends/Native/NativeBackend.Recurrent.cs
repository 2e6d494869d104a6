using static NativeRnn.Backends.Native.NativeMethods;

namespace NativeRnn.Backends.Native;

/// <content>Recurrent layers.</content>
public sealed unsafe partial class NativeBackend
{
    /// <inheritdoc/>
    public RecurrentSizes RecurrentSizes(in RecurrentShape shape)
    {
        ThrowIfDisposed();
        ArgumentChecks.Shape(shape);
        var native = Native(shape);
        nrnn_recurrent_sizes sizes;
        lock (_gate)
            NativeContext.Check(nrnn_recurrent_sizes_of(_context, &native, &sizes), nameof(nrnn_recurrent_sizes_of));
        return new RecurrentSizes(sizes.packed, sizes.reserve, sizes.workspace);
    }

    /// <inheritdoc/>
    public void RecurrentPack(in RecurrentShape shape, in RecurrentWeights weights, Span<float> packed)
    {
        ArgumentChecks.Weights(shape, weights, packed, RecurrentSizes(shape).Packed);
        var native = Native(shape);
        fixed (float* w_ih = weights.InputWeights, w_hh = weights.HiddenWeights, b_ih = weights.InputBias, b_hh = weights.HiddenBias)
        fixed (float* w_hr = weights.ProjectionWeights, w_peephole = weights.PeepholeWeights)
        fixed (float* ln_ih_gain = weights.InputGain, ln_hh_gain = weights.HiddenGain, ln_c_gain = weights.CellGain, ln_c_bias = weights.CellBias)
        fixed (float* packedPointer = packed)
        {
            var args = new nrnn_recurrent_weights
            {
                w_ih = w_ih,
                w_hh = shape.HiddenWeights.Rows > 0 ? w_hh : null,
                b_ih = shape.HasBias ? b_ih : null,
                b_hh = shape.HiddenBiasLength > 0 ? b_hh : null,
                w_hr = w_hr,
                w_peephole = w_peephole,
                ln_ih_gain = ln_ih_gain,
                ln_hh_gain = ln_hh_gain,
                ln_c_gain = ln_c_gain,
                ln_c_bias = ln_c_bias,
            };
            lock (_gate)
                NativeContext.Check(nrnn_recurrent_pack(_context, &native, &args, packedPointer), nameof(nrnn_recurrent_pack));
        }
    }

    /// <inheritdoc/>
    public void RecurrentForward(in RecurrentShape shape, in RecurrentForward arguments)
    {
        ArgumentChecks.Forward(shape, arguments, RecurrentSizes(shape));
        var native = Native(shape);
        fixed (float* x = arguments.Input, w_ih = arguments.InputWeights, packed = arguments.Packed)
        fixed (float* h_0 = arguments.InitialHidden, c_0 = arguments.InitialCell)
        fixed (float* y = arguments.Output, h_n = arguments.FinalHidden, c_n = arguments.FinalCell)
        fixed (float* reserve = arguments.Reserve, workspace = arguments.Workspace, h_mask = arguments.HiddenMask)
        fixed (int* step_rows = arguments.StepRows)
        {
            var args = new nrnn_recurrent_forward_args
            {
                x = x,
                w_ih = w_ih,
                packed = packed,
                h_0 = h_0,
                c_0 = c_0,
                y = y,
                h_n = h_n,
                c_n = c_n,
                reserve = reserve,
                workspace = workspace,
                step_rows = step_rows,
                h_mask = h_mask,
                zoneout = Native(arguments.Zoneout),
            };
            lock (_gate)
                NativeContext.Check(nrnn_recurrent_forward(_context, &native, &args), nameof(nrnn_recurrent_forward));
        }
    }

    /// <inheritdoc/>
    public void RecurrentBackward(in RecurrentShape shape, in RecurrentBackward arguments)
    {
        ArgumentChecks.Backward(shape, arguments, RecurrentSizes(shape));
        var native = Native(shape);
        fixed (float* x = arguments.Input, w_ih = arguments.InputWeights, packed = arguments.Packed, y = arguments.Output)
        fixed (float* h_0 = arguments.InitialHidden, c_0 = arguments.InitialCell)
        fixed (float* dy = arguments.OutputGradient, dh_n = arguments.FinalHiddenGradient, dc_n = arguments.FinalCellGradient)
        fixed (float* reserve = arguments.Reserve, workspace = arguments.Workspace, h_mask = arguments.HiddenMask)
        fixed (int* step_rows = arguments.StepRows)
        fixed (float* dx = arguments.InputGradient, dh_0 = arguments.InitialHiddenGradient, dc_0 = arguments.InitialCellGradient)
        fixed (float* dw_ih = arguments.InputWeightsGradient, dw_hh = arguments.HiddenWeightsGradient)
        fixed (float* db_ih = arguments.InputBiasGradient, db_hh = arguments.HiddenBiasGradient)
        fixed (float* dw_hr = arguments.ProjectionWeightsGradient, dw_peephole = arguments.PeepholeWeightsGradient)
        fixed (float* dln_ih_gain = arguments.InputGainGradient, dln_hh_gain = arguments.HiddenGainGradient)
        fixed (float* dln_c_gain = arguments.CellGainGradient, dln_c_bias = arguments.CellBiasGradient)
        {
            var args = new nrnn_recurrent_backward_args
            {
                x = x,
                w_ih = w_ih,
                packed = packed,
                h_0 = h_0,
                c_0 = c_0,
                y = y,
                dy = dy,
                dh_n = dh_n,
                dc_n = dc_n,
                reserve = reserve,
                workspace = workspace,
                dx = dx,
                dh_0 = dh_0,
                dc_0 = dc_0,
                dw_ih = dw_ih,
                dw_hh = shape.HiddenWeights.Rows > 0 ? dw_hh : null,
                db_ih = shape.HasBias ? db_ih : null,
                db_hh = shape.HiddenBiasLength > 0 ? db_hh : null,
                step_rows = step_rows,
                h_mask = h_mask,
                zoneout = Native(arguments.Zoneout),
                dw_hr = dw_hr,
                dw_peephole = dw_peephole,
                dln_ih_gain = dln_ih_gain,
                dln_hh_gain = dln_hh_gain,
                dln_c_gain = dln_c_gain,
                dln_c_bias = dln_c_bias,
            };
            lock (_gate)
                NativeContext.Check(nrnn_recurrent_backward(_context, &native, &args), nameof(nrnn_recurrent_backward));
        }
    }

    private static nrnn_recurrent_shape Native(in RecurrentShape shape) => new()
    {
        cell = (int)shape.Cell,
        has_bias = shape.HasBias ? 1 : 0,
        T = shape.T,
        B = shape.B,
        I = shape.I,
        H = shape.H,
        reverse = shape.Reverse ? 1 : 0,
        P = shape.Projection,
        x_stride = shape.ActualInputStride,
        y_stride = shape.ActualOutputStride,
        R = shape.RaggedRows,
        gate = Native(shape.GateActivation),
        candidate = Native(shape.CandidateActivation),
        output = Native(shape.OutputActivation),
        clip = shape.Clip,
        masked = shape.Masked ? 1 : 0,
        zoneout = shape.Zoneout ? 1 : 0,
    };

    private static nrnn_activation Native(Activation activation) =>
        new() { kind = (int)activation.Kind, alpha = activation.Alpha, beta = activation.Beta };

    private static nrnn_zoneout Native(Zoneout zoneout) => new()
    {
        h = zoneout.Hidden,
        c = zoneout.Cell,
        expect = zoneout.Expected ? 1 : 0,
        seed = zoneout.Seed,
        stream = zoneout.Stream,
    };
}
