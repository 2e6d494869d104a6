using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>Recurrent layers of every backend against the managed one.</summary>
public class RecurrentTests
{
    private static readonly RecurrentRequest[] Requests =
    [
        new(Shape(1, 1, 1, 1)),
        new(Shape(5, 3, 4, 8)),
        new(Shape(3, 2, 7, 5)),
        new(Shape(9, 17, 16, 33)),
        new(Shape(4, 5, 3, 65)),
        new(Shape(2, 70, 9, 24)),
        new(Shape(11, 1, 13, 100)),
        new(Shape(3, 4, 6, 16) with { HasBias = false }),
        new(Shape(6, 3, 5, 7) with { InputStride = 9, OutputStride = 12 }),
        new(Shape(3, 2, 4, 9)) { InitialStates = false },
        new(Shape(3, 2, 4, 9)) { FinalGradients = false },
        new(Shape(3, 2, 4, 9)) { OutputGradient = false },
        new(Shape(3, 2, 4, 9)) { InputGradients = false, InitialStates = false },
    ];

    public static TheoryData<string, int> Cases => TestBackends.Times(TestBackends.AllButManaged, Requests.Length);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_managed(string row, int request)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var managed = TestBackends.Create("managed");
        RecurrentRun.AssertSame(RecurrentRun.Run(managed, Requests[request]), RecurrentRun.Run(backend, Requests[request]), 2e-5);
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Final_states_may_take_the_place_of_the_initial_ones(string row)
    {
        using var backend = TestBackends.Create(row);
        var shape = Shape(3, 2, 4, 5);
        var expected = RecurrentRun.Run(backend, new RecurrentRequest(shape));
        var sizes = backend.RecurrentSizes(shape);
        var (packed, hidden, cell) = (new float[sizes.Packed], Numbers.Floats(6, 10), Numbers.Floats(7, 10));
        var limit = 1 / MathF.Sqrt(5);
        var inputWeights = Numbers.Floats(2, 80, limit);
        backend.RecurrentPack(shape, new RecurrentWeights
        {
            InputWeights = inputWeights,
            HiddenWeights = Numbers.Floats(3, 100, limit),
            InputBias = Numbers.Floats(4, 20, limit),
            HiddenBias = Numbers.Floats(5, 20, limit),
        }, packed);
        backend.RecurrentForward(shape, new RecurrentForward
        {
            Input = Numbers.Floats(1, 24),
            InputWeights = inputWeights,
            Packed = packed,
            InitialHidden = hidden,
            InitialCell = cell,
            Output = new float[30],
            FinalHidden = hidden,
            FinalCell = cell,
            Reserve = new float[sizes.Reserve],
            Workspace = new float[sizes.Workspace],
        });
        Assert.Equal(expected["h_n"], hidden);
        Assert.Equal(expected["c_n"], cell);
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Sizes_never_fall_as_T_and_B_grow(string row)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var last = backend.RecurrentSizes(Shape(1, 1, 20, 33));
        for (var size = 2; size < 70; size++)
        {
            var shape = size % 2 == 0 ? Shape(size, size - 1, 20, 33) : Shape(size, size, 20, 33);
            var next = backend.RecurrentSizes(shape);
            Assert.True(next.Packed >= last.Packed && next.Reserve >= last.Reserve, $"{last} > {next} at {shape}");
            Assert.True(next.Workspace >= last.Workspace, $"{last} > {next} at {shape}");
            last = next;
        }
    }

    private static RecurrentShape Shape(int T, int B, int I, int H) => new(CellKind.Lstm, T, B, I, H);
}
