using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>Every backend refuses what would read or write out of bounds, and leaves the garbage collector alone otherwise.</summary>
public class ArgumentTests
{
    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Short_spans_and_wrong_indices_throw(string row)
    {
        using var backend = TestBackends.Create(row);
        var (two, three) = (new float[2], new float[3]);
        Throws("rows", "2", () => backend.EmbeddingForward(3, three, [0], two));
        Throws("ids", "-1", () => backend.EmbeddingForward(3, three, [-1], three));
        Throws("ids", "1", () => backend.EmbeddingForward(3, three, [0, 1], new float[6]));
        Throws("tableGradient", "2", () => backend.EmbeddingBackward(3, [0], three, two));
        Throws("arguments", "3", () => backend.CrossEntropy(new() { Classes = 3, Logits = three, Targets = [3] }));
        Throws("arguments", "-1", () => backend.CrossEntropy(new() { Classes = 3, Logits = three, Targets = [-1], IgnoreIndex = -2 }));
        Throws("arguments", "6", () => backend.CrossEntropy(new() { Classes = 3, Logits = three, Targets = [0, 1] }));
        Throws("arguments", "2", () => backend.CrossEntropy(new() { Classes = 3, Logits = three, Targets = [0], LogitsGradient = two }));
        Throws("arguments", "2", () => backend.CrossEntropy(new() { Classes = 3, Logits = three, Targets = [0], ClassWeights = two }));
        Throws("arguments", "2", () => backend.CrossEntropy(new() { Classes = 3, Logits = three, Targets = [0], LabelSmoothing = 2 }));
        Throws("arguments", "2", () => backend.PointwiseLoss(new() { Columns = 1, Input = two, Target = three }));
        Throws("arguments", "3", () => backend.PointwiseLoss(new() { Kind = PointwiseLossKind.Gaussian, Columns = 1, Input = three, Target = three }));
        Throws("arguments", "2", () => backend.PointwiseLoss(new() { Columns = 2, Input = three, Target = three }));
        Throws("arguments", "77", () => backend.PointwiseLoss(new() { Kind = (PointwiseLossKind)77, Columns = 1, Input = three, Target = three }));
        Throws("arguments", "2", () => backend.PointwiseLoss(new() { Columns = 3, Input = three, Target = three, Weights = two }));
        Throws("arguments", "2", () => backend.Ctc(Spelling(backend, [1], [2], [1])));
        Throws("arguments", "2", () => backend.Ctc(Spelling(backend, [1], [1], [2])));
        Throws("arguments", "3", () => backend.Ctc(Spelling(backend, [3], [1], [1])));
        Throws("arguments", "the blank", () => backend.Ctc(Spelling(backend, [0], [1], [1])));
        Throws("arrays", "2", () => backend.Update(UpdateRule.Sgd(1, 1), new() { Parameters = three, Gradients = two }));
        Throws("arrays", "0", () => backend.Update(UpdateRule.Sgd(1, 1, 0.9), new() { Parameters = three, Gradients = three }));
        Throws("arrays", "2", () => backend.Update(UpdateRule.Adam(1, 1), new() { Parameters = three, Gradients = three, First = three, Second = two }));
        Throws("arrays", "0", () => backend.Update(UpdateRule.RmsProp(1, momentum: 0.9), new() { Parameters = three, Gradients = three, First = three }));
        Throws("arrays", "2", () => backend.Update(
            UpdateRule.Adam(1, 1), new() { Parameters = three, Gradients = three, First = three, Second = three, Third = two }));
        Throws("arrays", "0", () => backend.Update(default(UpdateRule) with { Momentum = 0.5 }, new() { Parameters = three, Gradients = three }));
        Throws("step", "0", () => UpdateRule.Adam(0, 1));
        Throws("arguments", "2", () => backend.DenseForward(new(1, 1, 3), new() { Input = three, Weights = two, Output = three }));
        Throws("shape", "shape.N is 0", () => backend.DenseCrossEntropyWorkspace(new(0, 1, 1)));
        Throws("arguments", "1", () => backend.DenseCrossEntropy(new(1, 1, 1), new() { Input = two, Weights = two, Targets = [1] }));
        Throws("arguments", "no Bias", () => backend.DenseCrossEntropy(new(1, 1, 1), new()
        {
            Input = two,
            Weights = two,
            Targets = [0],
            Workspace = new float[backend.DenseCrossEntropyWorkspace(new(1, 1, 1))],
            InputGradient = two,
            WeightsGradient = two,
            BiasGradient = two,
        }));
        Throws("shape", "W would have", () => backend.DenseCrossEntropyWorkspace(new(1, 1 << 16, 1 << 16)));
        Throws("shape", "weight_hh would have", () => backend.RecurrentSizes(new(CellKind.Lstm, 1, 1, 1, 1 << 20)));
        Throws("shape", "forward keeps", () => backend.RecurrentSizes(new(CellKind.Lstm, int.MaxValue, 1, 1, 1)));
        Throws("shape", "shape.H is 0", () => backend.RecurrentSizes(new(CellKind.Lstm, 1, 1, 1, 0)));
        Throws("shape", "3", () => backend.RecurrentSizes(new(CellKind.Lstm, 1, 1, 4, 1) { InputStride = 3 }));
        Throws("arguments", "arguments.Input holds 5", () => backend.RecurrentForward(new(CellKind.Lstm, 2, 3, 1, 1), new() { Input = new float[5] }));
        var one = new RecurrentShape(CellKind.Lstm, 1, 1, 1, 1);
        var gru = new RecurrentShape(CellKind.Gru, 1, 1, 1, 1);
        Throws("arguments", "arguments.InitialCell holds 3 elements, expected none: gru has no cell state", () => backend.RecurrentForward(gru, new()
        {
            Input = three,
            InputWeights = three,
            Packed = new float[backend.RecurrentSizes(gru).Packed],
            InitialCell = three,
        }));
        var ragged = new RecurrentShape(CellKind.Lstm, 2, 3, 1, 1) { RaggedRows = 4 };
        Throws("shape", "gru has no projection", () => backend.RecurrentSizes(gru with { Projection = 1 }));
        Throws("shape", "lstm_layernorm has no projection", () => backend.RecurrentSizes(one with { Cell = CellKind.LstmLayernorm, Projection = 1 }));
        Throws("shape", "Projection is -1", () => backend.RecurrentSizes(one with { Projection = -1 }));
        Throws("shape", "Clip is -1", () => backend.RecurrentSizes(one with { Clip = -1 }));
        Throws("shape", "Clip is NaN", () => backend.RecurrentSizes(one with { Clip = float.NaN }));
        Throws("shape", "RaggedRows is 7, expected 0 or T…T·B = 2…6", () => backend.RecurrentSizes(ragged with { RaggedRows = 7 }));
        Throws("shape", "no product of min_gru sees h", () => backend.RecurrentSizes(one with { Cell = CellKind.MinGru, Masked = true }));
        Throws("shape", "shape.OutputActivation is relu, expected none: gru has no such activation", () => backend.RecurrentSizes(gru with { OutputActivation = Activation.Of(ActivationKind.Relu) }));
        Throws("shape", "alpha at least 0", () => backend.RecurrentSizes(one with { GateActivation = new(ActivationKind.Elu, -1, 0) }));
        Throws("shape", "alpha not 0", () => backend.RecurrentSizes(one with { GateActivation = new(ActivationKind.ScaledTanh, 0, 1) }));
        Throws("shape", "finite", () => backend.RecurrentSizes(one with { CandidateActivation = new(ActivationKind.Affine, 1, float.NaN) }));
        Throws("arguments", "has 0 steps, expected T = 2", () => backend.RecurrentForward(ragged, default));
        Throws("arguments", "expected none", () => backend.RecurrentForward(one, new() { StepRows = [1] }));
        Throws("arguments", "arguments.StepRows[1] is 3, expected 1…1", () => backend.RecurrentForward(ragged, new() { StepRows = [1, 3] }));
        Throws("arguments", "arguments.StepRows[1] is 0", () => backend.RecurrentForward(ragged, new() { StepRows = [3, 0] }));
        Throws("arguments", "has 5 rows in all, expected RaggedRows = 4", () => backend.RecurrentForward(ragged, new() { StepRows = [3, 2] }));
        Throws("arguments", "arguments.Input holds 3 elements, expected 4", () => backend.RecurrentForward(ragged, new() { StepRows = [3, 1], Input = three }));
        Throws("weights", "no such parameter", () => backend.RecurrentPack(one, new()
        {
            HiddenWeights = new float[4],
            InputBias = new float[4],
            HiddenBias = new float[4],
            PeepholeWeights = three,
        }, new float[backend.RecurrentSizes(one).Packed]));
        Throws("rate", "1", () => backend.DropoutMask(1, 1, 0, 1, two));
        Throws("arguments", "arguments.Packed holds 0", () => backend.RecurrentForward(one, new() { Input = three, InputWeights = new float[4] }));
    }

