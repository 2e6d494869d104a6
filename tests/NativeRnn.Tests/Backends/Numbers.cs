namespace NativeRnn.Tests.Backends;

/// <summary>Inputs of tests and comparisons of their results.</summary>
internal static class Numbers
{
    /// <summary>Uniform in ±<paramref name="limit"/>, the same for the same seed.</summary>
    public static float[] Floats(int seed, long count, float limit = 1)
    {
        var random = new Random(seed);
        var numbers = new float[count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (2 * random.NextSingle() - 1) * limit;
        return numbers;
    }

    /// <inheritdoc cref="Floats"/>
    public static double[] Doubles(int seed, long count, double limit = 1)
    {
        var random = new Random(seed);
        var numbers = new double[count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (2 * random.NextDouble() - 1) * limit;
        return numbers;
    }

    public static int[] Indices(int seed, int count, int limit)
    {
        var random = new Random(seed);
        var numbers = new int[count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = random.Next(limit);
        return numbers;
    }

    /// <summary>
    /// Every number within <paramref name="tolerance"/> × max(1, the largest expected magnitude); NaN only where NaN is expected.
    /// </summary>
    public static void AssertClose(string name, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance = 2e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        var bound = 1.0;
        foreach (var number in expected)
            bound = Math.Max(bound, Math.Abs((double)(float.IsNaN(number) ? 0 : number)));
        for (var i = 0; i < expected.Length; i++)
        {
            var close = float.IsNaN(expected[i]) ? float.IsNaN(actual[i]) : Math.Abs((double)actual[i] - expected[i]) <= tolerance * bound;
            Assert.True(close, $"{name}[{i}] is {actual[i]}, expected {expected[i]} ± {tolerance * bound}");
        }
    }

    /// <summary>
    /// Compares a gradient with central differences of <paramref name="loss"/>, which reads <paramref name="variables"/>.
    /// </summary>
    public static void AssertGradient(string name, double[] variables, double[] gradient, Func<double> loss, double tolerance = 1e-7)
    {
        const double Step = 1e-5;
        Assert.Equal(variables.Length, gradient.Length);
        for (var i = 0; i < variables.Length; i++)
        {
            var kept = variables[i];
            variables[i] = kept + Step;
            var above = loss();
            variables[i] = kept - Step;
            var below = loss();
            variables[i] = kept;
            var expected = (above - below) / (2 * Step);
            Assert.True(Math.Abs(gradient[i] - expected) <= tolerance * Math.Max(1, Math.Abs(expected)),
                $"gradient of {name}[{i}] is {gradient[i]}, finite differences give {expected}");
        }
    }
}
