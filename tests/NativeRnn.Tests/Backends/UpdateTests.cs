using NativeRnn.Backends;
using NativeRnn.Backends.Managed;

namespace NativeRnn.Tests.Backends;

/// <summary>Optimizers of every backend against <see cref="PlainOptimizers"/>, over many steps.</summary>
public class UpdateTests
{
    private const int Count = 301, Steps = 50;
    private const double Scale = 0.7;

    private static readonly (Func<long, UpdateRule> Rule, Func<PlainOptimizers.Step> Plain, string Keeps, double First)[] Cases =
    [
        (n => UpdateRule.Sgd(n, 0.1), () => PlainOptimizers.Sgd(0.1, 0, 0, false, 0), "", 0),
        (n => UpdateRule.Sgd(n, 0.1, weightDecay: 0.01), () => PlainOptimizers.Sgd(0.1, 0, 0, false, 0.01), "", 0),
        (n => UpdateRule.Sgd(n, 0.01, 0.9, 0.3), () => PlainOptimizers.Sgd(0.01, 0.9, 0.3, false, 0), "1", 0),
        (n => UpdateRule.Sgd(n, 0.01, 0.9, 0, true, 0.01), () => PlainOptimizers.Sgd(0.01, 0.9, 0, true, 0.01), "1", 0),
        (n => UpdateRule.Adagrad(n, 0.1), () => PlainOptimizers.Adagrad(0.1, 0, 0, 1e-10, 0), "1", 0),
        (n => UpdateRule.Adagrad(n, 0.1, 0.05, 1e-3, 0.01), () => PlainOptimizers.Adagrad(0.1, 0.05, 0.5, 1e-3, 0.01), "1", 0.5),
        (_ => UpdateRule.Adadelta(1), () => PlainOptimizers.Adadelta(1, 0.9, 1e-6, 0), "12", 0),
        (_ => UpdateRule.Adadelta(0.5, 0.8, 1e-3, 0.01), () => PlainOptimizers.Adadelta(0.5, 0.8, 1e-3, 0.01), "12", 0),
        (_ => UpdateRule.RmsProp(0.01), () => PlainOptimizers.RmsProp(0.01, 0.99, 1e-8, 0, false, 0), "1", 0),
        (_ => UpdateRule.RmsProp(0.01, 0.9, 1e-3, 0.5, 0.01), () => PlainOptimizers.RmsProp(0.01, 0.9, 1e-3, 0.5, true, 0.01), "123", 0),
        (_ => UpdateRule.RmsProp(0.01, 0.9, 1e-3), () => PlainOptimizers.RmsProp(0.01, 0.9, 1e-3, 0, true, 0), "12", 0),
        (n => UpdateRule.Adam(n, 0.01), () => PlainOptimizers.Adam(0.01, 0.9, 0.999, 1e-8, false, 0, 0), "12", 0),
        (n => UpdateRule.Adam(n, 0.01, 0.8, 0.5, 1e-3, 0.02), () => PlainOptimizers.Adam(0.01, 0.8, 0.5, 1e-3, true, 0.02, 0), "123", 0),
        (n => UpdateRule.AdamW(n, 0.01), () => PlainOptimizers.Adam(0.01, 0.9, 0.999, 1e-8, false, 0, 0.01), "12", 0),
        (n => UpdateRule.AdamW(n, 0.01, 0.8, 0.5, 1e-3, 0.3), () => PlainOptimizers.Adam(0.01, 0.8, 0.5, 1e-3, true, 0, 0.3), "123", 0),
        (n => UpdateRule.NAdam(n, 0.01), () => PlainOptimizers.NAdam(0.01, 0.9, 0.999, 1e-8, 0, 4e-3), "12", 0),
        (n => UpdateRule.NAdam(n, 0.01, 0.8, 0.9, 1e-3, 0.02, 0.4), () => PlainOptimizers.NAdam(0.01, 0.8, 0.9, 1e-3, 0.02, 0.4), "12", 0),
        (n => UpdateRule.AdaMax(n, 0.01), () => PlainOptimizers.AdaMax(0.01, 0.9, 0.999, 1e-8, 0), "12", 0),
        (n => UpdateRule.AdaMax(n, 0.01, 0.8, 0.9, 1e-3, 0.02), () => PlainOptimizers.AdaMax(0.01, 0.8, 0.9, 1e-3, 0.02), "12", 0),
    ];

    public static TheoryData<string, int> AllCases => TestBackends.Times(TestBackends.All, Cases.Length);

