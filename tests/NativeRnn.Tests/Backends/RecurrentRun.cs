using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>What a recurrent test asks for beside the shape.</summary>
public sealed record RecurrentRequest(RecurrentShape Shape)
{
    /// <summary>h(0) and c(0) are given.</summary>
    public bool InitialStates { get; init; } = true;

    /// <summary>∂L/∂h(T) and ∂L/∂c(T) are given.</summary>
    public bool FinalGradients { get; init; } = true;

    /// <summary>∂L/∂y is given.</summary>
    public bool OutputGradient { get; init; } = true;

    /// <summary>∂L/∂x, ∂L/∂h(0) and ∂L/∂c(0) are wanted.</summary>
    public bool InputGradients { get; init; } = true;

    /// <summary>x and ∂L/∂y have their steps in the reversed order.</summary>
    public bool Turned { get; init; }

    /// <summary>The rows at work in each step, of a ragged shape.</summary>
    public int[] StepRows { get; init; } = [];

    /// <summary>Of a shape with zoneout.</summary>
    public Zoneout Zoneout { get; init; }

    /// <summary>The test's words for what is asked.</summary>
    public override string ToString() => $"{Shape}, steps [{string.Join(' ', StepRows)}], {Zoneout}";
}

/// <summary>
/// Forward and backward of one layer with inputs that follow from the request. Memory between strided rows holds NaN, gradients of
/// parameters begin with other numbers than zero, scratch is full of NaN, and inputs are proven unchanged.
/// </summary>
internal static class RecurrentRun
{
    public static Dictionary<string, float[]> Run(IBackend backend, RecurrentRequest request) => Run(backend, request, Inputs(request));

    public static Dictionary<string, float[]> Run(IBackend backend, RecurrentRequest request, Dictionary<string, float[]> inputs)
    {
        var shape = request.Shape;
        var kept = inputs.ToDictionary(pair => pair.Key, pair => (float[])pair.Value.Clone());
        var sizes = backend.RecurrentSizes(shape);
        var (packed, reserve, workspace) = (Unset(sizes.Packed), Unset(sizes.Reserve), Unset(sizes.Workspace));
        var (state, cellState) = ((long)shape.B * shape.OutputWidth, (long)shape.B * shape.CellWidth);
        var results = new Dictionary<string, float[]>
        {
            ["y"] = Unset(Length(shape.Rows, shape.OutputWidth, shape.ActualOutputStride)),
            ["h_n"] = Unset(state),
            ["c_n"] = Unset(cellState),
        };
        backend.RecurrentPack(shape, Weights(inputs), packed);
        backend.RecurrentForward(shape, new RecurrentForward
        {
            Input = inputs["x"],
            InputWeights = inputs["weight_ih"],
            Packed = packed,
            StepRows = request.StepRows,
            HiddenMask = inputs["h_mask"],
            Zoneout = request.Zoneout,
            InitialHidden = inputs["h_0"],
            InitialCell = inputs["c_0"],
            Output = results["y"],
            FinalHidden = results["h_n"],
            FinalCell = results["c_n"],
            Reserve = reserve,
            Workspace = workspace,
        });
        results["dx"] = Unset(request.InputGradients ? Length(shape.Rows, shape.I, shape.ActualInputStride) : 0);
        results["dh_0"] = Unset(request.InputGradients ? state : 0);
        results["dc_0"] = Unset(request.InputGradients ? cellState : 0);
        foreach (var parameter in RecurrentParameter.Of(shape))
            results["d" + parameter.Name] = Numbers.Floats(50 + parameter.Name.Length, parameter.Length);
        Array.Fill(workspace, float.NaN);
        Backward(backend, request, inputs, results, packed, reserve, workspace);
        foreach (var (name, values) in kept)
            Assert.Equal(values, inputs[name]);
        return results;
    }

    /// <summary>The parameters among the inputs.</summary>
    public static RecurrentWeights Weights(Dictionary<string, float[]> inputs)
    {
        float[] Of(string name) => inputs.GetValueOrDefault(name, []);
        return new RecurrentWeights
        {
            InputWeights = Of("weight_ih"),
            HiddenWeights = Of("weight_hh"),
            InputBias = Of("bias_ih"),
            HiddenBias = Of("bias_hh"),
            ProjectionWeights = Of("weight_hr"),
            PeepholeWeights = Of("weight_peephole"),
            InputGain = Of("ln_ih_gain"),
            HiddenGain = Of("ln_hh_gain"),
            CellGain = Of("ln_c_gain"),
            CellBias = Of("ln_c_bias"),
        };
    }

