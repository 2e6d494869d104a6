using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Tests.Backends;
using NativeRnn.Training;

namespace NativeRnn.Tests.Models;

/// <summary>A step reads few rows of a large embedding: its gradient is cleared, measured and applied there only, with the results of doing all.</summary>
public sealed class SparseEmbeddingTests : IDisposable
{
    private const int Steps = 3, Rows = 2;
    private static readonly WordVocabulary Words = WordVocabulary.Build(string.Join(' ', Enumerable.Range(0, 200).Select(i => $"w{i:D3}")));

    private readonly IBackend _backend = Backend.Create(new BackendOptions { Threads = 2 });
    private readonly LanguageModel _model;

    public SparseEmbeddingTests() => _model = Create();

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
    }

    [Fact]
    public void Only_the_rows_that_were_read_are_touched()
    {
        Backward(_model, 5, 9, 5, 100, 201, 9);
        var E = _model.Options.Embedding;
        var ranges = _model.Parameters.Touched.ToArray();
        Assert.Equal((_model.Parameters.All[1].Offset, _model.Parameters.Values.Length - _model.Parameters.All[1].Offset), ranges[0]);
        Assert.Equal([(5 * E, E), (9 * E, E), (100 * E, E), (201 * E, E)], ranges[1..]);
        var norm = _model.GradientNorm();
        Assert.Equal(Math.Sqrt(_backend.SumOfSquares(_model.Parameters.Gradients)), norm, 1e-12);
        Assert.Single(_model.Parameters.Touched.ToArray()); // whoever asked for the gradients may have written anywhere
    }

    [Fact]
    public void Clearing_leaves_no_gradient_whoever_wrote_it()
    {
        Backward(_model, 5, 9, 5, 100, 201, 9);
        _model.Parameters.ClearGradients();
        Assert.Equal(-1, _model.Parameters.TrackedGradients.IndexOfAnyExcept(0));
        Assert.Single(_model.Parameters.Touched.ToArray());

        Backward(_model, 1, 2, 3, 4, 5, 6);
        _model.Embedding.Gradients[^1] = 7;
        _model.Parameters.ClearGradients();
        Assert.Equal(-1, _model.Parameters.TrackedGradients.IndexOfAnyExcept(0));
        Backward(_model, 1, 2, 3, 4, 5, 6);
        Assert.Equal(7, _model.Parameters.Touched.Length); // rows are told apart again
    }

    [Fact]
    public void Gradients_of_two_passes_add_up_in_rows_that_both_read()
    {
        Backward(_model, 5, 9, 5, 100, 201, 9);
        Backward(_model, 9, 9, 7, 7, 5, 5);
        Assert.Equal(1 + 5, _model.Parameters.Touched.Length);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("managed")]
    public void Updates_have_the_bits_of_updates_over_everything(string name)
    {
        using var backend = TestBackends.Create(name, threads: 2);
        foreach (var optimizer in new Func<Optimizer>[] { () => new Sgd(0.5), () => new Sgd(0.5, momentum: 0.9), () => new Sgd(0.5, weightDecay: 0.1), () => new Adam(0.1),
            () => new Adagrad(0.5), () => new Adagrad(0.5, weightDecay: 0.1), () => new AveragedSgd(0.5), () => new RmsProp(0.1), () => new Adadelta(), () => new AdaMax() })
        {
            Assert.Equal(Trained(touchAll: true), Trained(touchAll: false));

            float[] Trained(bool touchAll)
            {
                using var model = new LanguageModel(Words, new LanguageModelOptions { Embedding = 9, Hidden = 5 }, backend);
                using var rule = optimizer();
                for (var step = 0; step < 4; step++)
                {
                    model.Parameters.ClearGradients();
                    Backward(model, 5, 9 + step, 5, 100, 201, 9);
                    if (touchAll)
                        _ = model.Parameters.Gradients;
                    rule.Step(model, 0.75);
                }
                return model.Parameters.Values.ToArray();
            }
        }
    }

    [Fact]
    public void As_many_tokens_as_rows_make_one_range()
    {
        using var pass = _model.CreatePass(101, Rows);
        pass.Forward(new int[202]);
        pass.Loss(new int[202]);
        pass.Backward();
        Assert.Equal((0, _model.Parameters.Values.Length), Assert.Single(_model.Parameters.Touched.ToArray()));
    }

    private LanguageModel Create() => new(Words, new LanguageModelOptions { Embedding = 9, Hidden = 5 }, _backend);

    private static void Backward(LanguageModel model, params int[] inputs)
    {
        using var pass = model.CreatePass(Steps, Rows);
        pass.Forward(inputs);
        pass.Loss([1, 2, 3, 4, 5, 6]);
        pass.Backward();
    }
}
