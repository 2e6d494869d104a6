namespace NativeRnn.Tests.Backends;

/// <summary>Losses and norms of every backend against their formulas in double precision.</summary>
public class LossTests
{
    public static TheoryData<string, int> Cases => TestBackends.Times(TestBackends.All, 5);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cross_entropy(string row, int number)
    {
        var (N, V, limit) = new[] { (1, 1, 1f), (3, 5, 1f), (17, 33, 5f), (4, 1031, 3f), (5, 9, 1e4f) }[number];
        using var backend = TestBackends.Create(row, threads: 2);
        var (logits, targets, gradient) = (Numbers.Floats(1, N * V, limit), Numbers.Indices(2, N, V), new float[N * V]);
        var expected = new float[N * V];
        var expectedLoss = 0.0;
        for (var n = 0; n < N; n++)
        {
            var line = logits.Skip(n * V).Take(V).Select(x => (double)x).ToArray();
            var logSum = line.Max() + Math.Log(line.Sum(x => Math.Exp(x - line.Max())));
            expectedLoss += 0.25 * (logSum - line[targets[n]]);
            for (var v = 0; v < V; v++)
                expected[n * V + v] = (float)(0.25 * (Math.Exp(line[v] - logSum) - (v == targets[n] ? 1 : 0)));
        }

        var lossAlone = backend.CrossEntropy(V, 0.25, logits, targets, []);
        var loss = backend.CrossEntropy(V, 0.25, logits, targets, gradient);
        var inPlace = backend.CrossEntropy(V, 0.25, logits, targets, logits);

        Assert.Equal(expectedLoss, loss, 2e-5 * Math.Max(1, expectedLoss));
        Assert.Equal(loss, lossAlone, 1e-6 * Math.Max(1, expectedLoss));
        Assert.Equal(loss, inPlace);
        Numbers.AssertClose("gradient", expected, gradient);
        Assert.Equal(gradient, logits);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Squared_error_and_sum_of_squares(string row, int number)
    {
        var n = new[] { 1, 7, 33, 1000, 100_003 }[number];
        using var backend = TestBackends.Create(row, threads: 2);
        var (input, target, gradient) = (Numbers.Floats(1, n), Numbers.Floats(2, n), new float[n]);
        var difference = input.Zip(target, (a, b) => (double)a - b).ToArray();

        var loss = backend.SquaredError(0.5, input, target, gradient);

        Assert.Equal(0.5 * difference.Sum(d => d * d), loss, 1e-6 * Math.Max(1, loss));
        Assert.Equal(loss, backend.SquaredError(0.5, input, target, []), 1e-9 * Math.Max(1, loss));
        Numbers.AssertClose("gradient", [.. difference.Select(d => (float)d)], gradient);
        var sum = input.Sum(x => (double)x * x);
        Assert.Equal(sum, backend.SumOfSquares(input), 1e-9 * Math.Max(1, sum));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Nothing_gives_zero(string row)
    {
        using var backend = TestBackends.Create(row);
        Assert.Equal(0, backend.SumOfSquares([]));
        Assert.Equal(0, backend.SquaredError(1, [], [], []));
        Assert.Equal(0, backend.CrossEntropy(3, 1, [], [], []));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Numbers_that_are_not_finite_are_not_hidden(string row)
    {
        using var backend = TestBackends.Create(row);
        Assert.True(double.IsNaN(backend.CrossEntropy(3, 1, [0, float.NaN, 0], [0], new float[3])));
        Assert.True(double.IsNaN(backend.SquaredError(1, [1, float.NaN], [0, 0], [])));
        Assert.False(double.IsFinite(backend.SumOfSquares([1, float.PositiveInfinity])));
    }
}
