using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>The managed LSTM in double precision against central differences, for every input and parameter.</summary>
public class LstmFiniteDifferenceTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, true)]
    [InlineData(3, 2, 3, 5, true)]
    [InlineData(4, 3, 2, 3, false)]
    public void Gradients_are_the_slopes_of_the_loss(int T, int B, int I, int H, bool bias)
    {
        var lstm = new DoubleLstm(new RecurrentShape(CellKind.Lstm, T, B, I, H, bias));
        lstm.Forward();
        lstm.Backward();
        foreach (var (name, values) in lstm.Variables)
            Numbers.AssertGradient(name, values, lstm.Gradients[name], lstm.Forward);
    }
}
