using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>
/// Compares the native backend with the managed one: an LSTM layer forward and backward, a dense layer with cross entropy and an
/// update by Adam, on odd sizes, for every instruction set; and all threads with one thread, bit for bit.
/// </summary>
internal static class SelfTest
{
    /// <summary>What rounding in another order may differ by, as in the tests of the backends.</summary>
    public const double Tolerance = 2e-5;

    /// <summary>On a slow machine the larger sizes are left out.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>T, B, I, H, V, the small ones first. The last is enough work for several threads.</summary>
    private static readonly SelfTestSizes[] Sizes =
        [new(1, 1, 1, 1, 2), new(3, 5, 7, 13, 11), new(7, 3, 33, 65, 97), new(5, 19, 70, 129, 263), new(11, 37, 61, 131, 1031)];

    /// <summary>One result for each of <paramref name="isas"/>, in their order.</summary>
    public static IReadOnlyList<SelfTestResult> Run(IReadOnlyList<string> isas)
    {
        var clock = Stopwatch.StartNew();
        using var managed = Backend.Create(new BackendOptions { Name = "managed" });
        var expected = new Dictionary<SelfTestSizes, SelfTestArrays>();
        SelfTestArrays Expected(SelfTestSizes sizes)
        {
            if (!expected.TryGetValue(sizes, out var arrays))
                expected.Add(sizes, arrays = SelfTestWork.Run(managed, sizes));
            return arrays;
        }
        return [.. isas.Select(isa => Run(isa, Sizes.TakeWhile(_ => clock.Elapsed < Longest), Expected))];
    }

    private static SelfTestResult Run(string isa, IEnumerable<SelfTestSizes> all, Func<SelfTestSizes, SelfTestArrays> expected)
    {
        var result = new SelfTestResult(isa, 0, 0, "", "");
        try
        {
            using var one = new NativeBackend(new BackendOptions { Isa = isa, Threads = 1 });
            using var two = new NativeBackend(new BackendOptions { Isa = isa, Threads = 2 });
            foreach (var sizes in all)
            {
                var alone = SelfTestWork.Run(one, sizes);
                result = Compare(result, sizes, expected(sizes), alone);
                result = CompareThreads(result, sizes, alone, SelfTestWork.Run(two, sizes));
            }
            return result;
        }
        catch (Exception e) when (e is NativeRnnException or InvalidOperationException or OutOfMemoryException)
        {
            return result with { Failure = OneLine.Clean(e.Message) };
        }
    }

    /// <summary>The result so far, with the arrays of one more size.</summary>
    internal static SelfTestResult Compare(SelfTestResult result, SelfTestSizes sizes, SelfTestArrays expected, SelfTestArrays actual)
    {
        foreach (var (name, values) in expected)
        {
            var error = Error(values, actual[name]);
            result = result with { Arrays = result.Arrays + 1 };
            if (!double.IsFinite(result.LargestError) || error <= result.LargestError)
                continue;
            result = result with { LargestError = error, Where = $"{name} at {sizes}" };
            if (!(error <= Tolerance))
            {
                var failure = string.Create(CultureInfo.InvariantCulture, $"{result.Where} differs from the managed backend by {error:G3}, at most {Tolerance:G3} is rounding");
                result = result with { Failure = failure };
            }
        }
        return result;
    }

    internal static SelfTestResult CompareThreads(SelfTestResult result, SelfTestSizes sizes, SelfTestArrays one, SelfTestArrays two)
    {
        foreach (var (name, values) in one)
        {
            if (result.Passed && !MemoryMarshal.AsBytes<float>(values).SequenceEqual(MemoryMarshal.AsBytes<float>(two[name])))
                result = result with { Failure = $"{name} at {sizes} has other bits with two threads than with one" };
        }
        return result;
    }

    /// <summary>Relative to max(1, the largest magnitude expected); not a number as soon as one result is none.</summary>
    private static double Error(float[] expected, float[] actual)
    {
        var (bound, error) = (1.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            bound = Math.Max(bound, Math.Abs((double)expected[i]));
            error = Math.Max(error, Math.Abs((double)actual[i] - expected[i])); // Math.Max hands NaN on
        }
        return error / bound;
    }
}