    public static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual, double tolerance)
    {
        foreach (var (name, values) in expected)
            Numbers.AssertClose(name, values, actual[name], tolerance);
    }

    /// <summary>The steps in the reversed order; a step is <paramref name="width"/> numbers.</summary>
    public static float[] Turn(float[] steps, int width) => [.. steps.Chunk(width).Reverse().SelectMany(step => step)];

    private static void Backward(IBackend backend, RecurrentRequest request, Dictionary<string, float[]> inputs,
        Dictionary<string, float[]> results, float[] packed, float[] reserve, float[] workspace)
    {
        float[] Gradient(string name) => results.GetValueOrDefault("d" + name, []);
        backend.RecurrentBackward(request.Shape, new RecurrentBackward
        {
            Input = inputs["x"],
            InputWeights = inputs["weight_ih"],
            Packed = packed,
            StepRows = request.StepRows,
            HiddenMask = inputs["h_mask"],
            Zoneout = request.Zoneout,
            InitialHidden = inputs["h_0"],
            InitialCell = inputs["c_0"],
            Output = results["y"],
            OutputGradient = inputs["dy"],
            FinalHiddenGradient = inputs["dh_n"],
            FinalCellGradient = inputs["dc_n"],
            Reserve = reserve,
            Workspace = workspace,
            InputGradient = results["dx"],
            InitialHiddenGradient = results["dh_0"],
            InitialCellGradient = results["dc_0"],
            InputWeightsGradient = Gradient("weight_ih"),
            HiddenWeightsGradient = Gradient("weight_hh"),
            InputBiasGradient = Gradient("bias_ih"),
            HiddenBiasGradient = Gradient("bias_hh"),
            ProjectionWeightsGradient = Gradient("weight_hr"),
            PeepholeWeightsGradient = Gradient("weight_peephole"),
            InputGainGradient = Gradient("ln_ih_gain"),
            HiddenGainGradient = Gradient("ln_hh_gain"),
            CellGainGradient = Gradient("ln_c_gain"),
            CellBiasGradient = Gradient("ln_c_bias"),
        });
    }

    public static Dictionary<string, float[]> Inputs(RecurrentRequest request)
    {
        var shape = request.Shape;
        var (state, cellState) = ((long)shape.B * shape.OutputWidth, (long)shape.B * shape.CellWidth);
        var inputs = new Dictionary<string, float[]>
        {
            ["x"] = Strided(1, shape.Rows, shape.I, shape.ActualInputStride),
            ["h_0"] = Numbers.Floats(6, request.InitialStates ? state : 0),
            ["c_0"] = Numbers.Floats(7, request.InitialStates ? cellState : 0),
            ["h_mask"] = [.. Numbers.Indices(11, (int)(shape.Masked ? state : 0), 4).Select(draw => draw == 0 ? 0 : 4 / 3f)],
            ["dy"] = request.OutputGradient ? Strided(8, shape.Rows, shape.OutputWidth, shape.ActualOutputStride) : [],
            ["dh_n"] = Numbers.Floats(9, request.FinalGradients ? state : 0),
            ["dc_n"] = Numbers.Floats(10, request.FinalGradients ? cellState : 0),
        };
        foreach (var parameter in RecurrentParameter.Of(shape))
            inputs[parameter.Name] = Numbers.Floats(20 + (int)parameter.Role, parameter.Length, 1 / MathF.Sqrt(shape.H));
        if (request.Turned)
            (inputs["x"], inputs["dy"]) = (Turn(inputs["x"], shape.B * shape.I), Turn(inputs["dy"], shape.B * shape.OutputWidth));
        return inputs;
    }

    private static long Length(long rows, int columns, int stride) => (rows - 1) * stride + columns;

    private static float[] Strided(int seed, long rows, int columns, int stride)
    {
        var numbers = Numbers.Floats(seed, Length(rows, columns, stride));
        for (var i = 0; i < numbers.Length; i++)
        {
            if (i % stride >= columns)
                numbers[i] = float.NaN;
        }
        return numbers;
    }

    private static float[] Unset(long count)
    {
        var numbers = new float[count];
        Array.Fill(numbers, float.NaN);
        return numbers;
    }
}
