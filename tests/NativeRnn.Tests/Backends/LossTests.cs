using NativeRnn.Backends;

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

        double Loss(float[] gradient) =>
            backend.CrossEntropy(new() { Classes = V, Scale = 0.25, Logits = logits, Targets = targets, LogitsGradient = gradient });
        var lossAlone = Loss([]);
        var loss = Loss(gradient);
        var inPlace = Loss(logits);

        Assert.Equal(expectedLoss, loss, 2e-5 * Math.Max(1, expectedLoss));
        Assert.Equal(loss, lossAlone, 1e-6 * Math.Max(1, expectedLoss));
        Assert.Equal(loss, inPlace);
        Numbers.AssertClose("gradient", expected, gradient);
        Assert.Equal(gradient, logits);
    }

    [Theory]
    [MemberData(nameof(ClassCases))]
    public void Cross_entropy_with_smoothing_weights_and_ignored_rows(string row, int number)
    {
        var (N, V, limit, smoothing, ignored, weights, mean) = LossCases.CrossEntropies[number];
        using var backend = TestBackends.Create(row, threads: 2);
        var (logits, targets, gradient) = (Numbers.Floats(5, N * V, (float)limit), Numbers.Indices(6, N, V), new float[N * V]);
        var expected = new double[N * V];
        var expectedLoss = LossCases.Loss(number, Doubles(logits), targets, expected);
        double Loss(float[] gradient) => backend.CrossEntropy(new()
        {
            Classes = V,
            Scale = 0.5,
            Mean = mean,
            LabelSmoothing = smoothing,
            IgnoreIndex = ignored,
            ClassWeights = weights,
            Logits = logits,
            Targets = targets,
            LogitsGradient = gradient,
        });
        Assert.Equal(expectedLoss, Loss(gradient), 2e-6 * Math.Max(1, Math.Abs(expectedLoss)));
        Assert.Equal(Loss(gradient), Loss([]), 1e-6 * Math.Max(1, Math.Abs(expectedLoss)));
        Numbers.AssertClose("gradient", Floats(expected), gradient, 2e-6);
        Loss(logits);
        Assert.Equal(gradient, logits);
    }

    [Theory]
    [MemberData(nameof(PointwiseCases))]
    public void Losses_of_single_numbers(string row, int number)
    {
        const int Columns = 3;
        var (kind, setting, limit, weights, positive) = LossCases.Pointwise[number];
        using var backend = TestBackends.Create(row, threads: 2);
        foreach (var N in new[] { 1, 7, 20_000 })
        {
            var width = kind is PointwiseLossKind.Gaussian or PointwiseLossKind.StudentT ? 2 : 1;
            var input = Numbers.Floats(7, width * N * Columns, (float)limit);
            var (target, gradient) = (Floats(LossCases.Targets(kind, N * Columns)), new float[input.Length]);
            var expected = new double[input.Length];
            var expectedLoss = LossCases.Loss(number, Doubles(input), Doubles(target), expected);
            double Loss(float[] gradient) => backend.PointwiseLoss(new()
            {
                Kind = kind,
                Columns = Columns,
                Scale = 0.5,
                Setting = setting,
                Weights = weights,
                PositiveWeights = positive,
                Input = input,
                Target = target,
                InputGradient = gradient,
            });
            Assert.Equal(expectedLoss, Loss(gradient), 1e-9 * Math.Max(1, Math.Abs(expectedLoss)));
            Assert.Equal(Loss(gradient), Loss([]));
            Numbers.AssertClose("gradient", Floats(expected), gradient, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(CtcCases))]
    public void Temporal_classification(string row, int number)
    {
        var (T, C, labels, _, limit) = LossCases.Ctcs[number];
        using var backend = TestBackends.Create(row, threads: 2);
        var (logits, gradient) = (Numbers.Floats(9, T * labels.Length * C, (float)limit), new float[T * labels.Length * C]);
        foreach (var mean in new[] { false, true })
        {
            var expected = new double[logits.Length];
            var expectedLoss = LossCases.Loss(number, mean, Doubles(logits), expected);
            Assert.Equal(expectedLoss, Ctc(backend, number, mean, logits, gradient), 2e-6 * Math.Max(1, expectedLoss));
            Assert.Equal(expectedLoss, Ctc(backend, number, mean, logits, []), 2e-6 * Math.Max(1, expectedLoss));
            Numbers.AssertClose("gradient", Floats(expected), gradient, 5e-6);
        }
    }

    /// <summary>The sum over all paths, one by one.</summary>
    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Temporal_classification_sums_over_every_path(string row)
    {
        using var backend = TestBackends.Create(row);
        foreach (var number in new[] { 0, 1, 2, 3, 4 })
        {
            var (T, C, labels, steps, limit) = LossCases.Ctcs[number];
            var logits = Numbers.Floats(9, T * labels.Length * C, (float)limit);
            var expected = 0.0;
            for (var b = 0; b < labels.Length; b++)
                expected -= 0.5 * Math.Log(Paths(steps[b], C).Where(path => Collapse(path).SequenceEqual(labels[b])).Sum(path => Probability(path, b)));
            Assert.Equal(expected, Ctc(backend, number, false, logits, []), 1e-5);

            double Probability(int[] path, int b) => path.Select((c, t) =>
            {
                var step = logits.AsSpan((t * labels.Length + b) * C, C).ToArray().Select(x => Math.Exp(x)).ToArray();
                return step[c] / step.Sum();
            }).Aggregate(1.0, (product, p) => product * p);
        }

        static IEnumerable<int[]> Paths(int steps, int C) =>
            Enumerable.Range(0, (int)Math.Pow(C, steps)).Select(code => Enumerable.Range(0, steps).Select(t => code / (int)Math.Pow(C, t) % C).ToArray());

        static IEnumerable<int> Collapse(int[] path) => path.Where((c, t) => c != 0 && (t == 0 || path[t - 1] != c));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_target_that_no_path_spells_has_an_infinite_loss_and_no_gradient(string row)
    {
        using var backend = TestBackends.Create(row);
        foreach (var zero in new[] { false, true })
        {
            var gradient = Enumerable.Repeat(float.NaN, 6).ToArray();
            var loss = backend.Ctc(new()
            {
                Shape = (2, 1, 3, 2),
                ZeroInfinity = zero,
                Logits = new float[6],
                Targets = [1, 1], // needs a blank between
                InputLengths = [2],
                TargetLengths = [2],
                LogitsGradient = gradient,
                Workspace = new float[backend.CtcWorkspace(2, 1, 2)],
            });
            Assert.Equal(zero ? 0 : double.PositiveInfinity, loss);
            Assert.All(gradient, x => Assert.Equal(0, x));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sum_of_squares(string row, int number)
    {
        var n = new[] { 1, 7, 33, 1000, 100_003 }[number];
        using var backend = TestBackends.Create(row, threads: 2);
        var input = Numbers.Floats(1, n);
        var sum = input.Sum(x => (double)x * x);
        Assert.Equal(sum, backend.SumOfSquares(input), 1e-9 * Math.Max(1, sum));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Nothing_gives_zero(string row)
    {
        using var backend = TestBackends.Create(row);
        Assert.Equal(0, backend.SumOfSquares([]));
        Assert.Equal(0, backend.PointwiseLoss(new() { Columns = 1 }));
        Assert.Equal(0, backend.CrossEntropy(new() { Classes = 3 }));
        Assert.Equal(0, backend.CrossEntropy(new() { Classes = 3, Logits = new float[3], Targets = [-100], IgnoreIndex = -100, Mean = true }));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Numbers_that_are_not_finite_are_not_hidden(string row)
    {
        using var backend = TestBackends.Create(row);
        Assert.True(double.IsNaN(backend.CrossEntropy(new() { Classes = 3, Logits = [0, float.NaN, 0], Targets = [0], LogitsGradient = new float[3] })));
        foreach (var kind in Enum.GetValues<PointwiseLossKind>())
        {
            Assert.True(double.IsNaN(backend.PointwiseLoss(
                new() { Kind = kind, Setting = 0.5, Columns = 1, Input = [float.NaN, float.NaN], Target = [0] })), $"{kind}");
        }
        Assert.False(double.IsFinite(backend.SumOfSquares([1, float.PositiveInfinity])));
    }

    public static TheoryData<string, int> ClassCases => TestBackends.Times(TestBackends.All, LossCases.CrossEntropies.Length);

    public static TheoryData<string, int> PointwiseCases => TestBackends.Times(TestBackends.All, LossCases.Pointwise.Length);

    public static TheoryData<string, int> CtcCases => TestBackends.Times(TestBackends.All, LossCases.Ctcs.Length);

    private static double Ctc(IBackend backend, int number, bool mean, float[] logits, float[] gradient)
    {
        var settings = LossCases.Settings(number, mean);
        var (T, B, _, S) = settings.Shape;
        return backend.Ctc(new()
        {
            Shape = settings.Shape,
            Scale = settings.Scale,
            Mean = mean,
            Logits = logits,
            Targets = settings.Targets,
            InputLengths = settings.InputLengths,
            TargetLengths = settings.TargetLengths,
            LogitsGradient = gradient,
            Workspace = new float[backend.CtcWorkspace(T, B, S)],
        });
    }

    private static double[] Doubles(float[] numbers) => [.. numbers.Select(x => (double)x)];

    private static float[] Floats(double[] numbers) => [.. numbers.Select(x => (float)x)];
}
