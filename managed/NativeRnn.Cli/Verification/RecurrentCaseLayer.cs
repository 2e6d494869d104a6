using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>One recurrent layer of a case: its parameters as the file has them, its gradients, and the memory of its passes.</summary>
internal sealed class RecurrentCaseLayer
{
    private readonly IBackend backend;
    private readonly RecurrentShape shape;
    private readonly float[] packed, reserve, workspace;
    private float[] x = [], h0 = [], c0 = [], y = [];

    /// <param name="backend">Runs the layer.</param>
    /// <param name="shape">The sizes of every pass.</param>
    /// <param name="file">Has the parameters.</param>
    /// <param name="prefix">What stands before PyTorch's names.</param>
    /// <param name="index">The layer in its stack.</param>
    public RecurrentCaseLayer(IBackend backend, RecurrentShape shape, CaseFile file, string prefix, int index)
    {
        (this.backend, this.shape) = (backend, shape);
        long G = CellInfo.Of(shape.Cell).Gates, I = shape.I, H = shape.H;
        InputWeights = new CaseParameter(file, $"{prefix}weight_ih_l{index}", G * H, I);
        HiddenWeights = new CaseParameter(file, $"{prefix}weight_hh_l{index}", G * H, H);
        Parameters = [InputWeights, HiddenWeights];
        if (shape.HasBias)
        {
            InputBias = new CaseParameter(file, $"{prefix}bias_ih_l{index}", G * H);
            HiddenBias = new CaseParameter(file, $"{prefix}bias_hh_l{index}", G * H);
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

    /// <summary>Returns y [T, B, H] and the final states [B, H].</summary>
    public (float[] Output, float[] FinalHidden, float[] FinalCell) Forward(float[] input, float[] initialHidden, float[] initialCell)
    {
        (x, h0, c0) = (input, initialHidden, initialCell);
        y = new float[shape.T * shape.B * shape.H];
        var hn = new float[shape.B * shape.H];
        var cn = new float[shape.B * shape.H];
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
            Output = y,
            FinalHidden = hn,
            FinalCell = cn,
            Reserve = reserve,
            Workspace = workspace,
        });
        return (y, hn, cn);
    }

    /// <summary>
    /// Back-propagates through the last <see cref="Forward"/>, adds to the gradients of the parameters, returns those of the input and
    /// of the initial states.
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
            Output = y,
            OutputGradient = outputGradient,
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
