using System.Runtime.CompilerServices;

namespace NativeRnn.Backends;

/// <summary>
/// What every backend checks before it computes. All throw <see cref="ArgumentException"/>: the message names what is wrong as the caller of the
/// check wrote it ("arguments.Input"), the exception the parameter that it came with ("arguments").
/// </summary>
internal static partial class ArgumentChecks
{
    private const double BelowOne = 1 - 1.0 / (1L << 53); // a decay of 1 never forgets, and Adam would divide by zero

    public static void Positive(int size, [CallerArgumentExpression(nameof(size))] string name = "")
    {
        if (size < 1)
            throw new ArgumentException($"{name} is {size}, expected at least 1", Parameter(name));
    }

    /// <summary>The span must hold at least <paramref name="expected"/> elements.</summary>
    public static void Length<T>(ReadOnlySpan<T> span, long expected, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (span.Length < expected)
            throw new ArgumentException($"{name} holds {span.Length} elements, expected {expected}", Parameter(name));
    }

    /// <summary>The span must be empty or hold at least <paramref name="expected"/> elements.</summary>
    public static void LengthUnlessEmpty<T>(ReadOnlySpan<T> span, long expected, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        if (!span.IsEmpty)
            Length(span, expected, name);
    }

    /// <summary>The number must be within the bounds, both included, so that single precision holds it.</summary>
    public static void Number(double value, double low = -Check.Largest, double high = Check.Largest, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= low && value <= high))
            throw new ArgumentException($"{name} is {value}, expected a number from {low} to {high}", Parameter(name));
    }

    /// <summary>A span holds at most 2³¹ − 1 elements, so no array may have more.</summary>
    public static void Addressable(string array, double elements, string name)
    {
        if (elements > int.MaxValue)
            throw new ArgumentException($"{array} would have {elements:G3} elements, expected at most 2³¹ − 1", name);
    }

    /// <summary>All of <paramref name="indices"/> must be in 0…<paramref name="limit"/>−1.</summary>
    public static void Indices(ReadOnlySpan<int> indices, int limit, [CallerArgumentExpression(nameof(indices))] string name = "")
    {
        for (var n = 0; n < indices.Length; n++)
        {
            if ((uint)indices[n] >= (uint)limit)
                throw new ArgumentException($"{name}[{n}] is {indices[n]}, expected 0…{limit - 1}", Parameter(name));
        }
    }

    /// <summary>Rows of the table.</summary>
    public static int Embedding(int E, ReadOnlySpan<float> table, string tableName, ReadOnlySpan<int> ids, ReadOnlySpan<float> rows,
        string rowsName)
    {
        Positive(E);
        if (table.Length == 0 || table.Length % E != 0)
            throw new ArgumentException($"{tableName} holds {table.Length} elements, expected a multiple of E = {E}", tableName);
        Length(rows, (long)ids.Length * E, rowsName);
        Indices(ids, table.Length / E);
        return table.Length / E;
    }

    public static void Shape(in DenseShape shape)
    {
        Positive(shape.N);
        Positive(shape.I);
        Positive(shape.O);
        Addressable("x", (double)shape.N * shape.I, nameof(shape));
        Addressable("W", (double)shape.O * shape.I, nameof(shape));
    }

    public static void Forward(in DenseShape shape, in DenseForward arguments)
    {
        Shape(shape);
        Length(arguments.Input, (long)shape.N * shape.I);
        Length(arguments.Weights, (long)shape.O * shape.I);
        LengthUnlessEmpty(arguments.Bias, shape.O);
        Length<float>(arguments.Output, (long)shape.N * shape.O);
    }

    public static void Backward(in DenseShape shape, in DenseBackward arguments)
    {
        Shape(shape);
        Length(arguments.Input, (long)shape.N * shape.I);
        Length(arguments.Weights, (long)shape.O * shape.I);
        Length(arguments.OutputGradient, (long)shape.N * shape.O);
        LengthUnlessEmpty<float>(arguments.InputGradient, (long)shape.N * shape.I);
        Length<float>(arguments.WeightsGradient, (long)shape.O * shape.I);
        LengthUnlessEmpty<float>(arguments.BiasGradient, shape.O);
    }

    public static void CrossEntropy(in DenseShape shape, in DenseCrossEntropy arguments, long workspace)
    {
        Shape(shape);
        Length(arguments.Input, (long)shape.N * shape.I);
        Length(arguments.Weights, (long)shape.O * shape.I);
        LengthUnlessEmpty(arguments.Bias, shape.O);
        Length(arguments.Targets, shape.N);
        Indices(arguments.Targets[..shape.N], shape.O, "arguments.Targets");
        Length<float>(arguments.Workspace, workspace);
        Number(arguments.Scale);
        if (arguments.InputGradient.IsEmpty)
            return;
        Length<float>(arguments.InputGradient, (long)shape.N * shape.I);
        Length<float>(arguments.WeightsGradient, (long)shape.O * shape.I);
        if (!arguments.Bias.IsEmpty)
            Length<float>(arguments.BiasGradient, shape.O);
        else if (!arguments.BiasGradient.IsEmpty)
            throw new ArgumentException("arguments.BiasGradient is given, expected none: there is no Bias", nameof(arguments));
    }

    public static void CrossEntropy(int V, double scale, ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> logitsGradient)
    {
        Positive(V);
        Number(scale);
        Length(logits, (long)targets.Length * V);
        LengthUnlessEmpty(logitsGradient, (long)targets.Length * V);
        Indices(targets, V);
    }

    public static void SquaredError(double scale, ReadOnlySpan<float> input, ReadOnlySpan<float> target, ReadOnlySpan<float> inputGradient)
    {
        Number(scale);
        Length(target, input.Length);
        LengthUnlessEmpty(inputGradient, input.Length);
    }

    public static void DropoutRate(double rate)
    {
        if (!(rate is >= 0 and < 1))
            throw new ArgumentException($"rate is {rate}, expected at least 0 and below 1", nameof(rate));
    }

    public static void Sgd(in SgdRule rule, double gradientScale, ReadOnlySpan<float> parameters, ReadOnlySpan<float> gradients,
        ReadOnlySpan<float> velocity)
    {
        Number(rule.LearningRate, 0);
        Number(rule.Momentum, 0, 1);
        Number(rule.WeightDecay, 0);
        Number(gradientScale);
        Length(gradients, parameters.Length);
        LengthUnlessEmpty(velocity, parameters.Length);
        if (rule.Momentum != 0)
            Length(velocity, parameters.Length);
    }

    public static void Adam(in AdamRule rule, double gradientScale, ReadOnlySpan<float> parameters, ReadOnlySpan<float> gradients,
        ReadOnlySpan<float> m, ReadOnlySpan<float> v)
    {
        if (rule.Step < 1)
            throw new ArgumentException($"rule.Step is {rule.Step}, expected at least 1", nameof(rule));
        Number(rule.LearningRate, 0);
        Number(rule.Beta1, 0, BelowOne);
        Number(rule.Beta2, 0, BelowOne);
        Number(rule.Epsilon, Check.Smallest);
        Number(rule.WeightDecay, 0);
        Number(gradientScale);
        Length(gradients, parameters.Length);
        Length(m, parameters.Length);
        Length(v, parameters.Length);
    }

    private static string Parameter(string name) => name.Split('.')[0];
}
