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
    private readonly int G;
    private readonly double[] packed, reserve, workspace;

    public DoubleLayer(RecurrentShape shape)
    {
        this.shape = shape;
        var cell = RecurrentCells<double>.Of(shape.Cell);
        layer = new RecurrentLayer<double>(cell, new ManagedProduct<double>());
        G = cell.Info.Gates;
        var (T, B, I, H, bias) = (shape.T, shape.B, shape.I, shape.H, shape.HasBias ? G * shape.H : 0);
        var cells = cell.Info.HasCellState ? B * H : 0;
        foreach (var (name, count) in new[]
        {
            ("input", T * B * I), ("h_0", B * H), ("c_0", cells),
            ("weight_ih_l0", G * H * I), ("weight_hh_l0", G * H * H), ("bias_ih_l0", bias), ("bias_hh_l0", bias),
        })
        {
            Variables[name] = Exact(Variables.Count, count);
            Gradients[name] = new double[count];
        }
        (Output, FinalHidden, FinalCell) = (new double[T * B * H], new double[B * H], new double[cells]);
        (OutputGradient, FinalHiddenGradient, FinalCellGradient) = (Exact(90, T * B * H), Exact(91, B * H), Exact(92, cells));
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
        var (rows, B, I, H) = (shape.T * shape.B, shape.B, shape.I, shape.H);
        layer.Pack(shape, Variables["weight_hh_l0"], Variables["bias_ih_l0"], Variables["bias_hh_l0"], packed);
        layer.Forward(shape, new RecurrentForwardPass<double>
        {
            Input = new(Variables["input"], rows, I),
            InputWeights = new(Variables["weight_ih_l0"], G * H, I),
            Packed = packed,
            InitialHidden = new(Variables["h_0"], B, H),
            InitialCell = new(Variables["c_0"], B, H),
            Output = new(Output, rows, H),
            FinalHidden = new(FinalHidden, B, H),
            FinalCell = new(FinalCell, B, H),
            Reserve = reserve,
            Workspace = workspace,
        });
        return Dot(Output, OutputGradient) + Dot(FinalHidden, FinalHiddenGradient) + Dot(FinalCell, FinalCellGradient);
    }

    /// <summary>Adds to the gradients of parameters, overwrites the others.</summary>
    public void Backward()
    {
        var (rows, B, I, H) = (shape.T * shape.B, shape.B, shape.I, shape.H);
        layer.Backward(shape, new RecurrentBackwardPass<double>
        {
            Input = new(Variables["input"], rows, I),
            InputWeights = new(Variables["weight_ih_l0"], G * H, I),
            Packed = packed,
            InitialHidden = new(Variables["h_0"], B, H),
            InitialCell = new(Variables["c_0"], B, H),
            Output = new(Output, rows, H),
            OutputGradient = new(OutputGradient, rows, H),
            FinalHiddenGradient = new(FinalHiddenGradient, B, H),
            FinalCellGradient = new(FinalCellGradient, B, H),
            Reserve = reserve,
            Workspace = workspace,
            InputGradient = new(Gradients["input"], rows, I),
            InitialHiddenGradient = new(Gradients["h_0"], B, H),
            InitialCellGradient = new(Gradients["c_0"], B, H),
            InputWeightsGradient = new(Gradients["weight_ih_l0"], G * H, I),
            HiddenWeightsGradient = new(Gradients["weight_hh_l0"], G * H, H),
            InputBiasGradient = Gradients["bias_ih_l0"],
            HiddenBiasGradient = Gradients["bias_hh_l0"],
        });
    }

    private static double[] Exact(int seed, int count) => [.. Numbers.Floats(seed, count).Select(x => (double)x)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
