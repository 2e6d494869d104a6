namespace NativeRnn.Backends;

/// <summary>What every backend checks before it computes. All throw <see cref="ArgumentException"/>.</summary>
internal static class ArgumentChecks
{
    public static void Positive(int size, string name)
    {
        if (size < 1)
            throw new ArgumentException($"{name} is {size}, expected at least 1", name);
    }

    /// <summary>The span must hold at least <paramref name="expected"/> elements.</summary>
    public static void Length<T>(ReadOnlySpan<T> span, long expected, string name)
    {
        if (span.Length < expected)
            throw new ArgumentException($"{name} holds {span.Length} elements, expected {expected}", name);
    }

    /// <summary>The span must be empty or hold at least <paramref name="expected"/> elements.</summary>
    public static void LengthUnlessEmpty<T>(ReadOnlySpan<T> span, long expected, string name)
    {
        if (!span.IsEmpty)
            Length(span, expected, name);
    }

    /// <summary>A span holds at most 2³¹ − 1 elements, so no array may have more.</summary>
    public static void Addressable(string array, double elements, string name)
    {
        if (elements > int.MaxValue)
            throw new ArgumentException($"{array} would have {elements:G3} elements, expected at most 2³¹ − 1", name);
    }

    /// <summary>All of <paramref name="indices"/> must be in 0…<paramref name="limit"/>−1.</summary>
    public static void Indices(ReadOnlySpan<int> indices, int limit, string name)
    {
        for (var n = 0; n < indices.Length; n++)
        {
            if ((uint)indices[n] >= (uint)limit)
                throw new ArgumentException($"{name}[{n}] is {indices[n]}, expected 0…{limit - 1}", name);
        }
    }

    public static void Shape(in RecurrentShape shape)
    {
        _ = CellInfo.Of(shape.Cell);
        Positive(shape.T, nameof(shape.T));
        Positive(shape.B, nameof(shape.B));
        Positive(shape.I, nameof(shape.I));
        Positive(shape.H, nameof(shape.H));
        if (shape.InputStride != 0 && shape.InputStride < shape.I)
            throw new ArgumentException($"InputStride is {shape.InputStride}, expected 0 or at least I = {shape.I}", nameof(shape));
        if (shape.OutputStride != 0 && shape.OutputStride < shape.H)
            throw new ArgumentException($"OutputStride is {shape.OutputStride}, expected 0 or at least H = {shape.H}", nameof(shape));
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
        Length(weights.HiddenWeights, G * shape.H * shape.H, nameof(weights.HiddenWeights));
        if (shape.HasBias)
        {
            Length(weights.InputBias, G * shape.H, nameof(weights.InputBias));
            Length(weights.HiddenBias, G * shape.H, nameof(weights.HiddenBias));
        }
        Length(packed, packedLength, nameof(packed));
    }

    public static void Forward(in RecurrentShape shape, in RecurrentForward arguments, in RecurrentSizes sizes)
    {
        long G = CellInfo.Of(shape.Cell).Gates, state = (long)shape.B * shape.H;
        Length(arguments.Input, InputLength(shape), nameof(arguments.Input));
        Length(arguments.InputWeights, G * shape.H * shape.I, nameof(arguments.InputWeights));
        Length(arguments.Packed, sizes.Packed, nameof(arguments.Packed));
        LengthUnlessEmpty(arguments.InitialHidden, state, nameof(arguments.InitialHidden));
        CellState(shape, arguments.InitialCell, nameof(arguments.InitialCell));
        Length<float>(arguments.Output, OutputLength(shape), nameof(arguments.Output));
        LengthUnlessEmpty<float>(arguments.FinalHidden, state, nameof(arguments.FinalHidden));
        CellState(shape, arguments.FinalCell, nameof(arguments.FinalCell));
        Length<float>(arguments.Reserve, sizes.Reserve, nameof(arguments.Reserve));
        Length<float>(arguments.Workspace, sizes.Workspace, nameof(arguments.Workspace));
    }