    private static Ctc Spelling(IBackend backend, int[] targets, int[] steps, int[] labels) => new()
    {
        Shape = (1, 1, 3, 1),
        Logits = new float[3],
        Targets = targets,
        InputLengths = steps,
        TargetLengths = labels,
        Workspace = new float[backend.CtcWorkspace(1, 1, 1)],
    };

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Masks_and_zoneout_that_a_shape_does_not_have_throw(string row)
    {
        using var backend = TestBackends.Create(row);
        var (two, three) = (new float[2], new float[3]);
        var one = new RecurrentShape(CellKind.Lstm, 1, 1, 1, 1);
        var gru = one with { Cell = CellKind.Gru };
        RecurrentForward Called(RecurrentShape shape, float[] mask, Zoneout zoneout) => new()
        {
            Input = three,
            InputWeights = new float[4],
            Packed = new float[backend.RecurrentSizes(shape).Packed],
            HiddenMask = mask,
            Zoneout = zoneout,
        };
        Throws("arguments", "not Masked", () => backend.RecurrentForward(one, Called(one, two, default)));
        Throws("arguments", "holds 0", () => backend.RecurrentForward(one with { Masked = true }, Called(one with { Masked = true }, [], default)));
        Throws("arguments", "no Zoneout", () => backend.RecurrentForward(one, Called(one, [], new(0.5f, 0, 1, 1))));
        Throws("arguments", "expected 0…1", () => backend.RecurrentForward(one, Called(one, [], new(float.NaN, 0, 1, 1))));
        var zoned = one with { Zoneout = true };
        Throws("arguments", "h is projected", () => backend.RecurrentForward(zoned with { Projection = 1 }, Called(zoned with { Projection = 1 }, [], new(0.5f, 0, 1, 1))));
        Throws("arguments", "gru has no cell state", () => backend.RecurrentForward(gru with { Zoneout = true }, Called(gru with { Zoneout = true }, [], new(0, 0.5f, 1, 1))));
    }

