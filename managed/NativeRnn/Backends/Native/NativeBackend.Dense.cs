using static NativeRnn.Backends.Native.NativeMethods;

namespace NativeRnn.Backends.Native;

/// <content>Dense layers.</content>
public sealed unsafe partial class NativeBackend
{
    /// <inheritdoc/>
    public void DenseForward(in DenseShape shape, in DenseForward arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.Forward(shape, arguments);
        fixed (float* x = arguments.Input, w = arguments.Weights, b = arguments.Bias, y = arguments.Output)
        {
            var args = new nrnn_dense_args { N = shape.N, I = shape.I, O = shape.O, x = x, w = w, b = b, y = y };
            lock (_gate)
                NativeContext.Check(nrnn_dense_forward(_context, &args), nameof(nrnn_dense_forward));
        }
    }

    /// <inheritdoc/>
    public void DenseBackward(in DenseShape shape, in DenseBackward arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.Backward(shape, arguments);
        fixed (float* x = arguments.Input, w = arguments.Weights, dy = arguments.OutputGradient)
        fixed (float* dx = arguments.InputGradient, dw = arguments.WeightsGradient, db = arguments.BiasGradient)
        {
            var args = new nrnn_dense_args
            {
                N = shape.N,
                I = shape.I,
                O = shape.O,
                x = x,
                w = w,
                b = db, // the library wants both or none, and reads only db
                dy = dy,
                dx = dx,
                dw = dw,
                db = db,
            };
            lock (_gate)
                NativeContext.Check(nrnn_dense_backward(_context, &args), nameof(nrnn_dense_backward));
        }
    }

    /// <inheritdoc/>
    public long DenseCrossEntropyWorkspace(in DenseShape shape)
    {
        ThrowIfDisposed();
        ArgumentChecks.Shape(shape);
        var floats = nrnn_dense_cross_entropy_workspace(shape.N, shape.I, shape.O);
        return floats >= 0 ? floats : throw new ArgumentException($"{shape} has more logits than can be addressed", nameof(shape));
    }

    /// <inheritdoc/>
    public double DenseCrossEntropy(in DenseShape shape, in DenseCrossEntropy arguments)
    {
        ArgumentChecks.CrossEntropy(shape, arguments, DenseCrossEntropyWorkspace(shape));
        fixed (float* x = arguments.Input, w = arguments.Weights, b = arguments.Bias, workspace = arguments.Workspace)
        fixed (float* dx = arguments.InputGradient, dw = arguments.WeightsGradient, db = arguments.BiasGradient)
        fixed (int* targets = arguments.Targets)
        {
            var args = new nrnn_dense_cross_entropy_args
            {
                N = shape.N,
                I = shape.I,
                V = shape.O,
                scale = arguments.Scale,
                x = x,
                w = w,
                b = b,
                targets = targets,
                dx = dx,
                dw = dx == null ? null : dw,
                db = dx == null ? null : db,
                workspace = workspace,
            };
            lock (_gate)
                NativeContext.Check(nrnn_dense_cross_entropy(_context, &args), nameof(nrnn_dense_cross_entropy));
            return args.loss;
        }
    }
}
