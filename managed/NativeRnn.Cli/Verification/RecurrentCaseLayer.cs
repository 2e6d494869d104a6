using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>One recurrent layer of a case in one direction: its parameters as the file has them, its gradients, and the memory of its passes.</summary>
internal sealed class RecurrentCaseLayer
{
    private readonly IBackend backend;
    private readonly RecurrentShape shape;
    private readonly float[] packed, reserve, workspace;
    private readonly bool hasCell;
    private readonly int column;
    private float[] x = [], h0 = [], c0 = [], y = [];

    /// <param name="backend">Runs the layer.</param>
    /// <param name="shape">The sizes of every pass; where its output is strided, the directions stand side by side.</param>
    /// <param name="file">Has the parameters.</param>
    /// <param name="prefix">What stands before PyTorch's names.</param>
    /// <param name="index">The layer in its stack.</param>
    public RecurrentCaseLayer(IBackend backend, RecurrentShape shape, CaseFile file, string prefix, int index)
    {
        (this.backend, this.shape, hasCell) = (backend, shape, CellInfo.Of(shape.Cell).HasCellState);
        column = shape.Reverse ? shape.H : 0;
        var suffix = $"_l{index}{(shape.Reverse ? "_reverse" : "")}";
        long G = CellInfo.Of(shape.Cell).Gates, I = shape.I, H = shape.H;
        InputWeights = new CaseParameter(file, $"{prefix}weight_ih{suffix}", G * H, I);
        HiddenWeights = new CaseParameter(file, $"{prefix}weight_hh{suffix}", G * H, H);
        Parameters = [InputWeights, HiddenWeights];
        if (shape.HasBias)
        {
            InputBias = new CaseParameter(file, $"{prefix}bias_ih{suffix}", G * H);
            HiddenBias = new CaseParameter(file, $"{prefix}bias_hh{suffix}", G * H);
            Parameters = [.. Parameters, InputBias, HiddenBias];
        }
        var sizes = backend.RecurrentSizes(shape);
        (packed, reserve, workspace) = (new float[sizes.Packed], new float[sizes.Reserve], new float[sizes.Workspace]);
    }

    public IReadOnlyList<CaseParameter> Parameters { get; }

    private CaseParameter InputWeights { get; }
    private CaseParameter HiddenWeights { get; }
    private CaseParameter? InputBias { get; }
    private CaseParameter? HiddenBias { get; }

    /// <summary>
    /// Writes this direction's columns of y [T, B, directions·H] and returns the final states [B, H]; those of cells without c are empty.
    /// </summary>
    public (float[] FinalHidden, float[] FinalCell) Forward(float[] input, float[] initialHidden, float[] initialCell, float[] output)
    {
        (x, h0, c0, y) = (input, initialHidden, initialCell, output);
        var hn = new float[shape.B * shape.H];
        var cn = new float[hasCell ? shape.B * shape.H : 0];
        var weights = new RecurrentWeights
        {
            InputWeights = InputWeights.Values,
            HiddenWeights = HiddenWeights.Values,
            InputBias = InputBias?.Values,
            HiddenBias = HiddenBias?.Values,
        };
        backend.RecurrentPack(shape, weights, packed);
        backend.RecurrentForward(shape, new RecurrentForward
        {
            Input = x,
            InputWeights = InputWeights.Values,
            Packed = packed,
            InitialHidden = h0,
            InitialCell = c0,
            Output = y.AsSpan(column),
            FinalHidden = hn,
            FinalCell = cn,
            Reserve = reserve,
            Workspace = workspace,
        });
        return (hn, cn);
    }

    /// <summary>
    /// Back-propagates through the last <see cref="Forward"/>, adds to the gradients of the parameters, returns those of the input and
    /// of the initial states. The output's gradient has the columns of all directions.
    /// </summary>
    public (float[] Input, float[] InitialHidden, float[] InitialCell) Backward(float[] outputGradient, float[] finalHiddenGradient,
        float[] finalCellGradient)
    {
        var dx = new float[x.Length];
        var dh0 = new float[h0.Length];
        var dc0 = new float[c0.Length];
        backend.RecurrentBackward(shape, new RecurrentBackward
        {
            Input = x,
            InputWeights = InputWeights.Values,
            Packed = packed,
            InitialHidden = h0,
            InitialCell = c0,
            Output = y.AsSpan(column),
            OutputGradient = outputGradient.AsSpan(column),
            FinalHiddenGradient = finalHiddenGradient,
            FinalCellGradient = finalCellGradient,
            Reserve = reserve,
            Workspace = workspace,
            InputGradient = dx,
            InitialHiddenGradient = dh0,
            InitialCellGradient = dc0,
            InputWeightsGradient = InputWeights.Gradient,
            HiddenWeightsGradient = HiddenWeights.Gradient,
            InputBiasGradient = InputBias?.Gradient,
            HiddenBiasGradient = HiddenBias?.Gradient,
        });
        return (dx, dh0, dc0);
    }
}
