using System.Runtime.CompilerServices;

namespace NativeRnn.Backends;

/// <content>Recurrent layers.</content>
internal static partial class ArgumentChecks
{
    public static void Shape(in RecurrentShape shape)
    {
        var cell = CellInfo.Of(shape.Cell);
        Positive(shape.T);
        Positive(shape.B);
        Positive(shape.I);
        Positive(shape.H);
        if (shape.InputStride != 0 && shape.InputStride < shape.I)
            throw new ArgumentException($"shape.InputStride is {shape.InputStride}, expected 0 or at least I = {shape.I}", nameof(shape));
        if (shape.OutputStride != 0 && shape.OutputStride < shape.OutputWidth)
        {
            var width = shape.Projection > 0 ? "Projection" : "H";
            throw new ArgumentException($"shape.OutputStride is {shape.OutputStride}, expected 0 or at least {width} = {shape.OutputWidth}", nameof(shape));
        }
        if (FaultOf(shape) is { } fault)
            throw new ArgumentException($"shape.{fault.Property} {fault.Problem}", nameof(shape));
        Addressable("weight_hr", (double)shape.Projection * shape.H, nameof(shape));
        if (!float.IsFinite(shape.Clip) || shape.Clip < 0)
            throw new ArgumentException($"shape.Clip is {shape.Clip}, expected 0 for none or a finite number above it", nameof(shape));
        Ragged(shape);
        double positions = shape.RaggedRows > 0 ? shape.RaggedRows : (double)shape.T * shape.B, rows = (double)cell.Gates * shape.H;
        Addressable("x", (positions - 1) * shape.ActualInputStride + shape.I, nameof(shape));
        Addressable("y", (positions - 1) * shape.ActualOutputStride + shape.OutputWidth, nameof(shape));
        Addressable("what forward keeps for backward", positions * rows, nameof(shape));
        Addressable("weight_ih", rows * shape.I, nameof(shape));
        Addressable("weight_hh", cell.Recurrence == Recurrence.Matrix ? rows * shape.OutputWidth : shape.H, nameof(shape));
    }

    public static void Weights(in RecurrentShape shape, in RecurrentWeights weights, ReadOnlySpan<float> packed, long packedLength)
    {
        var (rows, columns) = shape.HiddenWeights;
        Length(weights.HiddenWeights, (long)rows * columns);
        Length(weights.InputBias, shape.BiasLength);
        Length(weights.HiddenBias, shape.HiddenBiasLength);
        Extra(shape, weights.ProjectionWeights, shape.ProjectionLength);
        Extra(shape, weights.PeepholeWeights, shape.PeepholeLength);
        Extra(shape, weights.InputGain, shape.GainLength);
        Extra(shape, weights.HiddenGain, shape.GainLength);
        Extra(shape, weights.CellGain, shape.CellGainLength);
        Extra(shape, weights.CellBias, shape.CellGainLength);
        Length(packed, packedLength);
    }

    public static void Forward(in RecurrentShape shape, in RecurrentForward arguments, in RecurrentSizes sizes)
    {
        StepRows(shape, arguments.StepRows);
        long rows = shape.Rows, state = (long)shape.B * shape.OutputWidth;
        Length(arguments.Input, Strided(rows, shape.ActualInputStride, shape.I));
        Length(arguments.InputWeights, (long)CellInfo.Of(shape.Cell).Gates * shape.H * shape.I);
        Length(arguments.Packed, sizes.Packed);
        Mask(shape, arguments.HiddenMask);
        Zoneout(shape, arguments.Zoneout);
        LengthUnlessEmpty(arguments.InitialHidden, state);
        CellState(shape, arguments.InitialCell);
        Length<float>(arguments.Output, Strided(rows, shape.ActualOutputStride, shape.OutputWidth));
        LengthUnlessEmpty<float>(arguments.FinalHidden, state);
        CellState(shape, arguments.FinalCell);
        Length<float>(arguments.Reserve, sizes.Reserve);
        Length<float>(arguments.Workspace, sizes.Workspace);
    }

