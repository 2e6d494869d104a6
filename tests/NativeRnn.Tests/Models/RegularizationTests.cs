using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.TestHost;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Models;

/// <summary>Regularizers of language models, each by itself and all together.</summary>
public class RegularizationTests
{
    private const int Steps = 5, Rows = 3;
    private static readonly TextCorpus Corpus = TextCorpus.FromText(Fixture.Text(3_000), "fixture");
    private static readonly LanguageModelOptions Sizes = new() { Embedding = 6, Hidden = 11, Layers = 2 };

    private static readonly Dictionary<string, Regularization> Regularizers = new()
    {
        ["input dropout"] = new() { InputDropout = 0.3 },
        ["layer dropout"] = new() { LayerDropout = 0.3 },
        ["output dropout"] = new() { OutputDropout = 0.3 },
        ["variational dropout"] = new() { InputDropout = 0.2, LayerDropout = 0.3, OutputDropout = 0.4, Variational = true },
        ["recurrent dropout"] = new() { RecurrentDropout = 0.3 },
        ["embedding dropout"] = new() { EmbeddingDropout = 0.3 },
        ["weight drop"] = new() { WeightDrop = 0.3 },
        ["activation penalty"] = new() { ActivationPenalty = 3, OutputDropout = 0.3 },
        ["temporal penalty"] = new() { TemporalPenalty = 3, OutputDropout = 0.3 },
        ["all"] = new()
        {
            InputDropout = 0.2,
            LayerDropout = 0.3,
            OutputDropout = 0.4,
            RecurrentDropout = 0.1,
            EmbeddingDropout = 0.2,
            WeightDrop = 0.3,
            ActivationPenalty = 2,
            TemporalPenalty = 1,
            Variational = true,
            Seed = 5,
        },
    };