    public static void Backward(in RecurrentShape shape, in RecurrentBackward arguments, in RecurrentSizes sizes)
    {
        long G = CellInfo.Of(shape.Cell).Gates, state = (long)shape.B * shape.H;
        Length(arguments.Input, InputLength(shape), nameof(arguments.Input));
        Length(arguments.InputWeights, G * shape.H * shape.I, nameof(arguments.InputWeights));
        Length(arguments.Packed, sizes.Packed, nameof(arguments.Packed));
        LengthUnlessEmpty(arguments.InitialHidden, state, nameof(arguments.InitialHidden));
        CellState(shape, arguments.InitialCell, nameof(arguments.InitialCell));
        Length(arguments.Output, OutputLength(shape), nameof(arguments.Output));
        LengthUnlessEmpty(arguments.OutputGradient, OutputLength(shape), nameof(arguments.OutputGradient));
        LengthUnlessEmpty(arguments.FinalHiddenGradient, state, nameof(arguments.FinalHiddenGradient));
        CellState(shape, arguments.FinalCellGradient, nameof(arguments.FinalCellGradient));
        Length<float>(arguments.Reserve, sizes.Reserve, nameof(arguments.Reserve));
        Length<float>(arguments.Workspace, sizes.Workspace, nameof(arguments.Workspace));
        LengthUnlessEmpty<float>(arguments.InputGradient, InputLength(shape), nameof(arguments.InputGradient));
        LengthUnlessEmpty<float>(arguments.InitialHiddenGradient, state, nameof(arguments.InitialHiddenGradient));
        CellState(shape, arguments.InitialCellGradient, nameof(arguments.InitialCellGradient));
        Length<float>(arguments.InputWeightsGradient, G * shape.H * shape.I, nameof(arguments.InputWeightsGradient));
        Length<float>(arguments.HiddenWeightsGradient, G * shape.H * shape.H, nameof(arguments.HiddenWeightsGradient));
        if (shape.HasBias)
        {
            Length<float>(arguments.InputBiasGradient, G * shape.H, nameof(arguments.InputBiasGradient));
            Length<float>(arguments.HiddenBiasGradient, G * shape.H, nameof(arguments.HiddenBiasGradient));
        }
    }

    /// <summary>Rows of the table.</summary>
    public static int Embedding(int E, ReadOnlySpan<float> table, string tableName, ReadOnlySpan<int> ids, ReadOnlySpan<float> rows,
        string rowsName)
    {
        Positive(E, nameof(E));
        if (table.Length == 0 || table.Length % E != 0)
            throw new ArgumentException($"{tableName} holds {table.Length} elements, expected a multiple of E = {E}", tableName);
        Length(rows, (long)ids.Length * E, rowsName);
        Indices(ids, table.Length / E, nameof(ids));
        return table.Length / E;
    }

    public static void Shape(in DenseShape shape)
    {
        Positive(shape.N, nameof(shape.N));
        Positive(shape.I, nameof(shape.I));
        Positive(shape.O, nameof(shape.O));
        Addressable("x", (double)shape.N * shape.I, nameof(shape));
        Addressable("W", (double)shape.O * shape.I, nameof(shape));
    }

    public static void Forward(in DenseShape shape, in DenseForward arguments)
    {
        Shape(shape);
        Length(arguments.Input, (long)shape.N * shape.I, nameof(arguments.Input));
        Length(arguments.Weights, (long)shape.O * shape.I, nameof(arguments.Weights));
        LengthUnlessEmpty(arguments.Bias, shape.O, nameof(arguments.Bias));
        Length<float>(arguments.Output, (long)shape.N * shape.O, nameof(arguments.Output));
    }

    public static void Backward(in DenseShape shape, in DenseBackward arguments)
    {
        Shape(shape);
        Length(arguments.Input, (long)shape.N * shape.I, nameof(arguments.Input));
        Length(arguments.Weights, (long)shape.O * shape.I, nameof(arguments.Weights));
        Length(arguments.OutputGradient, (long)shape.N * shape.O, nameof(arguments.OutputGradient));
        LengthUnlessEmpty<float>(arguments.InputGradient, (long)shape.N * shape.I, nameof(arguments.InputGradient));
        Length<float>(arguments.WeightsGradient, (long)shape.O * shape.I, nameof(arguments.WeightsGradient));
        LengthUnlessEmpty<float>(arguments.BiasGradient, shape.O, nameof(arguments.BiasGradient));
    }

