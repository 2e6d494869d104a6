using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>What only the native backend promises: bits that do not depend on threads, instruction sets that can be forced.</summary>
public class NativeBackendTests
{
    [Theory]
    [MemberData(nameof(TestBackends.Native), MemberType = typeof(TestBackends))]
    public void Any_number_of_threads_gives_the_same_bits(string row)
    {
        foreach (var (T, B, I, H) in new[] { (7, 3, 20, 65), (5, 150, 33, 48), (4, 1, 9, 200) })
        {
            foreach (var cell in CellInfo.All)
            {
                foreach (var reverse in new[] { false, true })
                {
                    var request = new RecurrentRequest(new(cell.Kind, T, B, I, H) { Reverse = reverse });
                    AssertSameForAnyThreads(row, backend => RecurrentRun.Run(backend, request));
                }
            }
        }
        foreach (var cell in CellInfo.All)
        {
            foreach (var option in RecurrentOptions.Names)
            {
                if (RecurrentOptions.Ask(option, new(new RecurrentShape(cell.Kind, 5, 40, 12, 40))) is { } request)
                    AssertSameForAnyThreads(row, backend => RecurrentRun.Run(backend, request));
            }
        }
        AssertSameForAnyThreads(row, backend =>
        {
            var shape = new DenseShape(301, 40, 517);
            var (x, w, b) = (Numbers.Floats(1, 301 * 40), Numbers.Floats(2, 517 * 40), Numbers.Floats(3, 517));
            var (dx, dw, db) = (new float[x.Length], new float[w.Length], new float[b.Length]);
            var loss = backend.DenseCrossEntropy(shape, new DenseCrossEntropy
            {
                Input = x,
                Weights = w,
                Bias = b,
                Targets = Numbers.Indices(4, 301, 517),
                Scale = 1,
                Workspace = new float[backend.DenseCrossEntropyWorkspace(shape)],
                InputGradient = dx,
                WeightsGradient = dw,
                BiasGradient = db,
            });
            var sum = backend.SumOfSquares(Numbers.Floats(5, 200_003));
            return new() { ["loss"] = Halves(loss), ["sum"] = Halves(sum), ["dx"] = dx, ["dw"] = dw, ["db"] = db };
        });
    }

    [Theory]
    [MemberData(nameof(TestBackends.Native), MemberType = typeof(TestBackends))]
    public void A_forced_instruction_set_takes_effect(string row)
    {
        using var backend = TestBackends.CreateNative(row, threads: 2);
        Assert.Equal(row, $"native/{backend.Info.Isa}");
        Assert.Equal(backend.Info.Isa switch { "scalar" => 1, "avx2" => 8, "avx512" => 16, "neon" => 4, _ => -1 }, backend.Info.Lanes);
        Assert.Equal(2, backend.Threads);
        Assert.Equal($"native {backend.Info.Isa} {backend.Info.BlasCore} {backend.Info.BlasVersion}", backend.Fingerprint);
        Assert.Equal($"native ({backend.Info.Isa}, 2 threads, OpenBLAS core {backend.Info.BlasCore})", backend.Description);
    }

    [Fact]
    public void An_unknown_instruction_set_is_an_error_that_names_those_there_are()
    {
        var error = Assert.Throws<BackendException>(() => Backend.Create(new BackendOptions { Isa = "mmx", Threads = 1 }));
        Assert.Contains("'mmx'", error.Message, StringComparison.Ordinal);
        Assert.Contains("scalar", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65)]
    public void A_wrong_number_of_threads_is_an_error(int threads)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new BackendOptions { Threads = threads });
        Assert.Contains("must be from 0 to 64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Chains_of_multiply_adds_can_be_run_on_each_number_of_threads()
    {
        using var backend = TestBackends.CreateNative("native", threads: 2);
        var one = backend.RunFmaChains(1, 1000);
        Assert.True(one >= 1000 * 8 * 2 * backend.Info.Lanes, "fewer than 8 chains do not hide the latency of a multiply-add");
        Assert.Equal(0, one % (1000 * 2 * backend.Info.Lanes)); // whole vectors, two operations each
        Assert.Equal(3 * one, backend.RunFmaChains(1, 3000));
        Assert.Equal(2 * one, backend.RunFmaChains(2, 1000));
        Assert.Throws<ArgumentException>(() => backend.RunFmaChains(3, 1000));
        Assert.Throws<ArgumentException>(() => backend.RunFmaChains(1, 0));
    }

    [Fact]
    public void A_disposed_backend_throws()
    {
        var backend = TestBackends.Create("native");
        backend.Dispose();
        backend.Dispose();
        Assert.Throws<ObjectDisposedException>(() => backend.SumOfSquares([1]));
    }

    /// <summary>The 64 bits of a double as those of two floats.</summary>
    private static float[] Halves(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        return [BitConverter.Int32BitsToSingle((int)bits), BitConverter.Int32BitsToSingle((int)(bits >> 32))];
    }

    private static void AssertSameForAnyThreads(string row, Func<IBackend, Dictionary<string, float[]>> compute)
    {
        using var single = TestBackends.Create(row, threads: 1);
        var expected = compute(single);
        foreach (var threads in new[] { 2, 3, 7 })
        {
            using var backend = TestBackends.Create(row, threads);
            var actual = compute(backend);
            foreach (var (name, values) in expected)
                Assert.Equal(values.Select(BitConverter.SingleToInt32Bits), actual[name].Select(BitConverter.SingleToInt32Bits));
        }
    }
}
