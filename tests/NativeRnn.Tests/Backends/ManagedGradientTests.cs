using NativeRnn.Backends;
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

    [Theory]
    [MemberData(nameof(ClassCases))]
    public void Cross_entropy_with_smoothing_weights_and_ignored_rows(int number)
    {
        var (N, V, limit, _, _, _, _) = LossCases.CrossEntropies[number];
        var (logits, targets, gradient) = (Numbers.Doubles(5, N * V, limit), Numbers.Indices(6, N, V), new double[N * V]);
        var loss = LossCases.Loss(number, logits, targets, gradient);
        Assert.True(double.IsFinite(loss));
        Assert.Equal(LossCases.Loss(number, logits, targets, []), loss);
        Numbers.AssertGradient("logits", logits, gradient, () => LossCases.Loss(number, logits, targets, []), limit > 100 ? 1e-5 : 1e-7);
    }

    [Theory]
    [MemberData(nameof(PointwiseCases))]
    public void Losses_of_single_numbers(int number)
    {
        const int N = 40, Columns = 3;
        var (kind, _, limit, _, _) = LossCases.Pointwise[number];
        var width = kind is PointwiseLossKind.Gaussian or PointwiseLossKind.StudentT ? 2 : 1;
        var (input, target) = (Numbers.Doubles(7, width * N * Columns, limit), LossCases.Targets(kind, N * Columns));
        var gradient = new double[input.Length];
        var loss = LossCases.Loss(number, input, target, gradient);
        Assert.True(double.IsFinite(loss));
        Assert.Equal(LossCases.Loss(number, input, target, []), loss);
        Numbers.AssertGradient("input", input, gradient, () => LossCases.Loss(number, input, target, []), limit > 100 ? 1e-5 : 1e-6);
    }

    [Theory]
    [MemberData(nameof(CtcCases))]
    public void Temporal_classification(int number)
    {
        var (T, C, labels, _, limit) = LossCases.Ctcs[number];
        var logits = Numbers.Doubles(9, T * labels.Length * C, limit);
        var gradient = new double[logits.Length];
        var loss = LossCases.Loss(number, mean: true, logits, gradient);
        Assert.True(double.IsFinite(loss));
        Numbers.AssertGradient("logits", logits, gradient, () => LossCases.Loss(number, mean: true, logits, []), limit > 100 ? 1e-4 : 1e-7);
    }

    public static TheoryData<int> ClassCases => [.. Enumerable.Range(0, LossCases.CrossEntropies.Length)];

    public static TheoryData<int> PointwiseCases => [.. Enumerable.Range(0, LossCases.Pointwise.Length)];

    public static TheoryData<int> CtcCases => [.. Enumerable.Range(0, LossCases.Ctcs.Length)];
}
