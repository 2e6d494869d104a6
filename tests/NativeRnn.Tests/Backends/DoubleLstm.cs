using NativeRnn.Backends;
using NativeRnn.Backends.Managed;

namespace NativeRnn.Tests.Backends;

/// <summary>
/// The managed LSTM in double precision on variables that are exact in float32: what finite differences look at, and the source of
/// expected numbers. The loss is Σ y∘dy + Σ h(T)∘dh + Σ c(T)∘dc, whose gradients with respect to y, h(T), c(T) are dy, dh, dc.
/// </summary>
internal sealed class DoubleLstm
{
    private readonly RecurrentLayer<double> layer = new(new LstmCell<double>(), new ManagedProduct<double>());
    private readonly RecurrentShape shape;
    private readonly double[] packed, reserve, workspace;

    public DoubleLstm(RecurrentShape shape)
    {
        this.shape = shape;
        var (T, B, I, H, bias) = (shape.T, shape.B, shape.I, shape.H, shape.HasBias ? 4 * shape.H : 0);
        foreach (var (name, count) in new[]
        {
            ("input", T * B * I), ("h_0", B * H), ("c_0", B * H),
            ("weight_ih_l0", 4 * H * I), ("weight_hh_l0", 4 * H * H), ("bias_ih_l0", bias), ("bias_hh_l0", bias),
        })
        {
            Variables[name] = Exact(Variables.Count, count);
            Gradients[name] = new double[count];
        }
        (Output, FinalHidden, FinalCell) = (new double[T * B * H], new double[B * H], new double[B * H]);
        (OutputGradient, FinalHiddenGradient, FinalCellGradient) = (Exact(90, T * B * H), Exact(91, B * H), Exact(92, B * H));
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
            InputWeights = new(Variables["weight_ih_l0"], 4 * H, I),
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
            InputWeights = new(Variables["weight_ih_l0"], 4 * H, I),
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
            InputWeightsGradient = new(Gradients["weight_ih_l0"], 4 * H, I),
            HiddenWeightsGradient = new(Gradients["weight_hh_l0"], 4 * H, H),
            InputBiasGradient = Gradients["bias_ih_l0"],
            HiddenBiasGradient = Gradients["bias_hh_l0"],
        });
    }

    private static double[] Exact(int seed, int count) => [.. Numbers.Floats(seed, count).Select(x => (double)x)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
