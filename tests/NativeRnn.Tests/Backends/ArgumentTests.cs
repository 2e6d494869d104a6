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
        Throws("targets", "3", () => backend.CrossEntropy(3, 1, three, [3], []));
        Throws("logits", "6", () => backend.CrossEntropy(3, 1, three, [0, 1], []));
        Throws("logitsGradient", "2", () => backend.CrossEntropy(3, 1, three, [0], two));
        Throws("target", "2", () => backend.SquaredError(1, three, two, []));
        Throws("gradients", "2", () => backend.Sgd(new(1, 0, 0, false), 1, three, two, []));
        Throws("velocity", "0", () => backend.Sgd(new(1, 0.9, 0, false), 1, three, three, []));
        Throws("v", "2", () => backend.Adam(new(1, 1, 0.9, 0.999, 1e-8, 0), 1, three, three, three, two));
        Throws("rule", "0", () => backend.Adam(new(0, 1, 0.9, 0.999, 1e-8, 0), 1, three, three, three, three));
        Throws("arguments", "arguments.Weights holds 2", () => backend.DenseForward(new(1, 1, 3), new() { Input = three, Weights = two, Output = three }));
        Throws("shape", "shape.N is 0", () => backend.DenseCrossEntropyWorkspace(new(0, 1, 1)));
        Throws("arguments", "arguments.Targets[0] is 1", () => backend.DenseCrossEntropy(new(1, 1, 1), new() { Input = two, Weights = two, Targets = [1] }));
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
        Throws("arguments", "arguments.Packed holds 0", () => backend.RecurrentForward(one, new() { Input = three, InputWeights = new float[4] }));
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
        private readonly int[] ids = Numbers.Indices(2, T * B, V);

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
            });
            backend.EmbeddingBackward(E, ids, x, gradients.AsSpan(0, V * E));
            backend.SumOfSquares(gradients);
            backend.Sgd(new(0.1, 0.9, 0, true), 1, memory, gradients, state);
            backend.Adam(new(1, 0.1, 0.9, 0.999, 1e-8, 0), 1, memory, gradients, state, reserve.AsSpan(0, 1000));
            reserve.AsSpan().Clear();
            state.AsSpan().Clear();
        }
    }
}
