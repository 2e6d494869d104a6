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
        fixed (float* packedPointer = packed)
        {
            var args = new nrnn_recurrent_weights
            {
                w_ih = w_ih,
                w_hh = w_hh,
                b_ih = shape.HasBias ? b_ih : null,
                b_hh = shape.HasBias ? b_hh : null,
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
        fixed (float* reserve = arguments.Reserve, workspace = arguments.Workspace)
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
        fixed (float* reserve = arguments.Reserve, workspace = arguments.Workspace)
        fixed (float* dx = arguments.InputGradient, dh_0 = arguments.InitialHiddenGradient, dc_0 = arguments.InitialCellGradient)
        fixed (float* dw_ih = arguments.InputWeightsGradient, dw_hh = arguments.HiddenWeightsGradient)
        fixed (float* db_ih = arguments.InputBiasGradient, db_hh = arguments.HiddenBiasGradient)
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
                dw_hh = dw_hh,
                db_ih = shape.HasBias ? db_ih : null,
                db_hh = shape.HasBias ? db_hh : null,
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
        x_stride = shape.ActualInputStride,
        y_stride = shape.ActualOutputStride,
    };
}
