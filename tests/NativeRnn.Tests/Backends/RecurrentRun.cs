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
}

/// <summary>
/// Forward and backward of one layer with inputs that follow from the request. Memory between strided rows holds NaN, gradients of
/// parameters begin with other numbers than zero, scratch is full of NaN, and inputs are proven unchanged.
/// </summary>
internal static class RecurrentRun
{
    private static readonly string[] ParameterNames = ["w_ih", "w_hh", "b_ih", "b_hh"];

    public static Dictionary<string, float[]> Run(IBackend backend, RecurrentRequest request)
    {
        var shape = request.Shape;
        var inputs = Inputs(request);
        var kept = inputs.ToDictionary(pair => pair.Key, pair => (float[])pair.Value.Clone());
        var sizes = backend.RecurrentSizes(shape);
        var (packed, reserve, workspace) = (Unset(sizes.Packed), Unset(sizes.Reserve), Unset(sizes.Workspace));
        var state = (long)shape.B * shape.H;
        var cellState = CellInfo.Of(shape.Cell).HasCellState ? state : 0;
        var results = new Dictionary<string, float[]>
        {
            ["y"] = Unset(OutputLength(shape)),
            ["h_n"] = Unset(state),
            ["c_n"] = Unset(cellState),
        };
        backend.RecurrentPack(shape, new RecurrentWeights
        {
            InputWeights = inputs["w_ih"],
            HiddenWeights = inputs["w_hh"],
            InputBias = inputs["b_ih"],
            HiddenBias = inputs["b_hh"],
        }, packed);
        backend.RecurrentForward(shape, new RecurrentForward
        {
            Input = inputs["x"],
            InputWeights = inputs["w_ih"],
            Packed = packed,
            InitialHidden = inputs["h_0"],
            InitialCell = inputs["c_0"],
            Output = results["y"],
            FinalHidden = results["h_n"],
            FinalCell = results["c_n"],
            Reserve = reserve,
            Workspace = workspace,
        });
        results["dx"] = Unset(request.InputGradients ? InputLength(shape) : 0);
        results["dh_0"] = Unset(request.InputGradients ? state : 0);
        results["dc_0"] = Unset(request.InputGradients ? cellState : 0);
        foreach (var name in ParameterNames)
            results["d" + name] = Numbers.Floats(50 + name.Length, inputs[name].Length);
        Array.Fill(workspace, float.NaN);
        Backward(backend, shape, inputs, results, packed, reserve, workspace);
        foreach (var (name, values) in kept)
            Assert.Equal(values, inputs[name]);
        return results;
    }

    public static void AssertSame(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual, double tolerance)
    {
        foreach (var (name, values) in expected)
            Numbers.AssertClose(name, values, actual[name], tolerance);
    }

    /// <summary>The steps in the reversed order; a step is <paramref name="width"/> numbers.</summary>
    public static float[] Turn(float[] steps, int width) => [.. steps.Chunk(width).Reverse().SelectMany(step => step)];

    private static void Backward(IBackend backend, RecurrentShape shape, Dictionary<string, float[]> inputs,
        Dictionary<string, float[]> results, float[] packed, float[] reserve, float[] workspace) =>
        backend.RecurrentBackward(shape, new RecurrentBackward
        {
            Input = inputs["x"],
            InputWeights = inputs["w_ih"],
            Packed = packed,
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
            InputWeightsGradient = results["dw_ih"],
            HiddenWeightsGradient = results["dw_hh"],
            InputBiasGradient = results["db_ih"],
            HiddenBiasGradient = results["db_hh"],
        });

    public static Dictionary<string, float[]> Inputs(RecurrentRequest request)
    {
        var shape = request.Shape;
        var cell = CellInfo.Of(shape.Cell);
        long state = (long)shape.B * shape.H, G = cell.Gates * shape.H;
        var limit = 1 / MathF.Sqrt(shape.H);
        var inputs = new Dictionary<string, float[]>
        {
            ["x"] = Strided(1, shape.T * shape.B, shape.I, shape.ActualInputStride),
            ["w_ih"] = Numbers.Floats(2, G * shape.I, limit),
            ["w_hh"] = Numbers.Floats(3, G * shape.H, limit),
            ["b_ih"] = Numbers.Floats(4, shape.HasBias ? G : 0, limit),
            ["b_hh"] = Numbers.Floats(5, shape.HasBias ? G : 0, limit),
            ["h_0"] = Numbers.Floats(6, request.InitialStates ? state : 0),
            ["c_0"] = Numbers.Floats(7, cell.HasCellState && request.InitialStates ? state : 0),
            ["dy"] = request.OutputGradient ? Strided(8, shape.T * shape.B, shape.H, shape.ActualOutputStride) : [],
            ["dh_n"] = Numbers.Floats(9, request.FinalGradients ? state : 0),
            ["dc_n"] = Numbers.Floats(10, cell.HasCellState && request.FinalGradients ? state : 0),
        };
        if (request.Turned)
            (inputs["x"], inputs["dy"]) = (Turn(inputs["x"], shape.B * shape.I), Turn(inputs["dy"], shape.B * shape.H));
        return inputs;
    }

    private static long InputLength(RecurrentShape shape) => ((long)shape.T * shape.B - 1) * shape.ActualInputStride + shape.I;

    private static long OutputLength(RecurrentShape shape) => ((long)shape.T * shape.B - 1) * shape.ActualOutputStride + shape.H;

    private static float[] Strided(int seed, int rows, int columns, int stride)
    {
        var numbers = Numbers.Floats(seed, (rows - 1L) * stride + columns);
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
