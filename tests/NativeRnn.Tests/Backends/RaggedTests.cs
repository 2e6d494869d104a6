using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>Sequences of different lengths side by side give what each gives alone, and what padding gives.</summary>
public class RaggedTests
{
    private const int I = 4, H = 9;
    private static readonly int[] Lengths = [3, 0, 7, 1, 7, 4];

    [Theory]
    [MemberData(nameof(RecurrentTests.AllCases), MemberType = typeof(RecurrentTests))]
    public void A_ragged_batch_is_its_sequences_one_by_one(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var batch = new RaggedBatch(Lengths);
        foreach (var reverse in new[] { false, true })
        {
            var request = Ragged(cell, reverse);
            var together = RecurrentRun.Run(backend, request);
            var inputs = RecurrentRun.Inputs(request);
            var sums = inputs.Keys.Where(name => together.ContainsKey("d" + name) && name is not ("x" or "h_0" or "c_0"))
                .ToDictionary(name => "d" + name, name => new double[inputs[name].Length]);
            for (var k = 0; k < batch.Rows; k++)
            {
                var T = Lengths[batch.Order[k]];
                float[] Steps(float[] packed, int width) => [.. Enumerable.Range(0, T).SelectMany(t => Slice(packed, First(batch, t) + k, width))];
                if (T == 0)
                {
                    foreach (var (final, initial) in new[] { ("h_n", inputs["h_0"]), ("dh_0", inputs["dh_n"]), ("c_n", inputs["c_0"]), ("dc_0", inputs["dc_n"]) })
                        Assert.Equal(Part(initial, k), Part(together[final], k));
                    continue;
                }
                var own = inputs.ToDictionary(pair => pair.Key, pair => pair.Key switch
                {
                    "x" => Steps(pair.Value, I),
                    "dy" => Steps(pair.Value, H),
                    "h_0" or "c_0" or "dh_n" or "dc_n" => Part(pair.Value, k),
                    _ => pair.Value,
                });
                var alone = RecurrentRun.Run(backend, new(new(cell, T, 1, I, H) { Reverse = reverse }), own);
                Numbers.AssertClose("y", alone["y"], Steps(together["y"], H));
                Numbers.AssertClose("dx", alone["dx"], Steps(together["dx"], I));
                foreach (var state in new[] { "h_n", "c_n", "dh_0", "dc_0" })
                    Numbers.AssertClose(state, alone[state], Part(together[state], k));
                foreach (var (name, sum) in sums)
                {
                    for (var i = 0; i < sum.Length; i++)
                        sum[i] += alone[name][i] - Before(name, sum.Length)[i];
                }
            }
            foreach (var (name, sum) in sums)
                Numbers.AssertClose(name, [.. sum.Select((value, i) => (float)(value + Before(name, sum.Length)[i]))], together[name]);
        }
    }

    [Theory]
    [MemberData(nameof(RecurrentTests.AllCases), MemberType = typeof(RecurrentTests))]
    public void A_ragged_batch_is_the_padded_one_without_what_is_past_the_lengths(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var batch = new RaggedBatch(Lengths);
        var request = Ragged(cell, reverse: false) with { FinalGradients = false };
        var ragged = RecurrentRun.Run(backend, request);
        var inputs = RecurrentRun.Inputs(request);
        var wide = inputs.ToDictionary(pair => pair.Key, pair => pair.Key switch
        {
            "x" => Padded(pair.Value, I),
            "dy" => Padded(pair.Value, H),
            "h_0" or "c_0" => Unsorted(pair.Value),
            _ => pair.Value,
        });
        var padded = RecurrentRun.Run(backend, new(new(cell, batch.Steps, batch.Rows, I, H)), wide);

        Numbers.AssertClose("y", Packed(padded["y"], H), ragged["y"]);
        Numbers.AssertClose("dx", Packed(padded["dx"], I), ragged["dx"]);
        Numbers.AssertClose("dh_0", padded["dh_0"], Unsorted(ragged["dh_0"]));
        Numbers.AssertClose("dc_0", padded["dc_0"], Unsorted(ragged["dc_0"]));
        foreach (var parameter in RecurrentParameter.Of(request.Shape))
            Numbers.AssertClose(parameter.Name, padded["d" + parameter.Name], ragged["d" + parameter.Name]);

        float[] Padded(float[] packed, int width)
        {
            var result = new float[batch.Steps * batch.Rows * width];
            batch.Unpack(packed, width, result);
            return result;
        }

        float[] Packed(float[] steps, int width)
        {
            var result = new float[batch.Positions * width];
            batch.Pack(steps, width, result);
            return result;
        }

        float[] Unsorted(float[] state)
        {
            var result = new float[state.Length];
            if (state.Length > 0)
                batch.UnsortState(state, H, result);
            return result;
        }
    }

