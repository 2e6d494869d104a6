using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>Optimizers of every backend against their formulas, one number at a time in double precision.</summary>
public class UpdateTests
{
    private const int Count = 1003, Steps = 5;
    private const double Scale = 0.7;

    private static readonly SgdRule[] SgdRules =
        [new(0.1, 0, 0, false), new(0.1, 0, 0.01, false), new(0.1, 0.9, 0, false), new(0.1, 0.9, 0.01, true)];

    private static readonly AdamRule[] AdamRules =
        [new(1, 0.01, 0.9, 0.999, 1e-8, 0), new(1, 0.01, 0.8, 0.99, 1e-3, 0.02), new(10_000, 0.01, 0.9, 0.999, 1e-8, 0)];

    public static TheoryData<string, int> SgdCases => TestBackends.Times(TestBackends.All, SgdRules.Length);

    public static TheoryData<string, int> AdamCases => TestBackends.Times(TestBackends.All, AdamRules.Length);

    [Theory]
    [MemberData(nameof(SgdCases))]
    public void Sgd(string row, int number)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var rule = SgdRules[number];
        var (p, velocity) = (Numbers.Floats(1, Count), new float[Count]);
        var (expected, v) = (p.Select(x => (double)x).ToArray(), new double[Count]);
        for (var step = 1; step <= Steps; step++)
        {
            var gradients = Numbers.Floats(step + 10, Count);
            backend.Sgd(rule, Scale, p, gradients, rule.Momentum == 0 ? [] : velocity);
            for (var i = 0; i < Count; i++)
            {
                var g = Scale * gradients[i] + rule.WeightDecay * expected[i];
                v[i] = rule.Momentum * v[i] + g;
                expected[i] -= rule.LearningRate * (rule.Nesterov ? g + rule.Momentum * v[i] : v[i]);
            }
        }
        Numbers.AssertClose("p", [.. expected.Select(x => (float)x)], p, 2e-6);
    }

    [Theory]
    [MemberData(nameof(AdamCases))]
    public void Adam(string row, int number)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var rule = AdamRules[number];
        var (p, m, v) = (Numbers.Floats(1, Count), new float[Count], new float[Count]);
        var (expected, m1, m2) = (p.Select(x => (double)x).ToArray(), new double[Count], new double[Count]);
        for (var step = rule.Step; step < rule.Step + Steps; step++)
        {
            var gradients = Numbers.Floats((int)step + 10, Count);
            backend.Adam(rule with { Step = step }, Scale, p, gradients, m, v);
            for (var i = 0; i < Count; i++)
            {
                var g = Scale * gradients[i] + rule.WeightDecay * expected[i];
                m1[i] = rule.Beta1 * m1[i] + (1 - rule.Beta1) * g;
                m2[i] = rule.Beta2 * m2[i] + (1 - rule.Beta2) * g * g;
                var mean = m1[i] / (1 - Math.Pow(rule.Beta1, step));
                var variance = m2[i] / (1 - Math.Pow(rule.Beta2, step));
                expected[i] -= rule.LearningRate * mean / (Math.Sqrt(variance) + rule.Epsilon);
            }
        }
        Numbers.AssertClose("p", [.. expected.Select(x => (float)x)], p, 2e-6);
    }
}
