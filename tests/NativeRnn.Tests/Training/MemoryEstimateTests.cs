using System.Reflection;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Numerics;
using NativeRnn.TestHost;
using NativeRnn.Tests.Backends;
using NativeRnn.Tests.Models;
using NativeRnn.Training;

namespace NativeRnn.Tests.Training;

/// <summary>What is estimated is what the objects hold, array by array.</summary>
public class MemoryEstimateTests
{
    private static readonly CharacterVocabulary Vocabulary = CharacterVocabulary.Build(Fixture.Text(3_000));

    [Theory]
    [MemberData(nameof(ModelVariants.OnBackends), MemberType = typeof(ModelVariants))]
    public void The_estimate_is_what_is_taken(string name, CellKind cell)
    {
        var (row, variant) = ModelVariants.Split(name);
        using var backend = TestBackends.Create(row);
        var options = ModelVariants.Ask(variant, cell, new LanguageModelOptions { Embedding = 100, Hidden = 64, Layers = 3 });
        var training = new TrainingOptions { Batch = 8, Bptt = 16 };
        var V = Vocabulary.Count;
        using var model = new LanguageModel(Vocabulary, options, backend);
        RequireClose(MemoryEstimate.Model(backend, options, V), BytesOf(model));
        foreach (var trains in (bool[])[true, false])
        {
            using var pass = model.CreatePass(16, 8, trains);
            RequireClose(MemoryEstimate.Pass(backend, options, V, 16, 8, trains ? Regularization.None : null), BytesOf(pass, except: model));
        }
        using var optimizer = new Adam();
        using var trainer = new Trainer(model, optimizer, training);
        trainer.Evaluate([.. Enumerable.Repeat(0, 100)]); // makes the pass for it
        var positions = training.Batch * training.Bptt;
        var ids = 2 * sizeof(int) * positions * (BatchReader.BatchesAhead(positions) + 1);
        RequireClose(MemoryEstimate.Run(backend, options, V, training, optimizerStates: 2), BytesOf(model) + BytesOf(trainer, except: model) + ids);
    }

    [Theory]
    [InlineData("native", CellKind.Lstm)]
    [InlineData("managed", CellKind.Gru)]
    public void So_it_is_with_everything_that_regularizes(string row, CellKind cell)
    {
        using var backend = TestBackends.Create(row);
        var options = new LanguageModelOptions { Embedding = 100, Hidden = 64, Layers = 3, Cell = cell };
        using var model = new LanguageModel(Vocabulary, options, backend);
        foreach (var variational in (bool[])[true, false])
        {
            var regularization = new Regularization
            {
                InputDropout = 0.1,
                LayerDropout = 0.1,
                OutputDropout = 0.1,
                RecurrentDropout = 0.1,
                EmbeddingDropout = 0.1,
                WeightDrop = 0.1,
                Variational = variational,
            };
            using var pass = model.CreatePass(16, 8, training: true, regularization);
            RequireClose(MemoryEstimate.Pass(backend, options, Vocabulary.Count, 16, 8, regularization), BytesOf(pass, except: model));
        }
    }

    [Fact]
    public void What_no_span_can_hold_needs_infinitely_much()
    {
        using var backend = TestBackends.Create("managed");
        var options = new LanguageModelOptions { Hidden = 100_000 };
        Assert.Equal(double.PositiveInfinity, MemoryEstimate.Model(backend, options, 50));
        Assert.Equal(double.PositiveInfinity, MemoryEstimate.Pass(backend, options, 50, 1, 1, training: null));
        Assert.Equal(double.PositiveInfinity, MemoryEstimate.Pass(backend, new LanguageModelOptions(), 50, int.MaxValue, int.MaxValue, Regularization.None));
    }

    /// <summary>Never less, and little more: some room for gaps and a cell state that the cell may not have.</summary>
    private static void RequireClose(double estimate, long taken) => Assert.InRange(estimate, taken, taken * 1.1);

    /// <summary>The bytes of all arrays that an object holds, by itself or through other objects of the library.</summary>
    private static long BytesOf(object? value, object? except = null)
    {
        if (value is null || ReferenceEquals(value, except) || value is IBackend or CharacterVocabulary or Delegate)
            return 0;
        return value switch
        {
            AlignedBuffer buffer => sizeof(float) * (long)buffer.Length,
            int[] ids => sizeof(int) * (long)ids.Length,
            Dictionary<string, AlignedBuffer> states => states.Values.Sum(state => BytesOf(state)),
            AlignedBuffer[] or Dropout?[] or TrainingWeights[] when value is object?[] parts => parts.Sum(part => BytesOf(part, except)),
            _ when value.GetType() is { Namespace: "NativeRnn.Models" or "NativeRnn.Training" } type => Fields(type)
                .Where(field => field.Name != "_parameters" && field.FieldType.IsClass) // the optimizer only names its model's
                .Sum(field => BytesOf(field.GetValue(value), except)),
            _ => 0,
        };
    }

    private static IEnumerable<FieldInfo> Fields(Type? type) => type is null ? []
        : type.GetFields(BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly).Concat(Fields(type.BaseType));
}
