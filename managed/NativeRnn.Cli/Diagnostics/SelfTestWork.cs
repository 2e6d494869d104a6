using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>One step of training, written out: LSTM layer, dense layer with cross entropy, back again, an update of one matrix by Adam.</summary>
internal static class SelfTestWork
{
    private const int Gates = 4;

    /// <summary>Everything that a backend computes on the way, from inputs that follow from the sizes.</summary>
    public static SelfTestArrays Run(IBackend backend, SelfTestSizes sizes)
    {
        var (T, B, I, H, _) = sizes;
        var shape = new RecurrentShape(CellKind.Lstm, T, B, I, H);
        var limit = 1 / MathF.Sqrt(H);
        var inputs = new SelfTestArrays
        {
            ["x"] = Floats(1, T * B * I, 1),
            ["w_ih"] = Floats(2, Gates * H * I, limit),
            ["w_hh"] = Floats(3, Gates * H * H, limit),
            ["b_ih"] = Floats(4, Gates * H, limit),
            ["b_hh"] = Floats(5, Gates * H, limit),
            ["h_0"] = Floats(6, B * H, 1),
            ["c_0"] = Floats(7, B * H, 1),
        };
        var results = new SelfTestArrays
        {
            ["y"] = new float[T * B * H],
            ["h_n"] = new float[B * H],
            ["c_n"] = new float[B * H],
        };
        var wanted = backend.RecurrentSizes(shape);
        var (packed, reserve, workspace) = (new float[wanted.Packed], new float[wanted.Reserve], new float[wanted.Workspace]);
        Forward(backend, shape, inputs, results, packed, reserve, workspace);
        CrossEntropy(backend, sizes, results);
        Backward(backend, shape, inputs, results, packed, reserve, workspace);
        Update(backend, inputs["w_hh"], results);
        return results;
    }

    private static void Forward(IBackend backend, RecurrentShape shape, SelfTestArrays inputs, SelfTestArrays results, float[] packed,
        float[] reserve, float[] workspace)
    {
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
    }

    private static void CrossEntropy(IBackend backend, SelfTestSizes sizes, SelfTestArrays results)
    {
        var shape = new DenseShape(sizes.T * sizes.B, sizes.H, sizes.V);
        var targets = new int[shape.N];
        for (var n = 0; n < targets.Length; n++)
            targets[n] = (int)(Philox.Word(seed: 8, stream: 0, (ulong)n) % (uint)sizes.V);
        results["dy"] = new float[shape.N * shape.I];
        results["dw_dense"] = new float[shape.O * shape.I];
        results["db_dense"] = new float[shape.O];
        var loss = backend.DenseCrossEntropy(shape, new DenseCrossEntropy
        {
            Input = results["y"],
            Weights = Floats(9, shape.O * shape.I, 1 / MathF.Sqrt(shape.I)),
            Bias = Floats(10, shape.O, 1),
            Targets = targets,
            Scale = 1.0 / shape.N,
            Workspace = new float[backend.DenseCrossEntropyWorkspace(shape)],
            InputGradient = results["dy"],
            WeightsGradient = results["dw_dense"],
            BiasGradient = results["db_dense"],
        });
        results["loss"] = [(float)loss];
    }

    private static void Backward(IBackend backend, RecurrentShape shape, SelfTestArrays inputs, SelfTestArrays results, float[] packed,
        float[] reserve, float[] workspace)
    {
        foreach (var (name, values) in inputs)
            results["d" + name] = new float[values.Length];
        backend.RecurrentBackward(shape, new RecurrentBackward
        {
            Input = inputs["x"],
            InputWeights = inputs["w_ih"],
            Packed = packed,
            InitialHidden = inputs["h_0"],
            InitialCell = inputs["c_0"],
            Output = results["y"],
            OutputGradient = results["dy"],
            FinalHiddenGradient = Floats(11, shape.B * shape.H, 1),
            FinalCellGradient = Floats(12, shape.B * shape.H, 1),
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
    }

    /// <summary>ε is far above the errors of the gradients: what is compared is the rule, not the sign of a gradient near zero.</summary>
    private static void Update(IBackend backend, float[] parameters, SelfTestArrays results)
    {
        results["adam"] = [.. parameters];
        results["adam_m"] = Floats(13, parameters.Length, 1);
        results["adam_v"] = [.. Floats(14, parameters.Length, 1).Select(Math.Abs)];
        backend.Update(
            UpdateRule.Adam(step: 3, rate: 0.01, epsilon: 0.1, weightDecay: 0.01) with { GradientScale = 0.5 },
            new() { Parameters = results["adam"], Gradients = results["dw_hh"], First = results["adam_m"], Second = results["adam_v"] });
    }

    /// <summary>Uniform in ±<paramref name="limit"/>, the same everywhere.</summary>
    private static float[] Floats(ulong stream, int count, float limit)
    {
        var numbers = new float[count];
        Philox.FillUniform(seed: 8, stream, offset: 0, numbers);
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (2 * numbers[i] - 1) * limit;
        return numbers;
    }
}