    public static void CrossEntropy(in DenseShape shape, in DenseCrossEntropy arguments, long workspace)
    {
        Shape(shape);
        Length(arguments.Input, (long)shape.N * shape.I, nameof(arguments.Input));
        Length(arguments.Weights, (long)shape.O * shape.I, nameof(arguments.Weights));
        LengthUnlessEmpty(arguments.Bias, shape.O, nameof(arguments.Bias));
        Length(arguments.Targets, shape.N, nameof(arguments.Targets));
        Indices(arguments.Targets[..shape.N], shape.O, nameof(arguments.Targets));
        Length<float>(arguments.Workspace, workspace, nameof(arguments.Workspace));
        if (arguments.InputGradient.IsEmpty)
            return;
        Length<float>(arguments.InputGradient, (long)shape.N * shape.I, nameof(arguments.InputGradient));
        Length<float>(arguments.WeightsGradient, (long)shape.O * shape.I, nameof(arguments.WeightsGradient));
        if (!arguments.Bias.IsEmpty)
            Length<float>(arguments.BiasGradient, shape.O, nameof(arguments.BiasGradient));
        else if (!arguments.BiasGradient.IsEmpty)
            throw new ArgumentException("BiasGradient is given, expected none: there is no Bias", nameof(arguments));
    }

    public static void CrossEntropy(int V, ReadOnlySpan<float> logits, ReadOnlySpan<int> targets, ReadOnlySpan<float> logitsGradient)
    {
        Positive(V, nameof(V));
        Length(logits, (long)targets.Length * V, nameof(logits));
        LengthUnlessEmpty(logitsGradient, (long)targets.Length * V, nameof(logitsGradient));
        Indices(targets, V, nameof(targets));
    }

    public static void SquaredError(ReadOnlySpan<float> input, ReadOnlySpan<float> target, ReadOnlySpan<float> inputGradient)
    {
        Length(target, input.Length, nameof(target));
        LengthUnlessEmpty(inputGradient, input.Length, nameof(inputGradient));
    }

    public static void Sgd(in SgdRule rule, ReadOnlySpan<float> parameters, ReadOnlySpan<float> gradients, ReadOnlySpan<float> velocity)
    {
        Length(gradients, parameters.Length, nameof(gradients));
        LengthUnlessEmpty(velocity, parameters.Length, nameof(velocity));
        if (rule.Momentum != 0)
            Length(velocity, parameters.Length, nameof(velocity));
    }

    public static void Adam(in AdamRule rule, ReadOnlySpan<float> parameters, ReadOnlySpan<float> gradients, ReadOnlySpan<float> m,
        ReadOnlySpan<float> v)
    {
        if (rule.Step < 1)
            throw new ArgumentException($"Step is {rule.Step}, expected at least 1", nameof(rule));
        Length(gradients, parameters.Length, nameof(gradients));
        Length(m, parameters.Length, nameof(m));
        Length(v, parameters.Length, nameof(v));
    }

    /// <summary>Like the other states, but always empty for a cell without c.</summary>
    private static void CellState(in RecurrentShape shape, ReadOnlySpan<float> span, string name)
    {
        var cell = CellInfo.Of(shape.Cell);
        if (cell.HasCellState)
            LengthUnlessEmpty(span, (long)shape.B * shape.H, name);
        else if (!span.IsEmpty)
            throw new ArgumentException($"{name} holds {span.Length} elements, expected none: {cell.Name} has no cell state", name);
    }

    private static long InputLength(in RecurrentShape shape) => ((long)shape.T * shape.B - 1) * shape.ActualInputStride + shape.I;

    private static long OutputLength(in RecurrentShape shape) => ((long)shape.T * shape.B - 1) * shape.ActualOutputStride + shape.H;
}
