using NativeRnn.Backends.Managed;

namespace NativeRnn.Tests.Backends;

/// <summary>Dense layer and losses of the managed backend in double precision against central differences.</summary>
public class ManagedGradientTests
{
    private readonly DenseLayer<double> dense = new(new ManagedProduct<double>());

    [Fact]
    public void Dense_layer()
    {
        const int N = 4, I = 3, O = 5;
        var (x, w, b, dy) = (Numbers.Doubles(1, N * I), Numbers.Doubles(2, O * I), Numbers.Doubles(3, O), Numbers.Doubles(4, N * O));
        var (dx, dw, db) = (new double[N * I], new double[O * I], new double[O]);
        double Loss()
        {
            var y = new double[N * O];
            dense.Forward(new(x, N, I), new(w, O, I), b, new(y, N, O));
            return y.Zip(dy, (p, q) => p * q).Sum();
        }

        dense.Backward(new(x, N, I), new(w, O, I), new(dy, N, O), new(dx, N, I), new(dw, O, I), db);

        Numbers.AssertGradient("x", x, dx, Loss);
        Numbers.AssertGradient("w", w, dw, Loss);
        Numbers.AssertGradient("b", b, db, Loss);
    }

    [Fact]
    public void Dense_layer_with_cross_entropy()
    {
        const int N = 6, I = 3, O = 5;
        var (x, w, b, targets) = (Numbers.Doubles(1, N * I), Numbers.Doubles(2, O * I), Numbers.Doubles(3, O), Numbers.Indices(4, N, O));
        var (dx, dw, db, workspace) = (new double[N * I], new double[O * I], new double[O], new double[N * O]);
        double Loss() => dense.CrossEntropy(0.5, new(x, N, I), new(w, O, I), b, targets, workspace, default, default, default);

        var loss = dense.CrossEntropy(0.5, new(x, N, I), new(w, O, I), b, targets, workspace, new(dx, N, I), new(dw, O, I), db);

        Assert.Equal(Loss(), loss);
        Numbers.AssertGradient("x", x, dx, Loss);
        Numbers.AssertGradient("w", w, dw, Loss);
        Numbers.AssertGradient("b", b, db, Loss);
    }

    [Theory]
    [InlineData(1, 3, 5)]
    [InlineData(5, 2, 300)]
    [InlineData(1e4, 3, 7)]
    public void Cross_entropy(double limit, int N, int V)
    {
        var (logits, targets, gradient) = (Numbers.Doubles(5, N * V, limit), Numbers.Indices(6, N, V), new double[N * V]);
        double Loss() => Losses.CrossEntropy(0.25, new ReadOnlyMatrix<double>(logits, N, V), targets, default);

        var loss = Losses.CrossEntropy(0.25, new ReadOnlyMatrix<double>(logits, N, V), targets, new Matrix<double>(gradient, N, V));

        Assert.True(double.IsFinite(loss));
        Assert.Equal(Loss(), loss);
        Numbers.AssertGradient("logits", logits, gradient, Loss, limit > 100 ? 1e-5 : 1e-7);
    }

    [Fact]
    public void Squared_error()
    {
        var (input, target, gradient) = (Numbers.Doubles(7, 301), Numbers.Doubles(8, 301), new double[301]);
        double Loss() => Losses.SquaredError<double>(0.5, input, target, default);

        Assert.Equal(Loss(), Losses.SquaredError<double>(0.5, input, target, gradient));
        Numbers.AssertGradient("input", input, gradient, Loss);
    }
}
