using NativeRnn.Data;

namespace NativeRnn.Tests.Data;

public class BatchReaderTests
{
    private static readonly TokenStreams Streams = new(Enumerable.Range(0, 1000).ToArray(), 3); // 333 inputs in each stream

    [Theory]
    [InlineData(0, 66)]
    [InlineData(17, 66)]
    [InlineData(65, 66)]
    [InlineData(60, 63)]
    public void Gives_the_batches_of_the_streams_in_their_order(int first, int end)
    {
        const int Steps = 5;
        using var reader = new BatchReader(Streams, Steps, first, end);
        var (inputs, targets) = (new int[Steps * 3], new int[Steps * 3]);
        for (var batch = first; batch < end; batch++)
        {
            Streams.Fill(batch * Steps, Steps, inputs, targets);
            var (actualInputs, actualTargets) = reader.Next();
            Assert.Equal(inputs, actualInputs);
            Assert.Equal(targets, actualTargets);
        }
        Assert.Throws<InvalidOperationException>(() => reader.Next());
    }

    [Fact]
    public void A_batch_stays_until_the_next_is_taken() // so large that two lie in memory
    {
        var streams = new TokenStreams(Enumerable.Range(0, 1_000_000).ToArray(), 1);
        using var reader = new BatchReader(streams, 100_000, 0, 9);
        for (var taken = 0; taken < 9; taken++)
        {
            var (inputs, _) = reader.Next();
            Thread.Sleep(20); // the thread that fills does what it may
            Assert.Equal((100_000 * taken, 100_000 * taken + 99_999), (inputs[0], inputs[^1]));
        }
    }

    [Fact]
    public void What_goes_wrong_while_reading_reaches_who_takes_the_batch()
    {
        using var reader = new BatchReader(Streams, 100, 0, 5); // there are 3
        for (var taken = 0; taken < 3; taken++)
            reader.Next();
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Next());
    }

    [Fact]
    public void May_be_stopped_at_any_moment()
    {
        for (var taken = 0; taken < 20; taken++)
        {
            using var reader = new BatchReader(Streams, 5, 0, 66);
            for (var i = 0; i < taken; i++)
                reader.Next();
        }
    }
}