    public static TheoryData<string, string> OnBackends
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var backend in new[] { "native", "managed" })
            {
                foreach (var name in Regularizers.Keys)
                    data.Add(backend, name);
            }
            return data;
        }
    }

    [Fact]
    public void Every_setting_is_in_a_row()
    {
        foreach (var property in typeof(Regularization).GetProperties())
            Assert.Contains(Regularizers.Values, row => !Equals(property.GetValue(row), property.GetValue(Regularization.None)));
    }

    [Theory]
    [MemberData(nameof(OnBackends))]
    public void Gradients_agree_with_finite_differences(string row, string name)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        foreach (var reduction in new[] { LossReduction.MeanPerToken, LossReduction.Sum })
        {
            using var model = new LanguageModel(Corpus.Vocabulary, Sizes, backend, seed: 3, initScale: 0.4);
            using var pass = model.CreatePass(Steps, Rows, training: true, Regularizers[name]);
            model.Parameters.ClearGradients();
            Loss(pass, step: 2, reduction);
            pass.Backward();
            var all = model.Parameters.All.ToDictionary(parameter => parameter, parameter => parameter.Gradients.ToArray()); // Loss adds to some
            foreach (var (parameter, gradients) in all)
            {
                var factor = reduction == LossReduction.Sum ? Steps * Rows : 1;
                var at = Array.IndexOf(gradients, gradients.MaxBy(Math.Abs));
                var value = parameter.Values[at];
                parameter.Write()[at] = value + 1e-2f;
                var above = Loss(pass, step: 2);
                parameter.Write()[at] = value - 1e-2f;
                var below = Loss(pass, step: 2);
                parameter.Write()[at] = value;
                Assert.Equal((above - below) / 2e-2, gradients[at] / factor, 3e-4);
            }
        }
    }

    [Theory]
    [MemberData(nameof(OnBackends))]
    public void Step_and_seed_decide_what_acts_and_evaluation_is_free_of_it(string row, string name)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes, backend, seed: 3, initScale: 0.4);
        using var plain = model.CreatePass(Steps, Rows);
        using var evaluation = model.CreatePass(Steps, Rows, training: false, Regularizers[name]);
        Assert.Equal(Loss(plain, 0), Loss(evaluation, 0));

        using var pass = model.CreatePass(Steps, Rows, training: true, Regularizers[name]);
        using var other = model.CreatePass(Steps, Rows, training: true, Regularizers[name] with { Seed = 17 });
        var first = Loss(pass, 0);
        Assert.Equal(1, pass.Step);
        Assert.NotEqual(Loss(plain, 0), first);
        Assert.NotEqual(first, Loss(pass, 1));
        Assert.NotEqual(first, Loss(other, 0));
        Assert.Equal(first, Loss(pass, 0));
    }

    [Theory]
    [InlineData("native")]
    [InlineData("managed")]
    public void Weight_drop_and_embedding_dropout_run_the_model_with_parts_of_its_parameters_dropped(string row)
    {
        const ulong Seed = 4;
        using var backend = TestBackends.Create(row, threads: 2);
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes, backend, seed: 3);
        using var plain = model.CreatePass(Steps, Rows);
        using var weights = model.CreatePass(Steps, Rows, training: true, new Regularization { WeightDrop = 0.4, Seed = Seed });
        using var tokens = model.CreatePass(Steps, Rows, training: true, new Regularization { EmbeddingDropout = 0.4, Seed = Seed });
        var (byWeights, byTokens) = (Loss(weights, 6), Loss(tokens, 6));

        var table = model.Parameters["embedding.weight"];
        var kept = table.Values.ToArray();
        var mask = new float[Corpus.Vocabulary.Count];
        backend.DropoutMask(Seed, TrainingStream.Embedding.Of(0, 6), 0, 0.4, mask);
        for (var i = 0; i < kept.Length; i++)
            table.Write()[i] *= mask[i / Sizes.Embedding];
        Assert.Equal(Loss(plain, 0), byTokens);
        kept.CopyTo(table.Write());

        for (var layer = 0; layer < Sizes.Layers; layer++)
        {
            var hidden = model.Parameters[$"rnn.weight_hh_l{layer}"];
            mask = new float[hidden.Length];
            backend.DropoutMask(Seed, TrainingStream.RecurrentWeights.Of(layer, 6), 0, 0.4, mask);
            for (var i = 0; i < mask.Length; i++)
                hidden.Write()[i] *= mask[i];
        }
        Assert.Equal(Loss(plain, 0), byWeights);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropout_takes_the_rate_of_the_entries_and_scales_up_the_others(bool variational)
    {
        using var backend = TestBackends.Create("managed");
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes, backend, seed: 3);
        var decoder = model.Parameters["decoder.weight"];
        decoder.Write().Clear();
        model.Parameters["decoder.bias"].Write().Clear();
        for (var i = 0; i < Sizes.Hidden; i++)
            decoder.Write()[i * Sizes.Hidden + i] = 1; // logits are the output itself
        var dropped = 0;
        for (var step = 0; step < 50; step++)
        {
            var (plain, masked) = (Output(Regularization.None, Steps, step), Output(new() { OutputDropout = 0.25, Variational = variational }, Steps, step));
            var early = Output(new() { OutputDropout = 0.25, Variational = variational }, 1, step);
            dropped += masked.Count(value => value == 0);
            Assert.All(plain.Zip(masked), pair => Assert.True(pair.Second == 0 || Math.Abs(pair.Second - pair.First / 0.75f) < 1e-6));
            Assert.Equal(variational, masked.Select(value => value == 0).SequenceEqual(early.Select(value => value == 0)));
        }
        Assert.InRange(dropped / (50.0 * Rows * Sizes.Hidden), 0.22, 0.28);

        float[] Output(Regularization regularization, int steps, int step)
        {
            using var pass = model.CreatePass(steps, Rows, training: true, regularization);
            pass.Step = step;
            pass.Forward(Corpus.Train.AsSpan(0, steps * Rows));
            var logits = new float[Rows * Corpus.Vocabulary.Count];
            pass.LastLogits(logits);
            return [.. Enumerable.Range(0, Rows).SelectMany(b => logits.AsSpan(b * Corpus.Vocabulary.Count, Sizes.Hidden).ToArray())];
        }
    }

    [Fact]
    public void Penalties_are_those_of_Merity_et_al()
    {
        using var backend = TestBackends.Create("managed");
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes with { Layers = 1 }, backend, seed: 3);
        var outputs = new float[Steps][];
        using (var session = model.CreatePass(1, Rows, training: false))
        {
            for (var t = 0; t < Steps; t++)
            {
                session.Forward(Corpus.Train.AsSpan(t * Rows, Rows));
                outputs[t] = session.State.Hidden.ToArray();
            }
        }
        using var pass = model.CreatePass(Steps, Rows, training: true, new Regularization { ActivationPenalty = 2, TemporalPenalty = 3 });
        Loss(pass, 0);
        var squares = outputs.SelectMany(y => y).Average(y => (double)y * y);
        var changes = Enumerable.Range(1, Steps - 1).SelectMany(t => outputs[t].Zip(outputs[t - 1], (a, b) => Math.Pow(a - (double)b, 2))).Average();
        Assert.Equal(2 * squares + 3 * changes, pass.Penalty, 1e-6);
    }

    [Theory]
    [InlineData("native")]
    [InlineData("managed")]
    public void Zoneout_draws_in_training_and_mixes_by_the_rate_in_evaluation(string row)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var plain = new LanguageModel(Corpus.Vocabulary, Sizes with { Layers = 1 }, backend, seed: 3);
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes with { Layers = 1, ZoneoutHidden = 0.25 }, backend, seed: 3);
        var (without, mixed) = (Hidden(plain, training: false, 0), Hidden(model, training: false, 0));
        Assert.All(without.Zip(mixed), pair => Assert.Equal(0.75f * pair.First, pair.Second, 1e-6f)); // h was zero before
        var drawn = Hidden(model, training: true, 0);
        Assert.All(without.Zip(drawn), pair => Assert.True(pair.Second == 0 || pair.First == pair.Second));
        Assert.NotEqual(without, drawn);
        Assert.NotEqual(drawn, Hidden(model, training: true, 1));
        Assert.Equal(drawn, Hidden(model, training: true, 0));

        static float[] Hidden(LanguageModel model, bool training, long step)
        {
            using var pass = model.CreatePass(1, Rows, training);
            pass.Step = step;
            pass.Forward(Corpus.Train.AsSpan(0, Rows));
            return pass.State.Hidden.ToArray();
        }
    }

    [Fact]
    public void What_a_cell_cannot_do_is_refused()
    {
        using var backend = TestBackends.Create("managed");
        using var model = new LanguageModel(Corpus.Vocabulary, Sizes with { Cell = CellKind.MinGru }, backend);
        foreach (var regularization in new[] { Regularizers["recurrent dropout"], Regularizers["weight drop"] })
            Assert.Throws<ArgumentException>(() => model.CreatePass(1, 1, training: true, regularization));
    }

    /// <summary>The mean loss of a step from a state of zero, penalties included.</summary>
    private static double Loss(LanguageModelPass pass, long step, LossReduction reduction = LossReduction.MeanPerToken)
    {
        pass.State.Reset();
        pass.Step = step;
        pass.Forward(Corpus.Train.AsSpan(0, Steps * Rows));
        return pass.Loss(Corpus.Train.AsSpan(Rows, Steps * Rows), reduction) + pass.Penalty;
    }
}
