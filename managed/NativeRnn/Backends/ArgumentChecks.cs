using System.Runtime.CompilerServices;

namespace NativeRnn.Backends;

/// <summary>
/// What every backend checks before it computes. All throw <see cref="ArgumentException"/>: the message names what is wrong as the caller of the
/// check wrote it ("arguments.Input"), the exception the parameter that it came with ("arguments").
/// </summary>
internal static class ArgumentChecks
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

    public static void Shape(in RecurrentShape shape)
    {
        Positive(shape.T);
        Positive(shape.B);
        Positive(shape.I);
        Positive(shape.H);
        if (shape.InputStride != 0 && shape.InputStride < shape.I)
            throw new ArgumentException($"shape.InputStride is {shape.InputStride}, expected 0 or at least I = {shape.I}", nameof(shape));
        if (shape.OutputStride != 0 && shape.OutputStride < shape.H)
            throw new ArgumentException($"shape.OutputStride is {shape.OutputStride}, expected 0 or at least H = {shape.H}", nameof(shape));
        double positions = (double)shape.T * shape.B, rows = (double)CellInfo.Of(shape.Cell).Gates * shape.H;
        Addressable("x", (positions - 1) * shape.ActualInputStride + shape.I, nameof(shape));
        Addressable("y", (positions - 1) * shape.ActualOutputStride + shape.H, nameof(shape));
        Addressable("what forward keeps for backward", positions * rows, nameof(shape));
        Addressable("weight_ih", rows * shape.I, nameof(shape));
        Addressable("weight_hh", rows * shape.H, nameof(shape));
    }

    public static void Weights(in RecurrentShape shape, in RecurrentWeights weights, ReadOnlySpan<float> packed, long packedLength)
    {
        long G = CellInfo.Of(shape.Cell).Gates;
        Length(weights.HiddenWeights, G * shape.H * shape.H);
        if (shape.HasBias)
        {
            Length(weights.InputBias, G * shape.H);
            Length(weights.HiddenBias, G * shape.H);
        }
        Length(packed, packedLength);
    }

    public static void Forward(in RecurrentShape shape, in RecurrentForward arguments, in RecurrentSizes sizes)
    {
        long G = CellInfo.Of(shape.Cell).Gates, state = (long)shape.B * shape.H;
        Length(arguments.Input, InputLength(shape));
        Length(arguments.InputWeights, G * shape.H * shape.I);
        Length(arguments.Packed, sizes.Packed);
        LengthUnlessEmpty(arguments.InitialHidden, state);
        CellState(shape, arguments.InitialCell);
        Length<float>(arguments.Output, OutputLength(shape));
        LengthUnlessEmpty<float>(arguments.FinalHidden, state);
        CellState(shape, arguments.FinalCell);
        Length<float>(arguments.Reserve, sizes.Reserve);
        Length<float>(arguments.Workspace, sizes.Workspace);
    }

    public static void Backward(in RecurrentShape shape, in RecurrentBackward arguments, in RecurrentSizes sizes)
    {
        long G = CellInfo.Of(shape.Cell).Gates, state = (long)shape.B * shape.H;
        Length(arguments.Input, InputLength(shape));
        Length(arguments.InputWeights, G * shape.H * shape.I);
        Length(arguments.Packed, sizes.Packed);
        LengthUnlessEmpty(arguments.InitialHidden, state);
        CellState(shape, arguments.InitialCell);
        Length(arguments.Output, OutputLength(shape));
        LengthUnlessEmpty(arguments.OutputGradient, OutputLength(shape));
        LengthUnlessEmpty(arguments.FinalHiddenGradient, state);
        CellState(shape, arguments.FinalCellGradient);
        Length<float>(arguments.Reserve, sizes.Reserve);
        Length<float>(arguments.Workspace, sizes.Workspace);
        LengthUnlessEmpty<float>(arguments.InputGradient, InputLength(shape));
        LengthUnlessEmpty<float>(arguments.InitialHiddenGradient, state);
        CellState(shape, arguments.InitialCellGradient);
        Length<float>(arguments.InputWeightsGradient, G * shape.H * shape.I);
        Length<float>(arguments.HiddenWeightsGradient, G * shape.H * shape.H);
        if (shape.HasBias)
        {
            Length<float>(arguments.InputBiasGradient, G * shape.H);
            Length<float>(arguments.HiddenBiasGradient, G * shape.H);
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

    /// <summary>Like the other states, but always empty for a cell without c.</summary>
    private static void CellState(in RecurrentShape shape, ReadOnlySpan<float> span, [CallerArgumentExpression(nameof(span))] string name = "")
    {
        var cell = CellInfo.Of(shape.Cell);
        if (cell.HasCellState)
            LengthUnlessEmpty(span, (long)shape.B * shape.H, name);
        else if (!span.IsEmpty)
            throw new ArgumentException($"{name} holds {span.Length} elements, expected none: {cell.Name} has no cell state", Parameter(name));
    }

    private static string Parameter(string name) => name.Split('.')[0];

    private static long InputLength(in RecurrentShape shape) => ((long)shape.T * shape.B - 1) * shape.ActualInputStride + shape.I;

    private static long OutputLength(in RecurrentShape shape) => ((long)shape.T * shape.B - 1) * shape.ActualOutputStride + shape.H;
}
