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

    public static void CrossEntropy(in CrossEntropy arguments)
    {
        Positive(arguments.Classes);
        Number(arguments.Scale);
        var logits = (long)arguments.Targets.Length * arguments.Classes;
        Length(arguments.Logits, logits);
        LengthUnlessEmpty<float>(arguments.LogitsGradient, logits);
        LengthUnlessEmpty(arguments.ClassWeights, arguments.Classes);
        if (!(arguments.LabelSmoothing is >= 0 and <= 1))
            throw new ArgumentException($"arguments.LabelSmoothing is {arguments.LabelSmoothing}, expected 0 to 1", nameof(arguments));
        for (var n = 0; n < arguments.Targets.Length; n++)
        {
            if (arguments.Targets[n] != arguments.IgnoreIndex)
                Indices(arguments.Targets.Slice(n, 1), arguments.Classes, "arguments.Targets");
        }
    }

    public static void PointwiseLoss(in PointwiseLoss arguments)
    {
        if (arguments.Kind is < PointwiseLossKind.Squared or > PointwiseLossKind.StudentT)
            throw new ArgumentException($"arguments.Kind is {arguments.Kind}, expected one of {string.Join(", ", Enum.GetValues<PointwiseLossKind>())}", nameof(arguments));
        Positive(arguments.Columns);
        Number(arguments.Scale);
        if (arguments.Target.Length % arguments.Columns != 0)
            throw new ArgumentException($"arguments.Target holds {arguments.Target.Length} elements, expected a multiple of Columns = {arguments.Columns}", nameof(arguments));
        var inputs = (long)arguments.Target.Length / arguments.Columns * arguments.InputColumns;
        Length(arguments.Input, inputs);
        LengthUnlessEmpty<float>(arguments.InputGradient, inputs);
        LengthUnlessEmpty(arguments.Weights, arguments.Columns);
        LengthUnlessEmpty(arguments.PositiveWeights, arguments.Columns);
    }

    public static void DropoutRate(double rate)
    {
        if (!(rate is >= 0 and < 1))
            throw new ArgumentException($"rate is {rate}, expected at least 0 and below 1", nameof(rate));
    }

    public static void Ctc(int T, int B, int S)
    {
        Positive(T);
        Positive(B);
        if (S < 0)
            throw new ArgumentException($"S is {S}, expected at least 0", nameof(S));
        Addressable("the scratch", 2.0 * B * (T * (2.0 * S + 2) + 2.0 * S + 2), nameof(S));
    }

    public static void Ctc(in Ctc arguments, long workspace)
    {
        var (T, B, C, S) = arguments.Shape;
        if (C < 1)
            throw new ArgumentException($"arguments.Shape has {C} classes, expected at least 1", nameof(arguments));
        Addressable("the logits", (double)T * B * C, nameof(arguments));
        Length(arguments.Logits, (long)T * B * C);
        LengthUnlessEmpty<float>(arguments.LogitsGradient, (long)T * B * C);
        Length(arguments.Targets, (long)B * S);
        Length(arguments.InputLengths, B);
        Length(arguments.TargetLengths, B);
        Length<float>(arguments.Workspace, workspace);
        Number(arguments.Scale);
        Indices([arguments.Blank], C, "arguments.Blank");
        Indices(arguments.InputLengths[..B], T + 1, "arguments.InputLengths");
        Indices(arguments.TargetLengths[..B], S + 1, "arguments.TargetLengths");
        for (var b = 0; b < B; b++)
        {
            var labels = arguments.Targets.Slice(b * S, arguments.TargetLengths[b]);
            Indices(labels, C, "arguments.Targets");
            if (labels.Contains(arguments.Blank))
                throw new ArgumentException($"the target of sequence {b} holds {arguments.Blank}, the blank, expected labels only", nameof(arguments));
        }
    }

    public static void Update(in UpdateRule rule, in UpdateArrays arrays)
    {
        var required = rule.Kind switch
        {
            UpdateKind.Sgd => rule.Momentum == 0 ? 0 : 1,
            UpdateKind.Adagrad or UpdateKind.RmsProp or UpdateKind.AveragedSgd => 1,
            UpdateKind.Adadelta or UpdateKind.Adam or UpdateKind.NAdam or UpdateKind.AdaMax => 2,
            _ => throw new ArgumentException($"rule.Kind is {rule.Kind}, expected one of {string.Join(", ", Enum.GetValues<UpdateKind>())}", nameof(rule)),
        };
        Number(rule.GradientScale);
        Number(rule.Limit, 0);
        Number(rule.L2, 0);
        Number(rule.Shrink, 0);
        Number(rule.Rate, 0);
        Number(rule.MeanRate, 0);
        Number(rule.Momentum, 0, BelowOne);
        Number(rule.Dampening, 0, BelowOne);
        Number(rule.Beta1, 0, BelowOne);
        Number(rule.Beta2, 0, BelowOne);
        Number(rule.Epsilon, rule.Kind is UpdateKind.Sgd or UpdateKind.AveragedSgd ? 0 : Check.Smallest);
        Number(rule.Root, 0);
        Number(rule.Average, 0, 1);
        var n = arrays.Parameters.Length;
        Length(arrays.Gradients, n);
        State(arrays.First, n, required > 0);
        State(arrays.Second, n, required > 1);
        State(arrays.Third, n, rule is { Kind: UpdateKind.RmsProp, Momentum: not 0 });
    }

    private static void State(ReadOnlySpan<float> state, int n, bool required, [CallerArgumentExpression(nameof(state))] string name = "")
    {
        if (required || !state.IsEmpty)
            Length(state, n, name);
    }

    private static string Parameter(string name) => name.Split('.')[0];
}