    public static TheoryData<int> Numbered => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(AllCases))]
    public void Fifty_steps_on_every_backend(string row, int number)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var (rule, plain, keeps, first) = Cases[number];
        var (p, state) = (Numbers.Floats(1, Count), States(keeps, first));
        var expected = p.Select(x => (double)x).ToArray();
        var steps = expected.Select(_ => plain()).ToArray();
        for (var n = 1; n <= Steps; n++)
        {
            var gradients = Numbers.Floats(n + 10, Count);
            backend.Update(rule(n) with { GradientScale = Scale, Limit = 0.6 },
                new() { Parameters = p, Gradients = gradients, First = state[0], Second = state[1], Third = state[2] });
            for (var i = 0; i < Count; i++)
                expected[i] = steps[i](expected[i], Math.Clamp(Scale * gradients[i], -0.6, 0.6), n);
        }
        Numbers.AssertClose("p", [.. expected.Select(x => (float)x)], p, 5e-6);
    }

    [Theory]
    [MemberData(nameof(Numbered))]
    public void The_managed_rules_in_double_precision(int number)
    {
        var (rule, plain, keeps, first) = Cases[number];
        var p = Numbers.Doubles(1, Count);
        var state = States(keeps, first).Select(span => span.Select(x => (double)x).ToArray()).ToArray();
        var expected = p.ToArray();
        var steps = expected.Select(_ => plain()).ToArray();
        for (var n = 1; n <= Steps; n++)
        {
            var gradients = Numbers.Doubles(n + 10, Count);
            Updates.Run<double>(rule(n), p, gradients, state[0], state[1], state[2]);
            for (var i = 0; i < Count; i++)
                expected[i] = steps[i](expected[i], gradients[i], n);
        }
        for (var i = 0; i < Count; i++)
            Assert.Equal(expected[i], p[i], 1e-9);
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void The_average_of_averaged_descent_is_the_mean_of_the_parameters(string row)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var (p, average) = (Numbers.Floats(1, Count), new float[Count]);
        var (expected, sum) = (p.Select(x => (double)x).ToArray(), new double[Count]);
        for (var n = 1; n <= Steps; n++)
        {
            var gradients = Numbers.Floats(n + 10, Count);
            backend.Update(UpdateRule.AveragedSgd(0.1, 1.0 / n, 0.01), new() { Parameters = p, Gradients = gradients, First = average });
            for (var i = 0; i < Count; i++)
            {
                expected[i] -= 0.1 * (gradients[i] + 0.01 * expected[i]);
                sum[i] += expected[i];
            }
        }
        Numbers.AssertClose("p", [.. expected.Select(x => (float)x)], p, 2e-6);
        Numbers.AssertClose("average", [.. sum.Select(x => (float)(x / Steps))], average, 2e-6);
    }

    [Theory]
    [MemberData(nameof(AllCases))]
    public void What_is_zero_stays_zero(string row, int number)
    {
        using var backend = TestBackends.Create(row);
        var (rule, _, keeps, first) = Cases[number];
        var (p, state) = (new float[Count], States(keeps, first));
        for (var n = 1; n <= 3; n++)
            backend.Update(rule(n), new() { Parameters = p, Gradients = new float[Count], First = state[0], Second = state[1], Third = state[2] });
        Assert.All(p, x => Assert.Equal(0, x));
    }

    /// <summary>Long after the beginning, the corrections of NAdam's momentum are those of the product over all steps.</summary>
    [Theory]
    [InlineData(0.9, 4e-3, 3000)]
    [InlineData(0.99, 0.4, 10_000)]
    public void The_product_of_all_momenta_may_end_early(double beta1, double psi, int step)
    {
        double Mu(int n) => beta1 * (1 - 0.5 * Math.Pow(0.96, n * psi));
        var product = Enumerable.Range(1, step).Aggregate(1.0, (product, n) => product * Mu(n));
        var rule = UpdateRule.NAdam(step, 1, beta1, momentumDecay: psi);
        Assert.Equal((1 - Mu(step)) / (1 - product), rule.Rate, 1e-15);
        Assert.Equal(Mu(step + 1) / (1 - product * Mu(step + 1)), rule.MeanRate, 1e-15);
    }

    private static float[][] States(string keeps, double first) =>
        [.. "123".Select(slot => keeps.Contains(slot) ? Enumerable.Repeat(slot == '1' ? (float)first : 0, Count).ToArray() : [])];
}
