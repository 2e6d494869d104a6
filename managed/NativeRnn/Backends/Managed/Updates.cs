using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>The update rules. A block on the stack holds the gradient as the rule sees it: scaled, with the decay added.</summary>
internal static class Updates
{
    private const int Block = 256;

    /// <summary>One update by <paramref name="rule"/>; <paramref name="velocity"/> is empty where momentum is 0.</summary>
    public static void Sgd<T>(in SgdRule rule, double gradientScale, Span<T> parameters, ReadOnlySpan<T> gradients, Span<T> velocity)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> scratch = stackalloc T[Block];
        var momentum = T.CreateChecked(rule.Momentum);
        var step = T.CreateChecked(-rule.LearningRate);
        for (var first = 0; first < parameters.Length; first += Block)
        {
            var p = parameters.Slice(first, Math.Min(Block, parameters.Length - first));
            var g = scratch[..p.Length];
            ScaleAndDecay(gradientScale, rule.WeightDecay, p, gradients.Slice(first, p.Length), g);
            if (!velocity.IsEmpty)
            {
                var v = velocity.Slice(first, p.Length);
                TensorPrimitives.MultiplyAdd<T>(v, momentum, g, v);
                if (rule.Nesterov)
                    TensorPrimitives.MultiplyAdd<T>(v, momentum, g, g);
                else
                    v.CopyTo(g);
            }
            TensorPrimitives.MultiplyAdd<T>(g, step, p, p);
        }
    }

    /// <summary>
    /// One update by <paramref name="rule"/>: m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; p −= rate/(1−β₁ⁿ)·m / (√v/√(1−β₂ⁿ) + ε).
    /// </summary>
    public static void Adam<T>(in AdamRule rule, double gradientScale, Span<T> parameters, ReadOnlySpan<T> gradients, Span<T> m, Span<T> v)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> scratch = stackalloc T[Block];
        var (beta1, rest1) = (T.CreateChecked(rule.Beta1), T.CreateChecked(1 - rule.Beta1));
        var (beta2, rest2) = (T.CreateChecked(rule.Beta2), T.CreateChecked(1 - rule.Beta2));
        var step = T.CreateChecked(-rule.LearningRate / (1 - Math.Pow(rule.Beta1, rule.Step)));
        var rootCorrection = T.CreateChecked(1 / Math.Sqrt(1 - Math.Pow(rule.Beta2, rule.Step)));
        var epsilon = T.CreateChecked(rule.Epsilon);
        for (var first = 0; first < parameters.Length; first += Block)
        {
            var p = parameters.Slice(first, Math.Min(Block, parameters.Length - first));
            var g = scratch[..p.Length];
            ScaleAndDecay(gradientScale, rule.WeightDecay, p, gradients.Slice(first, p.Length), g);
            Average(g, rest1, beta1, m.Slice(first, p.Length));
            TensorPrimitives.Multiply<T>(g, g, g);
            Average(g, rest2, beta2, v.Slice(first, p.Length));

            TensorPrimitives.Sqrt(v.Slice(first, p.Length), g);
            TensorPrimitives.Multiply(g, rootCorrection, g);
            TensorPrimitives.Add(g, epsilon, g);
            TensorPrimitives.Divide(m.Slice(first, p.Length), g, g);
            TensorPrimitives.MultiplyAdd<T>(g, step, p, p);
        }
    }

    /// <summary>g = scale·gradient + decay·p.</summary>
    private static void ScaleAndDecay<T>(double scale, double decay, ReadOnlySpan<T> p, ReadOnlySpan<T> gradient, Span<T> g)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply(gradient, T.CreateChecked(scale), g);
        if (decay != 0)
            TensorPrimitives.MultiplyAdd(p, T.CreateChecked(decay), g, g);
    }

    /// <summary>average = keep·average + rest·x.</summary>
    private static void Average<T>(ReadOnlySpan<T> x, T rest, T keep, Span<T> average) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply(average, keep, average);
        TensorPrimitives.MultiplyAdd(x, rest, average, average);
    }
}