    [Theory]
    [MemberData(nameof(RecurrentTests.AllCases), MemberType = typeof(RecurrentTests))]
    public void Steady_calls_allocate_nothing(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var step = new Step(backend, cell);
        step.Run();
        step.Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        step.Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static void Throws(string name, string part, Action call)
    {
        var error = Assert.Throws<ArgumentException>(call);
        Assert.Equal(name, error.ParamName);
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    /// <summary>A step of training with all memory at hand.</summary>
    private sealed class Step(IBackend backend, CellKind cell)
    {
        private const int T = 3, B = 4, E = 5, H = 6, V = 7;
        private readonly RecurrentShape shape = new(cell, T, B, E, H);
        private readonly DenseShape dense = new(T * B, H, V);
        private readonly RecurrentSizes sizes = backend.RecurrentSizes(new(cell, T, B, E, H));
        private readonly float[] memory = Numbers.Floats(1, 1000), gradients = new float[1000], state = new float[1000];
        private readonly float[] packed = new float[4096], reserve = new float[16384], workspace = new float[65536];
        private readonly float[] x = new float[T * B * E], y = new float[T * B * H], dy = new float[T * B * H];
        private readonly float[] others = new float[4 * H];
        private readonly int[] ids = Numbers.Indices(2, T * B, V);
        private readonly CellInfo info = CellInfo.Of(cell);

        public void Run()
        {
            Assert.True(sizes.Packed <= packed.Length && sizes.Reserve <= reserve.Length && sizes.Workspace <= workspace.Length);
            backend.EmbeddingForward(E, memory.AsSpan(0, V * E), ids, x);
            backend.RecurrentPack(shape, new()
            {
                InputWeights = memory,
                HiddenWeights = memory,
                InputBias = memory,
                HiddenBias = memory,
                PeepholeWeights = Of(memory, info.HasPeepholes),
                InputGain = Of(memory, info.HasLayerNorm),
                HiddenGain = Of(memory, info.HasLayerNorm),
                CellGain = Of(memory, info.HasLayerNorm),
                CellBias = Of(memory, info.HasLayerNorm),
            }, packed);
            backend.RecurrentForward(shape, new()
            {
                Input = x,
                InputWeights = memory,
                Packed = packed,
                Output = y,
                Reserve = reserve,
                Workspace = workspace,
            });
            backend.DenseCrossEntropy(dense, new()
            {
                Input = y,
                Weights = memory,
                Bias = memory,
                Targets = ids,
                Scale = 1,
                Workspace = workspace,
                InputGradient = dy,
                WeightsGradient = gradients,
                BiasGradient = state,
            });
            backend.RecurrentBackward(shape, new()
            {
                Input = x,
                InputWeights = memory,
                Packed = packed,
                Output = y,
                OutputGradient = dy,
                Reserve = reserve,
                Workspace = workspace,
                InputGradient = x,
                InputWeightsGradient = gradients,
                HiddenWeightsGradient = state,
                InputBiasGradient = gradients.AsSpan(200),
                HiddenBiasGradient = gradients.AsSpan(300),
                PeepholeWeightsGradient = Of(others, info.HasPeepholes),
                InputGainGradient = Of(others, info.HasLayerNorm),
                HiddenGainGradient = Of(others, info.HasLayerNorm),
                CellGainGradient = Of(others, info.HasLayerNorm),
                CellBiasGradient = Of(others, info.HasLayerNorm),
            });
            backend.EmbeddingBackward(E, ids, x, gradients.AsSpan(0, V * E));
            backend.SumOfSquares(gradients);
            backend.Update(UpdateRule.Sgd(1, 0.1, 0.9), new() { Parameters = memory, Gradients = gradients, First = state });
            backend.Update(UpdateRule.NAdam(9, 0.1),
                new() { Parameters = memory, Gradients = gradients, First = state, Second = reserve.AsSpan(0, 1000) });
            reserve.AsSpan().Clear();
            state.AsSpan().Clear();
        }

        private static float[] Of(float[] values, bool has) => has ? values : [];
    }
}
