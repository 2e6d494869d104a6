using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Recipes;

public sealed class RecipeFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Char_lm_is_the_agreed_model()
    {
        var recipe = RecipeFile.Read(Repository.PathOf("recipes/char-lm.json"));
        var training = new TrainingRecipe(new OptimizerRecipe(OptimizerKind.Adam, 2e-3), 32, 64, 5, 1.0, 50, 500, new DecayRecipe(1, 0));
        Assert.Equal(
            new Recipe(
                "language-model", new DataRecipe(TokenizerKind.Characters, 0.1), new ModelRecipe(64, 256, CellKind.Lstm, 1), training, "char-lm", 1),
            recipe);
    }

    [Fact]
    public void Char_gru_is_char_lm_with_the_other_cell()
    {
        var lstm = RecipeFile.Read(Repository.PathOf("recipes/char-lm.json"));
        var gru = RecipeFile.Read(Repository.PathOf("recipes/char-gru.json"));
        Assert.Equal(lstm with { Name = "char-gru", Model = lstm.Model with { Cell = CellKind.Gru } }, gru);
    }

    [Fact]
    public void Ptb_small_is_the_model_of_Zaremba_et_al()
    {
        var recipe = RecipeFile.Read(Repository.PathOf("recipes/ptb-small.json"));
        var training = new TrainingRecipe(
            new OptimizerRecipe(OptimizerKind.Sgd, 1), 20, 20, 13, 5, 100, 1000, new DecayRecipe(0.5, 4), LossReduction.MeanPerSequence);
        var data = new DataRecipe(TokenizerKind.Words, TrainFile: "ptb.train.txt.gz", ValidationFile: "ptb.valid.txt", TestFile: "ptb.test.txt");
        Assert.Equal(new Recipe("language-model", data, new ModelRecipe(200, 200, CellKind.Lstm, 2, 0.1), training, "ptb-small", 1), recipe);
        var options = recipe.CreateTrainingOptions();
        Assert.Equal([1, 1, 1, 1, 0.5, 0.25], Enumerable.Range(1, 6).Select(options.RateFactor));
    }

    [Fact]
    public void Every_cell_has_a_name_that_reads_back()
    {
        foreach (var cell in CellInfo.All)
        {
            var recipe = RecipeFile.Parse(RecipeSamples.Minimal, "x", [$"model.cell={cell.Name}"]);
            Assert.Equal(cell.Kind, recipe.Model.Cell);
            Assert.Equal(recipe, RecipeFile.Parse(RecipeWriter.Write(recipe), "y"));
        }
    }

    [Fact]
    public void Fills_in_the_defaults_of_the_records()
    {
        var recipe = RecipeFile.Parse(RecipeSamples.Minimal, "x");
        var training = new TrainingRecipe(new OptimizerRecipe(OptimizerKind.Adam, 0.01));
        Assert.Equal(new Recipe("language-model", new DataRecipe(TokenizerKind.Characters), new ModelRecipe(8, 16), training), recipe);
        Assert.Null(recipe.Training.ClipNorm);
    }

    [Fact]
    public void Reads_every_field_and_writes_what_reads_back_equal()
    {
        var full = RecipeFile.Parse(RecipeSamples.Full, "x");
        var training = new TrainingRecipe(
            new OptimizerRecipe(OptimizerKind.Sgd, 1e-3, 0.9, true, WeightDecay: 0.125), 5, 6, 7, 0.5, 8, 9, new DecayRecipe(0.75, 2),
            LossReduction.Sum, new RegularizationRecipe(0.1, 0.2, 0.3, true, 0.4, 0.5, 0.6, 2, 1));
        var model = new ModelRecipe(2, 4, CellKind.LstmPeephole, 2, 0.05, 2, Activation.Of(ActivationKind.HardSigmoid),
            Activation.Of(ActivationKind.LeakyRelu) with { Alpha = 0.25f }, Activation.Of(ActivationKind.Softsign), 3, 0, 0.25, true);
        var expected = new Recipe(
            "language-model", new DataRecipe(TokenizerKind.Words, 0.1, 1000, 2, "a.txt", "b.txt", "c.txt"),
            model, training, "n 😀", (1L << 53) - 1);
        Assert.Equal(expected, full);
        foreach (var recipe in new[] { full, RecipeFile.Parse(RecipeSamples.Minimal, "x") })
        {
            var json = recipe.ToJson();
            Assert.Equal(recipe, RecipeFile.Parse(json, "x"));
            Assert.Equal(json, RecipeFile.Parse(json, "x").ToJson());
            Assert.DoesNotContain('\r', json);
            Assert.EndsWith("}\n", json, StringComparison.Ordinal);
        }
        Assert.Contains("\n  \"training\": {\n    \"batch\": 5,\n", full.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"optimizer\"", "\"optimzer\"", ":6: training.optimzer is not a field here; did you mean training.optimizer?")]
    [InlineData("\"hidden\"", "\"hiden\"", ":4: model.hiden is not a field here; did you mean model.hidden?")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"batch\": 3", ":4: model.batch is not a field here; did you mean training.batch?")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"wibble\": 3", ":4: model.wibble is not a field here; valid here: embedding, cell, hidden, layers")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"hidden\": 16", ":4: model.hidden stands here a second time")]
    [InlineData("\"data\":", "\"data\": { \"tokenizer\": \"characters\" },\n\"data\":", ":4: data stands here a second time")]
    [InlineData("\"hidden\": 16", "\"hidden\": \"abc\"", ":4: model.hidden: expected a whole number from 1 to 1000000, found \"abc\"")]
    [InlineData("\"hidden\": 16", "\"hidden\": 0", "found 0")]
    [InlineData("\"hidden\": 16", "\"hidden\": 1.5", "found 1.5")]
    [InlineData("\"hidden\": 16", "\"hidden\": 1e99", "found 1e99")]
    [InlineData("\"hidden\": 16", "\"hidden\": null", "found null")]
    [InlineData("\"hidden\": 16", "\"hidden\": [16]", "found a list")]
    [InlineData("\"hidden\": 16", "\"hidden\": {}", "found an object")]
    [InlineData(", \"hidden\": 16", "", ":4: model.hidden is missing; add it with a whole number from 1 to 1000000")]
    [InlineData("\"model\": { \"embedding\": 8, \"hidden\": 16 },", "", ":1: model.embedding is missing")]
    [InlineData("{ \"embedding\": 8, \"hidden\": 16 }", "7", ":4: model is 7, expected an object")]
    [InlineData("\"adam\"", "\"lion\"", ":6: training.optimizer.kind: expected one of \"adadelta\", \"adagrad\", \"adam\", \"adamax\", \"adamw\", \"nadam\", \"nt_asgd\", \"rmsprop\", \"sgd\", found \"lion\"")]
    [InlineData("\"adam\"", "\"sgd\", \"beta1\": 0.9", ":6: training.optimizer.beta1 belongs to the optimizers \"adam\", \"adamax\", \"adamw\", \"nadam\", the recipe uses \"sgd\"")]
    [InlineData("\"adam\"", "\"sgd\", \"nesterov\": true", ":6: training.optimizer.nesterov needs momentum")]
    [InlineData("\"characters\"", "\"characters\", \"vocabulary_size\": 9", ":3: data.vocabulary_size belongs to the tokenizer \"words\", the recipe uses \"characters\"")]
    [InlineData("\"characters\"", "\"characters\", \"min_count\": 2", ":3: data.min_count belongs to the tokenizer \"words\"")]
    [InlineData("\"characters\"", "\"words\", \"vocabulary_size\": 2", "expected a whole number from 3 to 2147483647, or null, found 2")]
    [InlineData("\"characters\"", "\"characters\", \"test_file\": \"t\"", ":3: data.test_file lies in the folder given as data, beside data.train_file")]
    [InlineData("\"characters\"", "\"characters\", \"validation_file\": 3", "expected text with the path of a file within the folder given as data, or null, found 3")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"init_scale\": 0", "expected a number of at least 1.2E-38 and at most 1000, or null, found 0")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"cell\": \"gru\", \"projection\": 5", ":4: model.projection is 5, expected 0: gru has no projection, LSTMs have")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"cell\": \"gru\", \"output_activation\": \"relu\"", ":4: model.output_activation is relu, expected none: gru has no such activation")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"gate_activation\": \"elu(-1)\"", ":4: model.gate_activation is elu with alpha -1, beta 0, expected alpha at least 0")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"gate_activation\": \"tanh(1)\"", ":4: model.gate_activation: expected \"default\" or an activation such as \"tanh\" or \"leaky_relu(0.1)\", one of sigmoid, tanh")]
    [InlineData("\"optimizer\":", "\"regularization\": { \"weight_drop\": 1 }, \"optimizer\":", "expected 0, or a number of at least 1.2E-38 and below 1, found 1")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"tie_weights\": true", ":4: model.tie_weights is true, expected false: the embedding has 8 columns, the last layer gives 16")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"cell\": \"gru\", \"zoneout_cell\": 0.5", ":4: model.zoneout_cell is 0.5, expected 0: gru has no cell state")]
    [InlineData("\"hidden\": 16", "\"hidden\": 16, \"projection\": 4, \"zoneout_hidden\": 0.5", ":4: model.zoneout_hidden is 0.5, expected 0: h is projected")]
    [InlineData("\"optimizer\":", "\"regularization\": { \"weight_drop\": 0.5 }, \"optimizer\":", "training.regularization.weight_drop is 0.5, expected 0: min_gru has no weight_hh", "model.cell=min_gru")]
    [InlineData("0.01", "0", "expected a number of at least 1.2E-38 and at most 3.4E+38, found 0")]
    [InlineData("0.01", "1e999", "expected a number of at least 1.2E-38 and at most 3.4E+38, found 1e999")]
    [InlineData("\"characters\"", "\"characters\", \"validation_fraction\": 1", "expected a number of at least 0 and below 1, found 1")]
    [InlineData("\"characters\"", "\"characters\", \"train_file\": \"a\", \"validation_file\": \"b\", \"validation_fraction\": 0.1", ":3: data.validation_fraction holds out the end of the text to train on, and data.validation_file")]
    [InlineData("\"optimizer\":", "\"clip_norm\": 0, \"optimizer\":", "expected a number of at least 1.2E-38 and at most 3.4E+38, or null, found 0")]
    [InlineData("\"optimizer\":", "\"decay\": { \"factor\": 1.5 }, \"optimizer\":", "expected a number of at least 1.2E-38 and at most 1, found 1.5")]
    [InlineData("\"task\": ", "\"\": 1, \"task\": ", ":2:  is not a field here")]
    [InlineData("\"task\": ", "\"model.hidden\": 1, \"task\": ", ":2: model.hidden is not a field here; write groups as nested objects")]
    [InlineData("\"task\": ", "\"$schema\": 1, \"task\": ", ":2: $schema: expected text, found 1")]
    [InlineData("\"task\": ", "\"name\": \"\\ud800\", \"task\": ", ":2: the text holds half of a surrogate pair")]
    [InlineData("\"task\": ", "// words\n \"task\": ", ":2:3: this is not JSON")]
    [InlineData("\"task\": ", "\"\\n\": 1, \"task\": ", ":2: ? is not a field here")]
    [InlineData("0.01 }", "0.01 ", "this is not JSON; check the commas, quotes and braces")]
    [InlineData("0.01 }", "0.01, }", "no comma after the last field)")]
    public void Names_the_line_the_field_and_the_remedy(string part, string replacement, string expected, params string[] overrides)
    {
        Assert.Contains(part, RecipeSamples.Minimal, StringComparison.Ordinal);
        var path = _folder.Write("r.json", RecipeSamples.Minimal.Replace(part, replacement, StringComparison.Ordinal));
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(path, overrides), path, expected);
    }

    [Fact]
    public void Names_files_that_are_no_recipes_at_all()
    {
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.File("none.json")), "none.json: there is no such file");
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.Path), "is a folder");
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.Write("e.json", " \n")), "e.json: is empty");
        var latin = _folder.Write("b.json", [(byte)'{', (byte)'\n', 0xFF]);
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(latin), "b.json:2: byte 0xFF at offset 2");
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.Write("l.json", new byte[(1 << 20) + 1])), "l.json: is larger");
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.Write("a.json", "[]")), "a.json:1: the recipe is a list");
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.Write("x.json", "{} {}")), "x.json:1:4: this is not JSON");
        OneLineError.Throws<RecipeException>(() => RecipeFile.Read(_folder.Write("d.json", new string('[', 5000))), "d.json:");
    }

    [Fact]
    public void A_byte_order_mark_and_whole_numbers_with_a_point_are_fine()
    {
        var path = _folder.Write("r.json", "\uFEFF" + RecipeSamples.Minimal.Replace("16", "1.6e1", StringComparison.Ordinal));
        Assert.Equal(16, RecipeFile.Read(path).Model.Hidden);
    }

    [Fact]
    public void What_is_written_states_what_is_in_force_and_nothing_else()
    {
        var minimal = RecipeFile.Parse(RecipeSamples.Minimal, "x").ToJson();
        Assert.Contains("\"validation_fraction\": 0.1", minimal, StringComparison.Ordinal);
        foreach (var field in (string[])["vocabulary_size", "min_count", "momentum", "nesterov"])
            Assert.DoesNotContain($"\"{field}\"", minimal, StringComparison.Ordinal);
        var full = RecipeFile.Parse(RecipeSamples.Full, "x");
        foreach (var field in (string[])["validation_fraction", "beta1", "epsilon"])
            Assert.DoesNotContain($"\"{field}\"", full.ToJson(), StringComparison.Ordinal);
        Assert.Null(full.DifferenceFrom(full with { Data = full.Data with { ValidationFraction = 0.2 } }));
        Assert.Equal("data.validation_file", full.DifferenceFrom(full with { Data = full.Data with { ValidationFile = null } }));
    }

    [Fact]
    public void Only_lengths_and_reports_may_change_at_resume()
    {
        var recipe = RecipeFile.Parse(RecipeSamples.Full, "x");
        string? Difference(params string[] overrides) => recipe.DifferenceFrom(RecipeFile.Parse(RecipeSamples.Full, "x", overrides));

        Assert.Null(Difference("training.epochs=70", "training.report_every=1", "training.checkpoint_every=2"));
        Assert.Equal("model.hidden", Difference("model.hidden=5", "training.batch=6"));
        Assert.Equal("training.clip_norm", Difference("training.clip_norm=null"));
        Assert.Equal("training.decay.factor", Difference("training.decay.factor=1"));
    }
}
