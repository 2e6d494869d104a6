using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>Texts that cannot be trained on or evaluated.</summary>
public sealed class BadDataTests(BadFiles files) : BadInputTests(files)
{
    public static TheoryData<string> Cases =>
    [
        "train {f}/recipe.json --data {f}/missing.txt --out {f}/out => missing.txt",
        "train {f}/recipe.json --data {f}/empty.txt --out {f}/out => empty",
        "train {f}/recipe.json --data {f}/short.txt --out {f}/out => 129",
        "train {f}/recipe.json --data {f}/latin1.txt --out {f}/out => latin1.txt",
        "train {f}/recipe.json --data {f}/utf16.txt --out {f}/out => utf16.txt:1: byte 0xFF at offset 0 is not UTF-8; convert the text to UTF-8, for instance with iconv",
        "train {f}/recipe.json --data {f}/utf16-unmarked.txt --out {f}/out => utf16-unmarked.txt:1: byte 0x00 at offset 1 is no character of a text in UTF-8 (UTF-16",
        "train {f}/recipe.json --data {f}/zero.txt --out {f}/out => zero.txt:2: byte 0x00 at offset 4 is no character",
        "eval {f}/run --data {f}/utf16-unmarked.txt => utf16-unmarked.txt:1: byte 0x00 at offset 1 is no character",
        "eval {f}/run --data {f}/zero.txt => zero.txt:2: byte 0x00 at offset 4",
        "train {f}/recipe.json --data {f}/cut.gz --out {f}/out => cut.gz",
        "train {f}/recipe.json --data {f}/garbage.gz --out {f}/out => garbage.gz",
        "train {f}/recipe.json --data {f} --out {f}/out => folder",
        "{t} --set data.validation_fraction=0.00005 => single character",
        "train {f}/words.json --data {f}/text.txt --out {f}/out => is a file, the recipe names files in a folder",
        "train {f}/words.json --data {f}/nowhere --out {f}/out => nowhere/text.txt: there is no such file",
        "{w} --set data.test_file=missing.txt => missing.txt: there is no such file",
        "{w} --set data.train_file=blank.txt => blank.txt: holds no word",
        "{w} --set data.train_file=short.txt => short.txt: 2 tokens are too few",
        "{w} --set data.validation_file=spaces.txt => spaces.txt: holds no word, only white space",
        "{w} --set data.validation_file=blank.txt => blank.txt: holds no word, only white space; give a text with words",
        "{w} --set data.test_file=blank.txt => blank.txt: holds no word, only white space",
        "eval {f}/words --data {f}/blank.txt => blank.txt: holds no word, only white space",
        "eval {f}/run --data {f}/missing.txt => missing.txt",
        "eval {f}/run --data {f}/run => is a folder",
        "eval {f}/best.safetensors --data {f}/one-letter.txt => one-letter.txt: 1 token is too few",
        "eval {f}/best.safetensors --data {f}/latin1.txt => latin1.txt:2",
        "bench --grid --data-char {f}/missing.txt => missing.txt: there is no such file",
        "bench --grid --data-char {f}/latin1.txt => latin1.txt:2: byte 0xE9 at offset 2 is not UTF-8",
        "bench --grid --data-char {f}/short.txt => short.txt: 8 tokens are too few, batch 32 with bptt 64 needs 2049",
        "bench --grid --data-ptb {f}/nowhere => nowhere/ptb.train.txt.gz: there is no such file",
        "bench --grid --data-ptb {f}/text.txt => text.txt: is a file, the recipe names files in a folder",
        "bench --grid --data-char {e} => --data-char is empty",
        "{w} --set data.test_file=one.txt => one.txt: 1 token is too few; at least 2",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ends_in_one_line(string bad) => Refuses(bad);

    [Fact]
    public void A_run_that_learned_from_a_pipe_says_how_to_evaluate_it()
    {
        var run = Path.Combine(Files.Folder, "piped");
        foreach (var source in (string[])["<(cat {f}/text.txt)", "/dev/stdin < {f}/text.txt"])
        {
            var line = $"nativernn train {{f}}/recipe.json --data {source} --set training.epochs=1 --out {run}";
            Assert.Equal(0, HostProcess.Shell(line.Replace("{f}", Files.Folder, StringComparison.Ordinal)).ExitCode);
            RefusesInShell($"true | nativernn eval {run}", "the run was trained on this, and it is no longer there, or is a pipe; name a text with --data FILE");
            Assert.Equal(0, HostProcess.Run("run", "eval", run, "--data", $"{Files.Folder}/text.txt").ExitCode);
            Directory.Delete(run, recursive: true);
        }
    }

    [Fact]
    public void Recipes_and_texts_may_come_through_pipes()
    {
        var output = Path.Combine(Files.Folder, "piped");
        foreach (var source in (string[])["<(cat {f}/recipe.json) --data <(gzip -c {f}/text.txt)", "{f}/recipe.json --data /dev/stdin < {f}/text.txt"])
        {
            var line = $"nativernn train {source} --set training.epochs=1 --out {output}";
            var result = HostProcess.Shell(line.Replace("{f}", Files.Folder, StringComparison.Ordinal));
            Assert.True(result.ExitCode == 0, result.Errors);
            Directory.Delete(output, recursive: true);
        }
    }
}
