using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Serialization;
using NativeRnn.TestHost;
using NativeRnn.Training;

namespace NativeRnn.Tests.Models;

public sealed class LanguageModelTests : IDisposable
{
    private static readonly TextCorpus Corpus = TextCorpus.FromText(Fixture.Text(3_000), "fixture");
    private readonly IBackend _backend = Backend.Create(new BackendOptions { Threads = 2 });
    private readonly LanguageModel _model;
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("nativernn-").FullName, "model.safetensors");

    public LanguageModelTests() =>
        _model = new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Embedding = 6, Hidden = 11, Layers = 2 }, _backend, seed: 3);

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
    }

    [Fact]
    public void Parameters_have_the_names_and_shapes_of_PyTorch()
    {
        var V = Corpus.Vocabulary.Count;
        string[] expected =
        [
            $"embedding.weight [{V}, 6]", "rnn.weight_ih_l0 [44, 6]", "rnn.weight_hh_l0 [44, 11]", "rnn.bias_ih_l0 [44]", "rnn.bias_hh_l0 [44]",
            "rnn.weight_ih_l1 [44, 11]", "rnn.weight_hh_l1 [44, 11]", "rnn.bias_ih_l1 [44]", "rnn.bias_hh_l1 [44]", $"decoder.weight [{V}, 11]", $"decoder.bias [{V}]",
        ];
        Assert.Equal(expected, _model.Parameters.All.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]"));
        Assert.Throws<ArgumentException>(() => _model.Parameters["rnn.weight_ih_l2"]);
    }

    [Fact]
    public void First_parameters_are_drawn_as_in_PyTorch()
    {
        using var wide = new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Embedding = 500, Hidden = 100 }, _backend);
        var embedding = wide.Parameters["embedding.weight"].Values.ToArray();
        Assert.Equal(0, embedding.Average(), 1);
        Assert.Equal(1, Math.Sqrt(embedding.Average(value => value * value)), 1);
        var weights = wide.Parameters["rnn.weight_hh_l0"].Values.ToArray();
        Assert.InRange(weights.Max(), 0.099f, 0.1f);
        Assert.InRange(weights.Min(), -0.1f, -0.099f);
        Assert.Equal(0, weights.Average(), 2);
    }

    [Fact]
    public void First_parameters_may_all_be_uniform()
    {
        using var model = new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Embedding = 500, Hidden = 100 }, _backend, seed: 1, initScale: 0.05);
        foreach (var parameter in model.Parameters.All)
        {
            var values = parameter.Values.ToArray();
            Assert.InRange(values.Max(), values.Length > 100 ? 0.045f : 0, 0.05f);
            Assert.InRange(values.Min(), -0.05f, values.Length > 100 ? -0.045f : 0);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new LanguageModel(Corpus.Vocabulary, null, _backend, initScale: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LanguageModel(Corpus.Vocabulary, null, _backend, initScale: double.NaN));
    }

    [Theory]
    [InlineData(LossReduction.MeanPerToken, 1)]
    [InlineData(LossReduction.MeanPerSequence, 4)] // times T
    [InlineData(LossReduction.Sum, 12)]            // times T·B
    public void The_reduction_scales_the_gradients_and_not_the_loss(LossReduction reduction, int factor)
    {
        var (mean, loss) = Run(LossReduction.MeanPerToken);
        var (scaled, same) = Run(reduction);
        Assert.Equal(loss, same, 1e-6);
        Assert.All(mean.Zip(scaled), pair => Assert.Equal(factor * pair.First, pair.Second, 1e-5f));

        (float[], double) Run(LossReduction reduction)
        {
            using var pass = _model.CreatePass(4, 3);
            _model.Parameters.ClearGradients();
            pass.Forward(Corpus.Train.AsSpan(0, 12));
            var loss = pass.Loss(Corpus.Train.AsSpan(12, 12), reduction);
            pass.Backward();
            return (_model.Parameters.Gradients.ToArray(), loss);
        }
    }

    [Fact]
    public void Without_training_steps_run_in_blocks_of_bounded_memory()
    {
        const int Rows = 250, Steps = 5, Block = 2;
        Assert.Equal(Block, LanguageModelPass.StepsOfBlock(Steps, Rows, training: false));
        var (inputs, targets) = (Tokens(1), Tokens(7));
        using var whole = _model.CreatePass(Steps, Rows, training: false);
        whole.Forward(inputs);
        var loss = whole.Loss(targets);
        var logits = new float[Rows * Corpus.Vocabulary.Count];
        whole.LastLogits(logits);

        using var blocks = _model.CreatePass(Block, Rows, training: false);
        for (var first = 0; first < Steps; first += Block)
            blocks.Forward(inputs.AsSpan(first * Rows, Math.Min(Block, Steps - first) * Rows));
        var fromBlocks = new float[logits.Length];
        blocks.LastLogits(fromBlocks);
        Assert.Equal(logits, fromBlocks); // bit for bit
        Assert.Equal(blocks.State.Hidden.ToArray(), whole.State.Hidden.ToArray());
        Assert.Equal(blocks.State.Cell.ToArray(), whole.State.Cell.ToArray());

        using var training = _model.CreatePass(Steps, Rows);
        training.Forward(inputs);
        Assert.Equal(training.Loss(targets), loss); // no block there

        static int[] Tokens(int step) => [.. Enumerable.Range(0, Steps * Rows).Select(i => i * step % Corpus.Vocabulary.Count)];
    }

    [Fact]
    public void A_token_that_is_not_there_leaves_the_state_as_it_was()
    {
        const int Rows = 512; // a block has one step
        using var pass = _model.CreatePass(2, Rows, training: false);
        pass.Forward(new int[Rows]);
        var state = pass.State.Hidden.ToArray();
        Assert.Throws<ArgumentException>(() => pass.Forward([.. new int[Rows], .. Enumerable.Repeat(-1, Rows)]));
        Assert.Equal(state, pass.State.Hidden.ToArray());
    }

    [Fact]
    public void A_model_predicts_the_same_after_save_and_load()
    {
        _model.Save(_file);
        using var loaded = LanguageModel.Load(_file, _backend);
        Assert.Equal(_model.Options, loaded.Options);
        Assert.Equal(_model.Vocabulary, loaded.Vocabulary);
        Assert.Equal(_model.Parameters.Values.ToArray(), loaded.Parameters.Values.ToArray());
        Assert.Equal(Evaluator.Evaluate(_model, Corpus.Validation), Evaluator.Evaluate(loaded, Corpus.Validation));
        Assert.Equal(_model.Generate("the ", 40, seed: 5), loaded.Generate("the ", 40, seed: 5));
    }

    [Fact]
    public void A_changed_parameter_changes_the_prediction()
    {
        var before = Evaluator.Evaluate(_model, Corpus.Validation).Loss;
        _model.Parameters["rnn.weight_hh_l1"].Write().Fill(0.3f);
        Assert.NotEqual(before, Evaluator.Evaluate(_model, Corpus.Validation).Loss);
    }

    [Fact]
    public void Sampling_obeys_temperature_top_k_and_seed()
    {
        var greedy = _model.Generate("a", 30, temperature: 0);
        Assert.Equal(greedy, _model.Generate("a", 30, temperature: 1, topK: 1, seed: 9));
        Assert.NotEqual(greedy, _model.Generate("a", 30, temperature: 5));
        Assert.Equal(_model.Generate("a", 30, 1, 0, 7), _model.Generate("a", 30, 1, 0, 7));
        Assert.NotEqual(_model.Generate("a", 30, 1, 0, 7), _model.Generate("a", 30, 1, 0, 8));
        var few = _model.Generate("a", 300, temperature: 100, topK: 2).Distinct().Count();
        var many = _model.Generate("a", 300, temperature: 100).Distinct().Count();
        Assert.True(few <= many && many > 15, $"{few} and {many} characters");
    }

    [Fact]
    public void What_cannot_be_done_says_why()
    {
        Assert.Contains("U+00DF", Assert.Throws<DataException>(() => _model.Generate("aß", 3)).Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => _model.Generate("", 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Generate("a", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Generate("a", 1, temperature: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Generate("a", 1, topK: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LanguageModel(Corpus.Vocabulary, new LanguageModelOptions { Hidden = 0 }, _backend));

        using var pass = _model.CreatePass(4, 2, training: false);
        Assert.Throws<InvalidOperationException>(() => pass.Loss([1, 2]));
        Assert.Throws<ArgumentException>(() => pass.Forward([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => pass.Forward(new int[10]));
        Assert.ThrowsAny<ArgumentException>(() => pass.Forward([1, 99]));
        Assert.Throws<InvalidOperationException>(() => pass.Loss([1, 2])); // nothing stale
        pass.Forward([1, 2]);
        Assert.Throws<ArgumentException>(() => pass.Loss([1]));
        Assert.Throws<InvalidOperationException>(pass.Backward);

        using var training = _model.CreatePass(4, 2);
        training.Forward([1, 2]);
        Assert.Throws<InvalidOperationException>(training.Backward);
        training.Loss([2, 3]);
        Assert.Throws<InvalidOperationException>(() => training.Loss([2, 3])); // would add its gradients twice
        training.Backward();
        Assert.Throws<InvalidOperationException>(training.Backward);
    }

    [Fact]
    public void A_tensor_of_many_dimensions_is_told_of_in_a_few()
    {
        var entries = ModelFile.Entries(_model);
        entries[0] = SafetensorsEntry.Floats(entries[0].Name, [.. Enumerable.Repeat(1L, 100_001)], () => new float[1]);
        SafetensorsWriter.Write(_file, ModelFile.Metadata(_model), entries);
        var error = Assert.Throws<CheckpointException>(() => LanguageModel.Load(_file, _backend));
        Assert.Contains("[1, 1, 1, 1, 1, 1, 1, 1, …], expected F32", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format", "other", "expected a file written by nativernn")]
    [InlineData("format_version", "2", "format version")]
    [InlineData("model", "{}", "is not what nativernn writes; use another copy")]
    [InlineData("model", """{"hidden":"many"}""", "is not what nativernn writes; use another copy")]
    [InlineData("model", """{"kind":"language-model","cell":"lstm","embedding":6,"hidden":12,"layers":2}""", "expected F32 [48, 6]")]
    [InlineData("model", """{"kind":"language-model","cell":"lstm","embedding":6,"hidden":999999999,"layers":2}""", "hidden = 999999999")]
    [InlineData("model", """{"kind":"language-model","cell":"quantum","embedding":6,"hidden":11,"layers":2}""", "unknown cell")]
    [InlineData("model", """{"kind":"tagger","cell":"lstm","embedding":6,"hidden":11,"layers":2}""", "of kind")]
    [InlineData("vocabulary", "[]", "vocabulary")]
    public void A_file_that_is_no_such_model_says_what_it_is(string key, string value, string expected)
    {
        var metadata = ModelFile.Metadata(_model);
        metadata[key] = value;
        SafetensorsWriter.Write(_file, metadata, ModelFile.Entries(_model));
        var error = Assert.Throws<CheckpointException>(() => LanguageModel.Load(_file, _backend));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(_file, error.Message, StringComparison.Ordinal);
    }
}
