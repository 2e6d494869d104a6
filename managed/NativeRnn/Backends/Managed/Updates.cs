using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>The update rules, a block at a time: each turns the gradient of the block into the step, which is then taken.</summary>
internal static class Updates
{
    private const int Length = 256;

    /// <summary>One update by <paramref name="rule"/>; the states are those of <see cref="UpdateArrays"/>.</summary>
    public static void Run<T>(
        in UpdateRule rule, Span<T> parameters, ReadOnlySpan<T> gradients, Span<T> first, Span<T> second, Span<T> third)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> gradient = stackalloc T[Length], scratch = stackalloc T[Length];
        for (var start = 0; start < parameters.Length; start += Length)
        {
            var n = Math.Min(Length, parameters.Length - start);
            var block = new Block<T>
            {
                P = parameters.Slice(start, n),
                G = gradient[..n],
                Scratch = scratch[..n],
                First = Part(first, start, n),
                Second = Part(second, start, n),
                Third = Part(third, start, n),
            };
            SeeGradient(rule, gradients.Slice(start, n), block);
            if (rule.Shrink != 0)
                TensorPrimitives.MultiplyAdd<T>(block.P, T.CreateChecked(-rule.Shrink), block.P, block.P);
            StepOf(rule, block);
            TensorPrimitives.Subtract<T>(block.P, block.G, block.P);
            if (rule.Kind == UpdateKind.AveragedSgd)
                MoveTowards(block.P, rule.Average, block.First, block.Scratch);
        }
    }

    private static void StepOf<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (rule.Kind)
        {
            case UpdateKind.Sgd:
                Sgd(rule, block);
                break;
            case UpdateKind.Adagrad:
                Adagrad(rule, block);
                break;
            case UpdateKind.Adadelta:
                Adadelta(rule, block);
                break;
            case UpdateKind.RmsProp:
                RmsProp(rule, block);
                break;
            case UpdateKind.Adam:
                Adam(rule, block);
                break;
            case UpdateKind.NAdam:
                NAdam(rule, block);
                break;
            case UpdateKind.AdaMax:
                AdaMax(rule, block);
                break;
            default:
                Scale(block.G, rule.Rate);
                break;
        }
    }

    private static void Sgd<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!block.First.IsEmpty)
        {
            Average(block.G, 1 - rule.Dampening, rule.Momentum, block.First);
            if (rule.Nesterov)
                TensorPrimitives.MultiplyAdd<T>(block.First, T.CreateChecked(rule.Momentum), block.G, block.G);
            else
                block.First.CopyTo(block.G);
        }
        Scale(block.G, rule.Rate);
    }

    private static void Adagrad<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.MultiplyAdd<T>(block.G, block.G, block.First, block.First);
        DivideByRoot(block.First, 1, rule.Epsilon, block);
        Scale(block.G, rule.Rate);
    }

    private static void Adadelta<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var epsilon = T.CreateChecked(rule.Epsilon);
        AverageOfSquares(rule, block.First, block);
        for (var i = 0; i < block.G.Length; i++)
            block.G[i] *= T.Sqrt(block.Second[i] + epsilon) / T.Sqrt(block.First[i] + epsilon);
        AverageOfSquares(rule, block.Second, block);
        Scale(block.G, rule.Rate);
    }

    /// <summary>Centred, the squares are those of the distance from the mean: s − m² of the plain averages, but nothing cancels.</summary>
    private static void RmsProp<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (block.Second.IsEmpty)
            AverageOfSquares(rule, block.First, block);
        else
        {
            TensorPrimitives.Subtract<T>(block.G, block.Second, block.Scratch);
            TensorPrimitives.MultiplyAdd<T>(block.Scratch, T.CreateChecked(1 - rule.Beta1), block.Second, block.Second);
            TensorPrimitives.Multiply<T>(block.Scratch, block.Scratch, block.Scratch);
            Average(block.Scratch, (1 - rule.Beta2) * rule.Beta2, rule.Beta2, block.First);
        }
        DivideByRoot(block.First, 1, rule.Epsilon, block);
        if (!block.Third.IsEmpty)
        {
            Average(block.G, 1, rule.Momentum, block.Third);
            block.Third.CopyTo(block.G);
        }
        Scale(block.G, rule.Rate);
    }

    private static void Adam<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Average(block.G, 1 - rule.Beta1, rule.Beta1, block.First);
        AverageOfSquares(rule, block.Second, block);
        if (!block.Third.IsEmpty)
            TensorPrimitives.Max<T>(block.Third, block.Second, block.Third);
        block.First.CopyTo(block.G);
        DivideByRoot(block.Third.IsEmpty ? block.Second : block.Third, rule.Root, rule.Epsilon, block);
        Scale(block.G, rule.Rate);
    }

    private static void NAdam<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Average(block.G, 1 - rule.Beta1, rule.Beta1, block.First);
        AverageOfSquares(rule, block.Second, block);
        Scale(block.G, rule.Rate);
        TensorPrimitives.MultiplyAdd<T>(block.First, T.CreateChecked(rule.MeanRate), block.G, block.G);
        DivideByRoot(block.Second, rule.Root, rule.Epsilon, block);
    }

    private static void AdaMax<T>(in UpdateRule rule, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Average(block.G, 1 - rule.Beta1, rule.Beta1, block.First);
        var (beta2, epsilon) = (T.CreateChecked(rule.Beta2), T.CreateChecked(rule.Epsilon));
        for (var i = 0; i < block.G.Length; i++)
            block.Second[i] = T.Max(beta2 * block.Second[i], T.Abs(block.G[i]) + epsilon);
        TensorPrimitives.Divide<T>(block.First, block.Second, block.G);
        Scale(block.G, rule.Rate);
    }

    /// <summary>The gradient as every rule sees it: limited(scale·gradient) + L2·p.</summary>
    private static void SeeGradient<T>(in UpdateRule rule, ReadOnlySpan<T> gradient, in Block<T> block)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply(gradient, T.CreateChecked(rule.GradientScale), block.G);
        if (rule.Limit > 0)
        {
            TensorPrimitives.Max(block.G, T.CreateChecked(-rule.Limit), block.G);
            TensorPrimitives.Min(block.G, T.CreateChecked(rule.Limit), block.G);
        }
        if (rule.L2 != 0)
            TensorPrimitives.MultiplyAdd<T>(block.P, T.CreateChecked(rule.L2), block.G, block.G);
    }

    private static void Scale<T>(Span<T> x, double factor) where T : unmanaged, IFloatingPointIeee754<T> =>
        TensorPrimitives.Multiply(x, T.CreateChecked(factor), x);

    /// <summary>average = keep·average + rest·x.</summary>
    private static void Average<T>(ReadOnlySpan<T> x, double rest, double keep, Span<T> average) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply(average, T.CreateChecked(keep), average);
        TensorPrimitives.MultiplyAdd(x, T.CreateChecked(rest), average, average);
    }

    /// <summary>average = β₂·average + (1 − β₂)·g².</summary>
    private static void AverageOfSquares<T>(in UpdateRule rule, Span<T> average, in Block<T> block) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply<T>(block.G, block.G, block.Scratch);
        Average(block.Scratch, 1 - rule.Beta2, rule.Beta2, average);
    }

    /// <summary>g = g / (factor·√squares + ε).</summary>
    private static void DivideByRoot<T>(ReadOnlySpan<T> squares, double factor, double epsilon, in Block<T> block)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Sqrt(squares, block.Scratch);
        Scale(block.Scratch, factor);
        TensorPrimitives.Add(block.Scratch, T.CreateChecked(epsilon), block.Scratch);
        TensorPrimitives.Divide<T>(block.G, block.Scratch, block.G);
    }

    /// <summary>average += part·(x − average).</summary>
    private static void MoveTowards<T>(ReadOnlySpan<T> x, double part, Span<T> average, Span<T> scratch)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorPrimitives.Subtract(x, average, scratch);
        TensorPrimitives.MultiplyAdd(scratch, T.CreateChecked(part), average, average);
    }

    private static Span<T> Part<T>(Span<T> state, int start, int length) => state.IsEmpty ? [] : state.Slice(start, length);

    /// <summary>A block of the parameters, its gradient, what the rule keeps of it, and room for as many numbers.</summary>
    private readonly ref struct Block<T>
    {
        public Span<T> P { get; init; }
        public Span<T> G { get; init; }
        public Span<T> Scratch { get; init; }
        public Span<T> First { get; init; }
        public Span<T> Second { get; init; }
        public Span<T> Third { get; init; }
    }
}
