using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>Every managed cell in double precision against central differences, for every input and parameter, in both directions.</summary>
public class CellFiniteDifferenceTests
{
    public static TheoryData<CellKind, bool> Cells
    {
        get
        {
            var cells = new TheoryData<CellKind, bool>();
            foreach (var cell in CellInfo.All)
            {
                cells.Add(cell.Kind, false);
                cells.Add(cell.Kind, true);
            }
            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Gradients_are_the_slopes_of_the_loss(CellKind cell, bool reverse)
    {
        foreach (var (T, B, I, H, bias) in new[] { (1, 1, 1, 1, true), (3, 2, 3, 5, true), (4, 3, 2, 3, false) })
        {
            var layer = new DoubleLayer(new RecurrentShape(cell, T, B, I, H, bias) { Reverse = reverse });
            layer.Forward();
            layer.Backward();
            foreach (var (name, values) in layer.Variables)
                Numbers.AssertGradient(name, values, layer.Gradients[name], layer.Forward);
        }
    }
}
