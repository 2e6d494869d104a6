using NativeRnn.Backends;
using NativeRnn.Backends.Managed;

namespace NativeRnn.Tests.Backends;

/// <summary>
/// A managed recurrent layer in double precision on variables that are exact in float32: what finite differences look at, and the source of
/// expected numbers. The loss is Σ y∘dy + Σ h(T)∘dh + Σ c(T)∘dc, whose gradients with respect to y, h(T), c(T) are dy, dh, dc; cells
/// without c have empty ones.
/// </summary>
internal sealed class DoubleLayer
{
    private readonly RecurrentLayer<double> layer;
    private readonly RecurrentShape shape;
    private readonly RecurrentRequest request;
    private readonly double[] mask, packed, reserve, workspace;

    public DoubleLayer(RecurrentShape shape) : this(new RecurrentRequest(shape)) { }

    public DoubleLayer(RecurrentRequest request)
    {
        (this.request, shape) = (request, request.Shape);
        layer = new RecurrentLayer<double>(RecurrentCells<double>.Of(shape.Cell), new ManagedProduct<double>());
        var (rows, states, cells) = ((int)shape.Rows, shape.B * shape.OutputWidth, shape.B * shape.CellWidth);
        Add("input", rows * shape.ActualInputStride);
        Add("h_0", states);
        Add("c_0", cells);
        foreach (var parameter in RecurrentParameter.Of(shape))
            Add(parameter.NameIn(0, reverse: false), (int)parameter.Length);
        mask = [.. RecurrentRun.Inputs(request)["h_mask"].Select(x => (double)x)];
        (Output, FinalHidden, FinalCell) = (new double[rows * shape.ActualOutputStride], new double[states], new double[cells]);
        (OutputGradient, FinalHiddenGradient, FinalCellGradient) = (Exact(90, Output.Length), Exact(91, states), Exact(92, cells));
        for (var i = 0; i < OutputGradient.Length; i++)
            OutputGradient[i] *= i % shape.ActualOutputStride < shape.OutputWidth ? 1 : 0;
        var sizes = layer.Sizes(shape);
        (packed, reserve, workspace) = (new double[sizes.Packed], new double[sizes.Reserve], new double[sizes.Workspace]);
    }

    /// <summary>Inputs, states and parameters by PyTorch's names.</summary>
    public Dictionary<string, double[]> Variables { get; } = [];

    public Dictionary<string, double[]> Gradients { get; } = [];

    public double[] Output { get; }
    public double[] FinalHidden { get; }
    public double[] FinalCell { get; }
    public double[] OutputGradient { get; }
    public double[] FinalHiddenGradient { get; }
    public double[] FinalCellGradient { get; }

    /// <summary>Returns the loss.</summary>
    public double Forward()
    {
        var (rows, B, W, C) = ((int)shape.Rows, shape.B, shape.OutputWidth, shape.CellWidth);
        layer.Pack(shape, new LayerWeights<double>
        {
            Hidden = Of(Variables, "weight_hh"),
            InputBias = Of(Variables, "bias_ih"),
            HiddenBias = Of(Variables, "bias_hh"),
            Projection = Of(Variables, "weight_hr"),
            Parameters = new()
            {
                Peephole = Of(Variables, "weight_peephole"),
                InputGain = Of(Variables, "ln_ih_gain"),
                HiddenGain = Of(Variables, "ln_hh_gain"),
                CellGain = Of(Variables, "ln_c_gain"),
                CellBias = Of(Variables, "ln_c_bias"),
            },
        }, packed);
        layer.Forward(shape, Context(), new RecurrentResults<double>
        {
            Output = new(Output, rows, W, shape.ActualOutputStride),
            FinalHidden = new(FinalHidden, B, W),
            FinalCell = new(FinalCell, B, C),
        });
        return Dot(Output, OutputGradient) + Dot(FinalHidden, FinalHiddenGradient) + Dot(FinalCell, FinalCellGradient);
    }

    /// <summary>Adds to the gradients of parameters, overwrites the others.</summary>
    public void Backward()
    {
        var (rows, B, I, W, C) = ((int)shape.Rows, shape.B, shape.I, shape.OutputWidth, shape.CellWidth);
        layer.Backward(shape, Context(), new RecurrentGradients<double>
        {
            Output = new(OutputGradient, rows, W, shape.ActualOutputStride),
            FinalHidden = new(FinalHiddenGradient, B, W),
            FinalCell = new(FinalCellGradient, B, C),
            Input = new(Gradients["input"], rows, I, shape.ActualInputStride),
            InitialHidden = new(Gradients["h_0"], B, W),
            InitialCell = new(Gradients["c_0"], B, C),
            InputWeights = new(Of(Gradients, "weight_ih"), CellInfo.Of(shape.Cell).Gates * shape.H, I),
            HiddenWeights = new(Of(Gradients, "weight_hh"), shape.HiddenWeights.Rows, shape.HiddenWeights.Columns),
            InputBias = Of(Gradients, "bias_ih"),
            HiddenBias = Of(Gradients, "bias_hh"),
            ProjectionWeights = new(Of(Gradients, "weight_hr"), shape.Projection, shape.H),
            Parameters = new()
            {
                Peephole = Of(Gradients, "weight_peephole"),
                InputGain = Of(Gradients, "ln_ih_gain"),
                HiddenGain = Of(Gradients, "ln_hh_gain"),
                CellGain = Of(Gradients, "ln_c_gain"),
                CellBias = Of(Gradients, "ln_c_bias"),
            },
        });
    }

    private RecurrentContext<double> Context() => new()
    {
        Input = new(Variables["input"], (int)shape.Rows, shape.I, shape.ActualInputStride),
        InputWeights = new(Of(Variables, "weight_ih"), CellInfo.Of(shape.Cell).Gates * shape.H, shape.I),
        Packed = packed,
        StepRows = request.StepRows,
        HiddenMask = new(mask, shape.B, shape.OutputWidth),
        Zoneout = request.Zoneout,
        InitialHidden = new(Variables["h_0"], shape.B, shape.OutputWidth),
        InitialCell = new(Variables["c_0"], shape.B, shape.CellWidth),
        Reserve = reserve,
        Workspace = workspace,
    };

    private void Add(string name, int count)
    {
        Variables[name] = Exact(Variables.Count, count);
        Gradients[name] = new double[count];
    }

    private static double[] Of(Dictionary<string, double[]> parameters, string name) => parameters.GetValueOrDefault($"{name}_l0", []);

    private static double[] Exact(int seed, int count) => [.. Numbers.Floats(seed, count).Select(x => (double)x)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
