using NativeRnn.Backends;
using NativeRnn.Backends.Managed;

namespace NativeRnn.Tests.Backends;

/// <summary>
/// Every managed cell in double precision against central differences, for every input and parameter, in both directions, with every
/// option and every activation. What is registered and not checked here fails.
/// </summary>
public class CellFiniteDifferenceTests
{
    public static TheoryData<CellKind, string> Cells
    {
        get
        {
            var rows = new TheoryData<CellKind, string>();
            foreach (var cell in CellInfo.All)
            {
                foreach (var option in RecurrentOptions.Names)
                    rows.Add(cell.Kind, option);
            }
            return rows;
        }
    }

    public static TheoryData<CellKind, ActivationKind> Activations
    {
        get
        {
            var rows = new TheoryData<CellKind, ActivationKind>();
            foreach (var cell in CellInfo.All)
            {
                foreach (var activation in ActivationInfo.All)
                    rows.Add(cell.Kind, activation.Kind);
            }
            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Gradients_are_the_slopes_of_the_loss(CellKind cell, string option)
    {
        foreach (var (T, B, I, H) in new[] { (1, 1, 1, 1), (3, 2, 3, 5), (4, 3, 2, 3) })
        {
            foreach (var reverse in new[] { false, true })
            {
                var plain = new RecurrentRequest(new RecurrentShape(cell, T, B, I, H) { Reverse = reverse });
                if (RecurrentOptions.Ask(option, plain) is { } request)
                    AssertGradients(request);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activations_have_the_slopes_of_their_values(CellKind kind, ActivationKind activation)
    {
        var cell = CellInfo.Of(kind);
        var shape = new RecurrentShape(kind, 3, 2, 3, 4);
        foreach (var asked in new[] { Activation.Of(activation), Activation.Of(activation) with { Alpha = 0.7f, Beta = -0.3f } })
        {
            AssertGradients(new(shape with { CandidateActivation = asked }));
            AssertGradients(new(shape with { CandidateActivation = asked, Clip = 0.29f }));
            if (cell.GateActivation != ActivationKind.Default)
                AssertGradients(new(shape with { GateActivation = asked }));
            if (cell.OutputActivation != ActivationKind.Default)
                AssertGradients(new(shape with { OutputActivation = asked }));
        }
    }

    [Fact]
    public void Everything_that_a_shape_can_ask_for_is_asked_for()
    {
        var plain = new RecurrentShape(CellKind.Lstm, 4, 3, 2, 3);
        RecurrentShape[] asked = [plain with { Reverse = true }, .. RecurrentOptions.Names
            .SelectMany(name => CellInfo.All.Select(cell => RecurrentOptions.Ask(name, new(plain with { Cell = cell.Kind }))))
            .OfType<RecurrentRequest>().Select(request => request.Shape)];
        string[] sizes = [nameof(plain.T), nameof(plain.B), nameof(plain.I), nameof(plain.H)];
        foreach (var property in typeof(RecurrentShape).GetProperties().Where(property => property.CanWrite && !sizes.Contains(property.Name)))
            Assert.True(asked.Any(shape => !Equals(property.GetValue(shape), property.GetValue(plain))), $"no option asks for {property.Name}");
    }

    [Fact]
    public void Every_activation_has_a_row_in_the_order_of_its_values()
    {
        Assert.Equal(Enum.GetValues<ActivationKind>()[1..], ActivationInfo.All.Select(activation => activation.Kind));
        Assert.Equal(Enum.GetValues<ActivationKind>()[1..], ActivationFunctions<double>.All.Select(function => function.Info.Kind));
    }

    private static void AssertGradients(RecurrentRequest request)
    {
        var layer = new DoubleLayer(request);
        layer.Forward();
        layer.Backward();
        foreach (var (name, values) in layer.Variables)
            Numbers.AssertGradient($"{name} of {request}", values, layer.Gradients[name], layer.Forward);
    }
}
