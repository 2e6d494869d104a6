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

    public static TheoryData<string, CellKind> Cases => TimesCells(TestBackends.AllButManaged);

    public static TheoryData<string, CellKind> AllCases => TimesCells(TestBackends.All);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_managed_in_both_directions(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var managed = TestBackends.Create("managed");
        foreach (var request in Requests)
        {
            foreach (var reverse in new[] { false, true })
            {
                var asked = request with { Shape = request.Shape with { Cell = cell, Reverse = reverse } };
                RecurrentRun.AssertSame(RecurrentRun.Run(managed, asked), RecurrentRun.Run(backend, asked), 2e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_managed_whatever_is_asked_for(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var managed = TestBackends.Create("managed");
        foreach (var shape in new[] { Shape(1, 1, 1, 1), Shape(7, 3, 4, 8), Shape(5, 18, 9, 33), Shape(3, 2, 6, 70) })
        {
            foreach (var (option, reverse) in RecurrentOptions.Names.SelectMany(option => new[] { (option, false), (option, true) }))
            {
                if (RecurrentOptions.Ask(option, new(shape with { Cell = cell, Reverse = reverse })) is { } asked)
                    RecurrentRun.AssertSame(RecurrentRun.Run(managed, asked), RecurrentRun.Run(backend, asked), 2e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Agrees_with_managed_in_every_activation(string row, CellKind kind)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var managed = TestBackends.Create("managed");
        var cell = CellInfo.Of(kind);
        var shape = Shape(4, 5, 3, 19) with { Cell = kind };
        foreach (var activation in ActivationInfo.All.SelectMany(info => new[] { Activation.Of(info.Kind), new(info.Kind, 0.7f, -0.3f) }))
        {
            var candidate = shape with { CandidateActivation = activation };
            RecurrentShape[] asked = [candidate, candidate with { Clip = 0.31f }, .. Role(cell.GateActivation, shape with { GateActivation = activation }),
                .. Role(cell.OutputActivation, shape with { OutputActivation = activation })];
            foreach (var one in asked)
                RecurrentRun.AssertSame(RecurrentRun.Run(managed, new(one)), RecurrentRun.Run(backend, new(one)), 2e-5);
        }

        static RecurrentShape[] Role(ActivationKind own, RecurrentShape asked) => own == ActivationKind.Default ? [] : [asked];
    }

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Backwards_in_time_is_the_reversed_sequence(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var request = new RecurrentRequest(Shape(5, 3, 4, 7) with { Cell = cell });
        var turned = RecurrentRun.Run(backend, request with { Turned = true });
        var reverse = RecurrentRun.Run(backend, request with { Shape = request.Shape with { Reverse = true } });
        foreach (var (name, width) in new[] { ("y", 3 * 7), ("dx", 3 * 4) })
            turned[name] = RecurrentRun.Turn(turned[name], width);
        RecurrentRun.AssertSame(turned, reverse, 2e-6);
        Assert.Equal(reverse["y"][..(3 * 7)], reverse["h_n"]);
    }

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Final_states_may_take_the_place_of_the_initial_ones(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row);
        var shape = Shape(3, 2, 4, 5) with { Cell = cell };
        var request = new RecurrentRequest(shape);
        var expected = RecurrentRun.Run(backend, request);
        var inputs = RecurrentRun.Inputs(request);
        var sizes = backend.RecurrentSizes(shape);
        var packed = new float[sizes.Packed];
        backend.RecurrentPack(shape, RecurrentRun.Weights(inputs), packed);
        backend.RecurrentForward(shape, new RecurrentForward
        {
            Input = inputs["x"],
            InputWeights = inputs["weight_ih"],
            Packed = packed,
            InitialHidden = inputs["h_0"],
            InitialCell = inputs["c_0"],
            Output = new float[30],
            FinalHidden = inputs["h_0"],
            FinalCell = inputs["c_0"],
            Reserve = new float[sizes.Reserve],
            Workspace = new float[sizes.Workspace],
        });
        Assert.Equal(expected["h_n"], inputs["h_0"]);
        Assert.Equal(expected["c_n"], inputs["c_0"]);
    }

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Sizes_never_fall_as_T_and_B_grow(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var last = backend.RecurrentSizes(Shape(1, 1, 20, 33) with { Cell = cell });
        for (var size = 2; size < 70; size++)
        {
            var shape = (size % 2 == 0 ? Shape(size, size - 1, 20, 33) : Shape(size, size, 20, 33)) with { Cell = cell };
            var next = backend.RecurrentSizes(shape);
            Assert.True(next.Packed >= last.Packed && next.Reserve >= last.Reserve, $"{last} > {next} at {shape}");
            Assert.True(next.Workspace >= last.Workspace, $"{last} > {next} at {shape}");
            last = next;
        }
    }

    private static TheoryData<string, CellKind> TimesCells(TheoryData<string> rows)
    {
        var product = new TheoryData<string, CellKind>();
        foreach (var row in rows)
        {
            foreach (var cell in CellInfo.All)
                product.Add(row, cell.Kind);
        }
        return product;
    }

    private static RecurrentShape Shape(int T, int B, int I, int H) => new(CellKind.Lstm, T, B, I, H);
}