    public static void Backward(in RecurrentShape shape, in RecurrentBackward arguments, in RecurrentSizes sizes)
    {
        StepRows(shape, arguments.StepRows);
        long rows = shape.Rows, state = (long)shape.B * shape.OutputWidth;
        long input = Strided(rows, shape.ActualInputStride, shape.I), output = Strided(rows, shape.ActualOutputStride, shape.OutputWidth);
        Length(arguments.Input, input);
        Length(arguments.InputWeights, (long)CellInfo.Of(shape.Cell).Gates * shape.H * shape.I);
        Length(arguments.Packed, sizes.Packed);
        Mask(shape, arguments.HiddenMask);
        Zoneout(shape, arguments.Zoneout);
        LengthUnlessEmpty(arguments.InitialHidden, state);
        CellState(shape, arguments.InitialCell);
        Length(arguments.Output, output);
        LengthUnlessEmpty(arguments.OutputGradient, output);
        LengthUnlessEmpty(arguments.FinalHiddenGradient, state);
        CellState(shape, arguments.FinalCellGradient);
        Length<float>(arguments.Reserve, sizes.Reserve);
        Length<float>(arguments.Workspace, sizes.Workspace);
        LengthUnlessEmpty<float>(arguments.InputGradient, input);
        LengthUnlessEmpty<float>(arguments.InitialHiddenGradient, state);
        CellState(shape, arguments.InitialCellGradient);
        ParameterGradients(shape, arguments);
    }

    private static void ParameterGradients(in RecurrentShape shape, in RecurrentBackward arguments)
    {
        var (rows, columns) = shape.HiddenWeights;
        Length<float>(arguments.InputWeightsGradient, (long)CellInfo.Of(shape.Cell).Gates * shape.H * shape.I);
        Length<float>(arguments.HiddenWeightsGradient, (long)rows * columns);
        Length<float>(arguments.InputBiasGradient, shape.BiasLength);
        Length<float>(arguments.HiddenBiasGradient, shape.HiddenBiasLength);
        Extra(shape, arguments.ProjectionWeightsGradient, shape.ProjectionLength);
        Extra(shape, arguments.PeepholeWeightsGradient, shape.PeepholeLength);
        Extra(shape, arguments.InputGainGradient, shape.GainLength);
        Extra(shape, arguments.HiddenGainGradient, shape.GainLength);
        Extra(shape, arguments.CellGainGradient, shape.CellGainLength);
        Extra(shape, arguments.CellBiasGradient, shape.CellGainLength);
    }

    /// <summary>What is asked of a cell that it cannot do, "is X, expected Y" after the name of a property; null where there is nothing.</summary>
    public static (string Property, string Problem)? FaultOf(in RecurrentShape shape)
    {
        var cell = CellInfo.Of(shape.Cell);
        var projection = shape.Projection < 0 ? "0 for none or at least 1"
            : shape.Projection > 0 && !cell.HasCellState ? $"0: {cell.Name} has no projection, LSTMs have"
            : shape.Projection > 0 && cell.HasLayerNorm ? $"0: {cell.Name} has no projection" : null;
        if (projection is not null)
            return (nameof(shape.Projection), $"is {shape.Projection}, expected {projection}");
        if (shape.Masked && cell.Recurrence == Recurrence.None)
            return (nameof(shape.Masked), $"is true, expected false: no product of {cell.Name} sees h");
        return Fault(cell, shape.GateActivation, cell.GateActivation, nameof(shape.GateActivation))
            ?? Fault(cell, shape.CandidateActivation, cell.CandidateActivation, nameof(shape.CandidateActivation))
            ?? Fault(cell, shape.OutputActivation, cell.OutputActivation, nameof(shape.OutputActivation));
    }

    private static (string, string)? Fault(CellInfo cell, Activation asked, ActivationKind own, string name)
    {
        if (asked.Kind == ActivationKind.Default)
            return null;
        var info = ActivationInfo.Of(asked.Kind);
        if (own == ActivationKind.Default)
            return (name, $"is {info.Name}, expected none: {cell.Name} has no such activation");
        var nonnegative = asked.Kind is ActivationKind.Elu or ActivationKind.LeakyRelu or ActivationKind.ThresholdedRelu;
        if (float.IsFinite(asked.Alpha) && float.IsFinite(asked.Beta) && !(nonnegative && asked.Alpha < 0)
            && !(asked.Kind == ActivationKind.ScaledTanh && asked.Alpha == 0))
            return null;
        var expected = nonnegative ? "alpha at least 0" : asked.Kind == ActivationKind.ScaledTanh ? "alpha not 0" : "finite numbers";
        return (name, $"is {info.Name} with alpha {asked.Alpha}, beta {asked.Beta}, expected {expected}");
    }

