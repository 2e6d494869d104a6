using NativeRnn.Data;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Data;

public class TokenStreamsTests
{
    [Fact]
    public void Fills_inputs_and_targets_time_major()
    {
        var streams = new TokenStreams(Enumerable.Range(0, 12).ToArray(), 3); // n = 11 / 3 = 3
        Assert.Equal((3, 3), (streams.Batch, streams.StreamLength));
        var (inputs, targets) = (new int[6], new int[6]);
        streams.Fill(1, 2, inputs, targets);
        Assert.Equal([1, 4, 7, 2, 5, 8], inputs);
        Assert.Equal([2, 5, 8, 3, 6, 9], targets);
    }

    [Theory]
    [InlineData(-1, 1, 3)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 4, 12)]
    [InlineData(3, 1, 3)]
    [InlineData(int.MaxValue, 1, 3)]
    [InlineData(0, 1, 2)]
    public void Refuses_steps_outside_the_streams_and_wrong_destinations(int start, int steps, int length)
    {
        var streams = new TokenStreams(new int[12], 3);
        Assert.ThrowsAny<ArgumentException>(() => streams.Fill(start, steps, new int[length], new int[length]));
    }

    [Fact]
    public void Needs_one_token_more_than_a_batch()
    {
        new TokenStreams(new int[4 * 8 + 1], 4).Require(8);
        OneLineError.Throws<DataException>(
            () => new TokenStreams(new int[4 * 8], 4, "in.txt").Require(8), "in.txt: 32 tokens", "needs 33", "smaller batch or bptt, or more text");
        OneLineError.Throws<DataException>(() => new TokenStreams(Array.Empty<int>(), 70_000).Require(70_000), "needs 4900000001");
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenStreams(new int[4], 0));
    }

    [Fact]
    public void Fill_allocates_nothing()
    {
        var streams = new TokenStreams(new int[1000], 4);
        var (inputs, targets) = (new int[40], new int[40]);
        streams.Fill(0, 10, inputs, targets);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var start = 0; start < 100; start++)
            streams.Fill(start, 10, inputs, targets);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
