using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.TestHost;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Models;

/// <summary>Language models of every cell and all that may be asked of it.</summary>
public class LanguageModelCellTests
{
    private static readonly TextCorpus Corpus = TextCorpus.FromText(Fixture.Text(3_000), "fixture");
    private static readonly LanguageModelOptions Sizes = new() { Embedding = 6, Hidden = 11, Layers = 2 };

    [Theory]
    [MemberData(nameof(ModelVariants.OnBackends), MemberType = typeof(ModelVariants))]
    public void Gradients_agree_with_finite_differences_of_the_loss(string name, CellKind cell)
    {
        var (row, variant) = ModelVariants.Split(name);
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, ModelVariants.Ask(variant, cell, Sizes), backend, seed: 3);
        using var pass = model.CreatePass(5, 3);
        var (inputs, targets) = (Corpus.Train[..15], Corpus.Train[15..30]);
        double Loss()
        {
            pass.State.Reset();
            pass.Step = 4;
            pass.Forward(inputs);
            return pass.Loss(targets);
        }

        model.Parameters.ClearGradients();
        Loss();
        pass.Backward();
        var all = model.Parameters.All.ToDictionary(parameter => parameter, parameter => parameter.Gradients.ToArray()); // Loss adds to some
        foreach (var (parameter, gradients) in all)
        {
            var at = Array.IndexOf(gradients, gradients.MaxBy(Math.Abs));
            var value = parameter.Values[at];
            var step = CellInfo.Of(cell).HasLayerNorm ? 2.5e-4f : 2e-3f; // small: max(0, x) has a corner, normalized small numbers are steep
            parameter.Write()[at] = value + step;
            var above = Loss();
            parameter.Write()[at] = value - step;
            var below = Loss();
            parameter.Write()[at] = value;
            Assert.Equal((above - below) / (2 * step), gradients[at], 1e-3);
        }
    }

    [Theory]
    [MemberData(nameof(ModelVariants.OnBackends), MemberType = typeof(ModelVariants))]
    public void Carrying_the_state_on_is_the_same_as_one_long_pass(string name, CellKind cell)
    {
        var (row, variant) = ModelVariants.Split(name);
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, ModelVariants.Ask(variant, cell, Sizes), backend, seed: 3);
        using var whole = model.CreatePass(10, 2, training: false);
        using var parts = model.CreatePass(4, 2, training: false);
        var inputs = Corpus.Train[..20];
        whole.Forward(inputs);
        foreach (var (start, count) in new[] { (0, 8), (8, 8), (16, 4) })
            parts.Forward(inputs.AsSpan(start, count));
        var (expected, got) = (new float[2 * Corpus.Vocabulary.Count], new float[2 * Corpus.Vocabulary.Count]);
        whole.LastLogits(expected);
        parts.LastLogits(got);
        Assert.All(expected.Zip(got), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Equal(CellInfo.Of(cell).HasCellState ? 2 * 2 * 11 : 0, whole.State.Cell.Length);
        Assert.All(whole.State.Cell.ToArray().Zip(parts.State.Cell.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Theory]
    [MemberData(nameof(ModelVariants.OnBackends), MemberType = typeof(ModelVariants))]
    public void A_model_survives_its_file(string name, CellKind cell)
    {
        var (row, variant) = ModelVariants.Split(name);
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, ModelVariants.Ask(variant, cell, Sizes), backend, seed: 3);
        var folder = Directory.CreateTempSubdirectory("nativernn-").FullName;
        try
        {
            var file = Path.Combine(folder, "model.safetensors");
            model.Save(file);
            using var loaded = LanguageModel.Load(file, backend);
            Assert.Equal(model.Options, loaded.Options);
            Assert.Equal(model.Generate("the ", 40, seed: 5), loaded.Generate("the ", 40, seed: 5));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