    private static void Ragged(in RecurrentShape shape)
    {
        if (shape.RaggedRows == 0)
            return;
        var most = (long)shape.T * shape.B;
        if (shape.RaggedRows < shape.T || shape.RaggedRows > most)
            throw new ArgumentException($"shape.RaggedRows is {shape.RaggedRows}, expected 0 or T…T·B = {shape.T}…{most}", nameof(shape));
    }

    private static void StepRows(in RecurrentShape shape, ReadOnlySpan<int> stepRows, [CallerArgumentExpression(nameof(stepRows))] string name = "")
    {
        if (stepRows.Length != (shape.RaggedRows == 0 ? 0 : shape.T))
        {
            var expected = shape.RaggedRows == 0 ? "none: RaggedRows is 0" : $"T = {shape.T}";
            throw new ArgumentException($"{name} has {stepRows.Length} steps, expected {expected}", Parameter(name));
        }
        long rows = 0;
        for (var t = 0; t < stepRows.Length; t++)
        {
            var most = t == 0 ? shape.B : stepRows[t - 1];
            if (stepRows[t] < 1 || stepRows[t] > most)
                throw new ArgumentException($"{name}[{t}] is {stepRows[t]}, expected 1…{most}", Parameter(name));
            rows += stepRows[t];
        }
        if (rows != shape.RaggedRows)
            throw new ArgumentException($"{name} has {rows} rows in all, expected RaggedRows = {shape.RaggedRows}", Parameter(name));
    }

    private static void Mask(in RecurrentShape shape, ReadOnlySpan<float> mask, [CallerArgumentExpression(nameof(mask))] string name = "")
    {
        if (shape.Masked)
            Length(mask, (long)shape.B * shape.OutputWidth, name);
        else if (!mask.IsEmpty)
            throw new ArgumentException($"{name} holds {mask.Length} elements, expected none: the shape is not Masked", Parameter(name));
    }

    private static void Zoneout(in RecurrentShape shape, in Zoneout zoneout, [CallerArgumentExpression(nameof(zoneout))] string name = "")
    {
        if (!(zoneout.Hidden is >= 0 and <= 1 && zoneout.Cell is >= 0 and <= 1))
            throw new ArgumentException($"{name} has the rates {zoneout.Hidden} and {zoneout.Cell}, expected 0…1", Parameter(name));
        if (!shape.Zoneout && (zoneout.Hidden > 0 || zoneout.Cell > 0))
            throw new ArgumentException($"{name} has the rates {zoneout.Hidden} and {zoneout.Cell}, expected none: the shape has no Zoneout", Parameter(name));
        var cell = CellInfo.Of(shape.Cell);
        if (zoneout.Cell > 0 && !cell.HasCellState)
            throw new ArgumentException($"{name} has the rate {zoneout.Cell} for c, expected 0: {cell.Name} has no cell state", Parameter(name));
        if (zoneout.Hidden > 0 && shape.Projection > 0)
            throw new ArgumentException($"{name} has the rate {zoneout.Hidden} for h, expected 0: h is projected", Parameter(name));
    }

    /// <summary>A parameter that only some layers have; the others must not be given one.</summary>
    private static void Extra(in RecurrentShape shape, ReadOnlySpan<float> span, long expected,
        [CallerArgumentExpression(nameof(span))] string name = "")
    {
        Length(span, expected, name);
        if (expected == 0 && !span.IsEmpty)
            throw new ArgumentException($"{name} holds {span.Length} elements, expected none: this {CellInfo.Of(shape.Cell).Name} has no such parameter", Parameter(name));
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

    private static long Strided(long rows, int stride, int columns) => (rows - 1) * stride + columns;
}