    [Fact]
    public void The_longest_come_first_and_go_last()
    {
        var batch = new RaggedBatch([2, 0, 3, 2]);
        Assert.Equal((4, 3, 7), (batch.Rows, batch.Steps, batch.Positions));
        Assert.Equal([2, 0, 3, 1], batch.Order.ToArray());
        Assert.Equal([3, 3, 1], batch.StepRows.ToArray());
        var packed = new float[7];
        batch.Pack([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33], 1, packed);
        Assert.Equal([2, 0, 3, 12, 10, 13, 22], packed);
        var padded = new float[16];
        batch.Unpack(packed, 1, padded);
        Assert.Equal([0, 0, 2, 3, 10, 0, 12, 13, 0, 0, 22, 0, 0, 0, 0, 0], padded);
        var (sorted, state) = (new float[8], new float[8]);
        batch.SortState([0, 1, 2, 3, 4, 5, 6, 7], 2, sorted);
        Assert.Equal([4, 5, 0, 1, 6, 7, 2, 3], sorted);
        batch.UnsortState(sorted, 2, state);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], state);
    }

    [Fact]
    public void What_is_no_batch_is_refused()
    {
        Assert.Contains("lengths[1] is -1", Assert.Throws<ArgumentException>(() => new RaggedBatch([1, -1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new RaggedBatch([]));
        Assert.Throws<ArgumentException>(() => new RaggedBatch([int.MaxValue, int.MaxValue]));
        var batch = new RaggedBatch([0, 2]);
        Assert.Equal("padded", Assert.Throws<ArgumentException>(() => batch.Pack(new float[3], 1, new float[2])).ParamName);
        Assert.Equal("packed", Assert.Throws<ArgumentException>(() => batch.Unpack(new float[1], 1, new float[4])).ParamName);
        Assert.Equal("state", Assert.Throws<ArgumentException>(() => batch.SortState(new float[1], 1, new float[2])).ParamName);
        Assert.Equal("sorted", Assert.Throws<ArgumentException>(() => batch.UnsortState(new float[1], 1, new float[2])).ParamName);
        Assert.Equal((0, 0), (new RaggedBatch([0, 0]).Steps, new RaggedBatch([0, 0]).Positions));
    }

    private static RecurrentRequest Ragged(CellKind cell, bool reverse)
    {
        var batch = new RaggedBatch(Lengths);
        var shape = new RecurrentShape(cell, batch.Steps, batch.Rows, I, H) { RaggedRows = batch.Positions, Reverse = reverse };
        return new RecurrentRequest(shape) { StepRows = batch.StepRows.ToArray() };
    }

    private static int First(RaggedBatch batch, int t) => batch.StepRows[..t].ToArray().Sum();

    /// <summary>What <see cref="RecurrentRun"/> adds gradients of parameters to.</summary>
    private static float[] Before(string gradient, int length) => Numbers.Floats(50 + gradient.Length - 1, length);

    private static float[] Slice(float[] rows, int row, int width) => rows[(row * width)..((row + 1) * width)];

    private static float[] Part(float[] state, int row) => state.Length == 0 ? [] : Slice(state, row, H);
}
