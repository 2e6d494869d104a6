using static NativeRnn.Backends.Native.NativeMethods;

namespace NativeRnn.Backends.Native;

/// <content>Losses.</content>
public sealed unsafe partial class NativeBackend
{
    /// <inheritdoc/>
    public double CrossEntropy(in CrossEntropy arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.CrossEntropy(arguments);
        if (arguments.Targets.IsEmpty)
            return 0;
        fixed (float* logits = arguments.Logits, dlogits = arguments.LogitsGradient, weights = arguments.ClassWeights)
        fixed (int* targets = arguments.Targets)
        {
            var args = new nrnn_cross_entropy_args
            {
                N = arguments.Targets.Length,
                V = arguments.Classes,
                mean = arguments.Mean ? 1 : 0,
                ignores = arguments.IgnoreIndex is null ? 0 : 1,
                ignored = arguments.IgnoreIndex ?? 0,
                scale = arguments.Scale,
                label_smoothing = arguments.LabelSmoothing,
                class_weights = weights,
                logits = logits,
                targets = targets,
                dlogits = dlogits,
            };
            lock (_gate)
                NativeContext.Check(nrnn_cross_entropy(_context, &args), nameof(nrnn_cross_entropy));
            return args.loss;
        }
    }

    /// <inheritdoc/>
    public double PointwiseLoss(in PointwiseLoss arguments)
    {
        ThrowIfDisposed();
        ArgumentChecks.PointwiseLoss(arguments);
        if (arguments.Target.IsEmpty)
            return 0;
        fixed (float* input = arguments.Input, target = arguments.Target, dinput = arguments.InputGradient)
        fixed (float* weights = arguments.Weights, positive = arguments.PositiveWeights)
        {
            var args = new nrnn_pointwise_loss_args
            {
                loss_kind = (int)arguments.Kind,
                columns = arguments.Columns,
                N = arguments.Target.Length / arguments.Columns,
                scale = arguments.Scale,
                setting = arguments.Setting,
                floor = arguments.Floor,
                weights = weights,
                positive_weights = positive,
                input = input,
                target = target,
                dinput = dinput,
            };
            lock (_gate)
                NativeContext.Check(nrnn_pointwise_loss(_context, &args), nameof(nrnn_pointwise_loss));
            return args.loss;
        }
    }

    /// <inheritdoc/>
    public long CtcWorkspace(int T, int B, int S)
    {
        ThrowIfDisposed();
        ArgumentChecks.Ctc(T, B, S);
        return nrnn_ctc_workspace(T, B, S);
    }

    /// <inheritdoc/>
    public double Ctc(in Ctc arguments)
    {
        var (T, B, C, S) = arguments.Shape;
        ArgumentChecks.Ctc(arguments, CtcWorkspace(T, B, S));
        fixed (float* logits = arguments.Logits, dlogits = arguments.LogitsGradient, workspace = arguments.Workspace)
        fixed (int* targets = arguments.Targets, inputLengths = arguments.InputLengths, targetLengths = arguments.TargetLengths)
        {
            var args = new nrnn_ctc_args
            {
                T = T,
                B = B,
                C = C,
                S = S,
                blank = arguments.Blank,
                mean = arguments.Mean ? 1 : 0,
                zero_infinity = arguments.ZeroInfinity ? 1 : 0,
                scale = arguments.Scale,
                logits = logits,
                targets = targets,
                input_lengths = inputLengths,
                target_lengths = targetLengths,
                dlogits = dlogits,
                workspace = workspace,
            };
            lock (_gate)
                NativeContext.Check(nrnn_ctc(_context, &args), nameof(nrnn_ctc));
            return args.loss;
        }
    }
}
