using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>Losses and the norm of a vector. Terms are of type T, sums double. Blocks on the stack are the scratch memory.</summary>
internal static class Losses
{
    private const int Block = 256;

    /// <summary>
    /// scale · Σ (log Σ exp logits − logit of the target), the largest logit taken off first so that nothing overflows;
    /// ∂/∂logits = scale·(softmax − one-hot) unless empty, possibly in the memory of the logits.
    /// </summary>
    public static double CrossEntropy<T>(double scale, ReadOnlyMatrix<T> logits, ReadOnlySpan<int> targets, Matrix<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var loss = 0.0;
        for (var n = 0; n < logits.Rows; n++)
        {
            var row = logits[n];
            var target = targets[n];
            var max = TensorPrimitives.Max(row);
            var targetLogit = double.CreateChecked(row[target] - max);
            var rowGradient = gradient.IsEmpty ? default : gradient[n];
            var sum = Exponentials(row, max, rowGradient);
            loss += Math.Log(sum) - targetLogit;
            if (!rowGradient.IsEmpty)
            {
                TensorPrimitives.Multiply(rowGradient, T.CreateChecked(scale / sum), rowGradient);
                rowGradient[target] -= T.CreateChecked(scale);
            }
        }
        return scale * loss;
    }

    /// <summary>
    /// The same with the settings of <see cref="Backends.CrossEntropy"/>. With A = (1 − ε)·w[target] + ε/V·Σw a row's loss is
    /// A·(log Σ exp − z) + ε/V·Σ w[v]·(z − logit[v]), where z is the target's logit: nothing cancels where logits are large.
    /// </summary>
    public static double CrossEntropy<T>(in CrossEntropy settings, ReadOnlyMatrix<T> logits, Matrix<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var V = settings.Classes;
        var targets = settings.Targets;
        var weights = settings.ClassWeights;
        var (share, weightSum, total, loss) = (settings.LabelSmoothing / V, weights.IsEmpty ? V : 0.0, 0.0, 0.0);
        foreach (var weight in weights)
            weightSum += weight;
        foreach (var target in targets)
            total += target == settings.IgnoreIndex ? 0 : weights.IsEmpty ? 1 : weights[target];
        var scale = !settings.Mean ? settings.Scale : total > 0 ? settings.Scale / total : 0;
        for (var n = 0; n < targets.Length; n++)
        {
            var target = targets[n];
            var rowGradient = gradient.IsEmpty ? default : gradient[n];
            if (target == settings.IgnoreIndex)
            {
                rowGradient.Clear();
                continue;
            }
            var factor = (1 - settings.LabelSmoothing) * (weights.IsEmpty ? 1 : weights[target]) + share * weightSum;
            var gap = 0.0;
            for (var v = 0; share > 0 && v < V; v++)
                gap += (weights.IsEmpty ? 1 : weights[v]) * double.CreateChecked(logits[n][target] - logits[n][v]);
            var row = gradient.IsEmpty ? default : gradient.Slice(n, 1);
            loss += factor * CrossEntropy(1, logits.Slice(n, 1), targets.Slice(n, 1), row) + share * gap;
            TensorPrimitives.Multiply(rowGradient, T.CreateChecked(scale * factor), rowGradient);
            for (var v = 0; share > 0 && v < rowGradient.Length; v++)
                rowGradient[v] += T.CreateChecked(scale * share * ((v == target ? weightSum : 0) - (weights.IsEmpty ? 1 : weights[v])));
        }
        return scale * loss;
    }

    /// <summary>Writes exp(x − max) unless <paramref name="exponentials"/> is empty; returns their sum, the same either way.</summary>
    private static double Exponentials<T>(ReadOnlySpan<T> x, T max, Span<T> exponentials) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> scratch = stackalloc T[Block];
        var sum = 0.0;
        for (var first = 0; first < x.Length; first += Block)
        {
            var part = x.Slice(first, Math.Min(Block, x.Length - first));
            var result = exponentials.IsEmpty ? scratch[..part.Length] : exponentials.Slice(first, part.Length);
            TensorPrimitives.Subtract(part, max, result);
            TensorPrimitives.Exp<T>(result, result);
            sum += double.CreateChecked(TensorPrimitives.Sum<T>(result));
        }
        return sum;
    }

    /// <summary>Σ x², squared and summed in double precision.</summary>
    public static double SumOfSquares<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<double> wide = stackalloc double[Block];
        var sum = 0.0;
        for (var first = 0; first < x.Length; first += Block)
        {
            var part = x.Slice(first, Math.Min(Block, x.Length - first));
            TensorPrimitives.ConvertChecked(part, wide);
            sum += TensorPrimitives.SumOfSquares<double>(wide[..part.Length]);
        }
        return sum;
    }
}
