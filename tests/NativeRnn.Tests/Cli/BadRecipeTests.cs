namespace NativeRnn.Tests.Cli;

/// <summary>Recipes, and fields that are set on the command line.</summary>
public sealed class BadRecipeTests(BadFiles files) : BadInputTests(files)
{
    public static TheoryData<string> Cases =>
    [
        "train {f}/missing.json --data {f}/text.txt --out {f}/out => missing.json",
        "train {f}/empty.txt --data {f}/text.txt --out {f}/out => empty",
        "train {f} --data {f}/text.txt --out {f}/out => folder",
        "train {f}/broken.json --data {f}/text.txt --out {f}/out => broken.json:1",
        "train {f}/latin1.txt --data {f}/text.txt --out {f}/out => latin1.txt",
        "train {f}/misspelt.json --data {f}/text.txt --out {f}/out => did you mean model.hidden?",
        "train {f}/twice.json --data {f}/text.txt --out {f}/out => model.hidden",
        "train {f}/without.json --data {f}/text.txt --out {f}/out => model.hidden",
        "{t} --set task=tagging => language-model",
        "{t} --set model.cell=quantum => lstm",
        "{t} --set model.hidden=0 => model.hidden",
        "{t} --set model.hidden=-3 => model.hidden",
        "{t} --set model.hidden=1.5 => model.hidden",
        "{t} --set model.hidden=many => model.hidden",
        "{t} --set model.hiden=3 => did you mean model.hidden?",
        "{t} --set hidden=3 => model.hidden",
        "{t} --set training.epochs => training.epochs",
        "{t} --set training.clip_norm=0 => training.clip_norm",
        "{t} --set training.optimizer.kind=adamm => adam",
        "{t} --set training.optimizer.learning_rate=-1 => learning_rate",
        "{t} --set training.optimizer.momentum=0.9 => training.optimizer.momentum",
        "{t} --set training.optimizer.kind=sgd --set training.optimizer.nesterov=true => momentum",
        "{t} --set data.min_count=2 => data.min_count belongs to the tokenizer",
        "{t} --set data.test_file=text.txt => data.train_file",
        "{t} --set training.optimizer.weight_decay=1e-39 => expected 0, or a number of at least 1.2E-38 and at most 3.4E+38, found 1e-39",
        "{t} --set training.optimizer.beta1=1e-300 => training.optimizer.beta1: expected 0, or a number of at least 1.2E-38 and below 1",
        "{t} --seed 1 --set seed=2 => --seed 1 and --set seed=2 both set seed; leave one out",
        "{t} --set training.checkpoint_every=1 --checkpoint-every 2 => --checkpoint-every 2 and --set training.checkpoint_every=1 both set",
        "{t} --set model.hidden=8 --set model.hidden=9 => --set model.hidden=9: model.hidden is set already, by --set model.hidden=8; leave one of the two out",
        "{w} --set data.validation_fraction=0.1 => data.validation_fraction holds out the end of the text to train on, and data.validation_file ({f}/words.json:3) names a text",
        "train {f}/both.json --data {f} --out {f}/out => both.json:3: data.validation_fraction holds out the end of the text to train on, and data.validation_file ({f}/both.json:3)",
        "train {f}/utf16-unmarked.txt --data {f}/text.txt --out {f}/out => utf16-unmarked.txt:1: byte 0x00 at offset 1 is no character of a text in UTF-8",
        "{t} --set model.init_scale=-1 => model.init_scale",
        "{t} --set training.reduction=median => mean_per_token",
        "{t} --set model.hidden=100000 => model.hidden is 100000, with the other fields as they are it can be at most",
        "{t} --set training.batch=1000000 => training",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ends_in_one_line(string bad) => Refuses(bad);
}
