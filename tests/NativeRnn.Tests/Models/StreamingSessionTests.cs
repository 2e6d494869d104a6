using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.TestHost;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Models;

public class StreamingSessionTests
{
    private static readonly TextCorpus Corpus = TextCorpus.FromText(Fixture.Text(3_000), "fixture");
    private static readonly LanguageModelOptions Sizes = new() { Embedding = 6, Hidden = 19, Layers = 2 };

    [Theory]
    [MemberData(nameof(ModelVariants.OnBackends), MemberType = typeof(ModelVariants))]
    public void Alone_step_by_step_and_in_a_batch_a_sequence_predicts_the_same(string name, CellKind cell)
    {
        const int Steps = 20, Rows = 7;
        var (row, variant) = ModelVariants.Split(name);
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, ModelVariants.Ask(variant, cell, Sizes), backend, seed: 3);
        using var batch = model.CreatePass(Steps, Rows, training: false);
        batch.Forward(Corpus.Train.AsSpan(0, Steps * Rows));
        var V = Corpus.Vocabulary.Count;
        var inBatch = new float[Rows * V];
        batch.LastLogits(inBatch);
        for (var b = 0; b < Rows; b++)
        {
            int[] sequence = [.. Enumerable.Range(0, Steps).Select(step => Corpus.Train[step * Rows + b])];
            using var session = new StreamingSession(model);
            session.Read(sequence.AsSpan(0, Steps - 1));
            AssertSame(inBatch.AsSpan(b * V, V), session.Step(sequence[^1]));
            using var pass = model.CreatePass(Steps, 1, training: variant != "zoneout"); // which acts otherwise in training
            pass.Forward(sequence);
            var alone = new float[V];
            pass.LastLogits(alone);
            AssertSame(inBatch.AsSpan(b * V, V), alone);
        }

        // Bit for bit on the native backend, whose products do not depend on the rows beside a row.
        void AssertSame(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
        {
            if (row == "native")
                Assert.Equal(expected.ToArray(), actual.ToArray());
            else
                Assert.All(expected.ToArray().Zip(actual.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Theory]
    [MemberData(nameof(ModelVariants.OnBackends), MemberType = typeof(ModelVariants))]
    public void A_saved_state_goes_on_to_the_same_bits(string name, CellKind cell)
    {
        var (row, variant) = ModelVariants.Split(name);
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, ModelVariants.Ask(variant, cell, Sizes), backend, seed: 3);
        using var first = new StreamingSession(model);
        using var second = new StreamingSession(model);
        var fresh = first.Step(1).ToArray();
        foreach (var token in Corpus.Train.AsSpan(0, 10))
            first.Step(token);
        var state = first.SaveState();
        var expected = first.Step(1).ToArray();
        Assert.NotEqual(fresh, expected);

        second.RestoreState(state);
        Assert.Equal(expected, second.Step(1).ToArray());
        second.Reset();
        Assert.Equal(fresh, second.Step(1).ToArray());
        Assert.Throws<ArgumentException>(() => second.RestoreState(state.AsSpan(1)));
        Assert.Throws<ArgumentException>(() => second.Step(Corpus.Vocabulary.Count));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("managed")]
    public void Several_threads_may_run_one_model(string name)
    {
        using var backend = TestBackends.Create(name, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes with { Hidden = 40 }, backend, seed: 3);
        var alone = Enumerable.Range(0, 4).Select(Logits).ToList();
        model.Parameters.Write(); // the threads pack the weights anew
        var together = new float[4][];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() => together[i] = Logits(i))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Equal(alone, together);
        Assert.Equal(4, alone.Select(logits => logits[0]).Distinct().Count());

        float[] Logits(int start)
        {
            using var session = new StreamingSession(model);
            session.Read(Corpus.Train.AsSpan(start * 500, 400));
            return session.Step(0).ToArray();
        }
    }

    [Theory]
    [InlineData("native")]
    [InlineData("managed")]
    public void A_step_allocates_nothing(string name)
    {
        using var backend = Backend.Create(new BackendOptions { Name = name, Threads = 1 });
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes, backend);
        using var session = new StreamingSession(model);
        session.Step(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < 100; step++)
            session.Step(step % Corpus.Vocabulary.Count);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
