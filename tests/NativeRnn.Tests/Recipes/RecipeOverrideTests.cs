using NativeRnn.Recipes;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Recipes;

public class RecipeOverrideTests
{
    [Fact]
    public void Overrides_replace_and_add_fields()
    {
        var recipe = RecipeFile.Parse(
            RecipeSamples.Minimal,
            "x",
            ["training.epochs=4", "model.hidden=32", "name=a=b", "training.clip_norm=2", "training.optimizer.kind=sgd",
                "training.optimizer.momentum=0.5", "training.optimizer.nesterov=true"]);
        Assert.Equal((4, 32, "a=b", 2.0), (recipe.Training.Epochs, recipe.Model.Hidden, recipe.Name, recipe.Training.ClipNorm));
        Assert.Equal(new OptimizerRecipe(OptimizerKind.Sgd, 0.01, 0.5, true), recipe.Training.Optimizer);
    }

    [Theory]
    [InlineData("training.epochs=3", "training.epochs=4")]
    [InlineData("seed=1", "seed=1")]
    public void A_field_is_overridden_once(string first, string second) =>
        OneLineError.Throws<RecipeException>(
            () => RecipeFile.Parse(RecipeSamples.Minimal, "x", [first, "name=a", second]), $"--set {second}: ", $"is set already, by --set {first}; leave one");

    [Theory]
    [InlineData("training.optimizer.weight_decay=0")]
    [InlineData("training.optimizer.weight_decay=1.2e-38")]
    [InlineData("training.optimizer.beta1=0.0")]
    [InlineData("data.validation_fraction=1e-40")]
    public void Zero_and_what_single_precision_holds_are_numbers(string assignment) => RecipeFile.Parse(RecipeSamples.Minimal, "x", [assignment]);

    [Theory]
    [InlineData("\"quoted\"", "quoted")]
    [InlineData("3", "3")]
    [InlineData("null", "null")]
    [InlineData("{", "{")]
    public void A_name_is_text_however_it_looks(string value, string expected) =>
        Assert.Equal(expected, RecipeFile.Parse(RecipeSamples.Minimal, "x", ["name=" + value]).Name);

    [Fact]
    public void Long_names_and_values_are_cut_in_messages()
    {
        var large = new string('x', 100_000);
        var added = RecipeSamples.Minimal.Replace("\"task\": ", $"\"{large}\": 1, \"task\": ", StringComparison.Ordinal);
        Assert.InRange(OneLineError.Throws<RecipeException>(() => RecipeFile.Parse(added, "x"), "is not a field here").Message.Length, 1, 500);
        foreach (var assignment in (string[])[$"{large}=1", $"a.{large}=1", $"name={large}", large])
            Assert.InRange(OneLineError.Throws<RecipeException>(() => RecipeFile.Parse(RecipeSamples.Minimal, "x", [assignment])).Message.Length, 1, 1_500);
        Assert.Equal(100, RecipeFile.Parse(RecipeSamples.Minimal, "x", [$"name={large[..100]}"]).Name.Length);
        OneLineError.Throws<RecipeException>(() => RecipeFile.Parse(RecipeSamples.Minimal, "x", [$"name={large[..101]}"]), "1 to 100 printable");
    }

    [Theory]
    [InlineData("training.epohcs=3", "training.epohcs is not a field here; did you mean training.epochs?")]
    [InlineData("epochs=3", "epochs is not a field here; did you mean training.epochs?")]
    [InlineData("trainig.epochs=3", "trainig.epochs is not a field here; did you mean training.epochs?")]
    [InlineData("what=3", "what is not a field here; valid here: task, name, seed, data, model, training")]
    [InlineData("no.where=3", "no.where is not a field here; valid fields: task, name")]
    [InlineData("training=3", "training is a group of fields; valid here: batch, bptt")]
    [InlineData("training.epochs", "expected path=value")]
    [InlineData("=3", "expected path=value")]
    [InlineData("training.epochs=", "training.epochs: expected a whole number from 1 to 1000000, found nothing")]
    [InlineData("name=", "name: expected text of 1 to 100 printable characters, found nothing")]
    [InlineData("name=a\nb", "name: expected text of 1 to 100 printable characters, found a?b")]
    [InlineData("training.epochs=three", "found three")]
    [InlineData("training.epochs=\"3\"", "found \"3\"")]
    [InlineData("training.epochs=[3]", "found [3]")]
    [InlineData("training.epochs=3 4", "found 3 4")]
    [InlineData("training.epochs=0", "found 0")]
    [InlineData("model.cell=gru2\n", "model.cell: expected one of \"lstm\", \"gru\", \"gru_reset_before\", \"rnn_tanh\", \"rnn_relu\", \"lstm_peephole\", \"lstm_layernorm\", \"lstm_coupled\", \"indrnn\", \"min_gru\", found gru2?")]
    [InlineData("training.optimizer.learning_rate=1e39", "expected a number of at least 1.2E-38 and at most 3.4E+38, found 1e39")]
    [InlineData("training.optimizer.learning_rate=1e-46", "found 1e-46")]
    [InlineData("training.optimizer.epsilon=1e-60", "found 1e-60")]
    [InlineData("training.optimizer.weight_decay=1e300", "expected 0, or a number of at least 1.2E-38 and at most 3.4E+38, found 1e300")]
    [InlineData("training.optimizer.weight_decay=1e-39", "expected 0, or a number of at least 1.2E-38 and at most 3.4E+38, found 1e-39")]
    [InlineData("training.optimizer.beta2=1e-39", "expected 0, or a number of at least 1.2E-38 and below 1, found 1e-39")]
    [InlineData("training.clip_norm=1e-300", "found 1e-300")]
    [InlineData("model.init_scale=1e39", "expected a number of at least 1.2E-38 and at most 1000, or null, found 1e39")]
    [InlineData("data.train_file=", "expected text with the path of a file within the folder given as data, or null, found ")]
    [InlineData("data.validation_file=/etc/hosts", "found /etc/hosts")]
    [InlineData("data.test_file=a/../../b", "found a/../../b")]
    [InlineData("training.optimizer.momentum=0.5", "belongs to the optimizers \"sgd\", \"rmsprop\"")]
    public void Errors_name_the_override(string assignment, string expected) =>
        OneLineError.Throws<RecipeException>(
            () => RecipeFile.Parse(RecipeSamples.Minimal, "x", [assignment]), $"--set {assignment.Replace('\n', '?')}: ", expected);
}
