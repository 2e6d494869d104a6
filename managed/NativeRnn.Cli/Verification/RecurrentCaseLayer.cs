using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>One recurrent layer of a case in one direction: its parameters as the file has them, its gradients, and the memory of its passes.</summary>
internal sealed class RecurrentCaseLayer
{
    private readonly IBackend backend;
    private readonly RecurrentShape shape;
    private readonly CaseRows rows;
    private readonly Dictionary<RecurrentRole, CaseParameter> parameters = [];
    private readonly float[] packed, reserve, workspace;
    private readonly int column;
    private float[] x = [], h0 = [], c0 = [], y = [];

    /// <param name="backend">Runs the layer.</param>
    /// <param name="shape">The sizes of every pass; where its output is strided, the directions stand side by side.</param>
    /// <param name="rows">The rows that the shape was made for.</param>
    /// <param name="file">Has the parameters.</param>
    /// <param name="prefix">What stands before PyTorch's names.</param>
    /// <param name="index">The layer in its stack.</param>
    public RecurrentCaseLayer(IBackend backend, RecurrentShape shape, CaseRows rows, CaseFile file, string prefix, int index)
    {
        (this.backend, this.shape, this.rows) = (backend, shape, rows);
        column = shape.Reverse ? shape.OutputWidth : 0;
        foreach (var parameter in RecurrentParameter.Of(shape))
        {
            var sizes = parameter.Shape.Select(size => (long)size).ToArray();
            parameters[parameter.Role] = new CaseParameter(file, prefix + parameter.NameIn(index, shape.Reverse), sizes);
        }
        var memory = backend.RecurrentSizes(shape);
        (packed, reserve, workspace) = (new float[memory.Packed], new float[memory.Reserve], new float[memory.Workspace]);
    }

    public IReadOnlyCollection<CaseParameter> Parameters => parameters.Values;

    /// <summary>Writes this direction's columns of y [R, directions·W] and returns the final states; those of cells without c are empty.</summary>
    public (float[] FinalHidden, float[] FinalCell) Forward(float[] input, float[] initialHidden, float[] initialCell, float[] output)
    {
        (x, h0, c0, y) = (input, initialHidden, initialCell, output);
        if (rows.AreIdle)
            return (h0, c0);
        var (hn, cn) = (new float[h0.Length], new float[c0.Length]);
        backend.RecurrentPack(shape, new RecurrentWeights
        {
            InputWeights = Values(RecurrentRole.InputWeights),
            HiddenWeights = Values(RecurrentRole.HiddenWeights),
            InputBias = Values(RecurrentRole.InputBias),
            HiddenBias = Values(RecurrentRole.HiddenBias),
            ProjectionWeights = Values(RecurrentRole.ProjectionWeights),
            PeepholeWeights = Values(RecurrentRole.PeepholeWeights),
            InputGain = Values(RecurrentRole.InputGain),
            HiddenGain = Values(RecurrentRole.HiddenGain),
            CellGain = Values(RecurrentRole.CellGain),
            CellBias = Values(RecurrentRole.CellBias),
        }, packed);
        backend.RecurrentForward(shape, new RecurrentForward
        {
            Input = x,
            InputWeights = Values(RecurrentRole.InputWeights),
            Packed = packed,
            StepRows = rows.StepRows,
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
        if (rows.AreIdle)
            return ([], finalHiddenGradient, finalCellGradient);
        var dx = new float[x.Length];
        var dh0 = new float[h0.Length];
        var dc0 = new float[c0.Length];
        backend.RecurrentBackward(shape, new RecurrentBackward
        {
            Input = x,
            InputWeights = Values(RecurrentRole.InputWeights),
            Packed = packed,
            StepRows = rows.StepRows,
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
            InputWeightsGradient = Gradient(RecurrentRole.InputWeights),
            HiddenWeightsGradient = Gradient(RecurrentRole.HiddenWeights),
            InputBiasGradient = Gradient(RecurrentRole.InputBias),
            HiddenBiasGradient = Gradient(RecurrentRole.HiddenBias),
            ProjectionWeightsGradient = Gradient(RecurrentRole.ProjectionWeights),
            PeepholeWeightsGradient = Gradient(RecurrentRole.PeepholeWeights),
            InputGainGradient = Gradient(RecurrentRole.InputGain),
            HiddenGainGradient = Gradient(RecurrentRole.HiddenGain),
            CellGainGradient = Gradient(RecurrentRole.CellGain),
            CellBiasGradient = Gradient(RecurrentRole.CellBias),
        });
        return (dx, dh0, dc0);
    }

    private float[] Values(RecurrentRole role) => parameters.GetValueOrDefault(role)?.Values ?? [];

    private float[] Gradient(RecurrentRole role) => parameters.GetValueOrDefault(role)?.Gradient ?? [];
}
