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

    /// <summary>scale · Σ (input − target)²; ∂/∂input = 2·scale·(input − target) unless empty.</summary>
    public static double SquaredError<T>(double scale, ReadOnlySpan<T> input, ReadOnlySpan<T> target, Span<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> scratch = stackalloc T[Block];
        var sum = 0.0;
        for (var first = 0; first < input.Length; first += Block)
        {
            var count = Math.Min(Block, input.Length - first);
            var difference = scratch[..count];
            TensorPrimitives.Subtract(input.Slice(first, count), target.Slice(first, count), difference);
            sum += SumOfSquares<T>(difference);
            if (!gradient.IsEmpty)
                TensorPrimitives.Multiply(difference, T.CreateChecked(2 * scale), gradient.Slice(first, count));
        }
        return scale * sum;
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
