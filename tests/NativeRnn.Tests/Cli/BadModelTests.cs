using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>Models and checkpoints of other kinds than were asked for, and runs that cannot go on.</summary>
public sealed class BadModelTests(BadFiles files) : BadInputTests(files)
{
    public static TheoryData<string> Cases =>
    [
        "{t} --resume => nothing to resume",
        "eval {f}/nowhere => nowhere",
        "info {f}/text.txt => text.txt",
        "generate {f}/text.txt => text.txt",
        "info {f}/newer.safetensors => format version",
        "info {f}/quantum.safetensors => unknown cell",
        "info {f}/sizeless.safetensors => is not what nativernn writes; use another copy",
        "info {f}/junk => \"training\" in the metadata is not what nativernn writes; use another copy",
        "info {f}/foreign.safetensors => nativernn",
        "eval {f}/best.safetensors => --data",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/half --resume => nothing to resume; leave out --resume to start a run, and before that move recipe.json, best.safetensors away",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/half => half holds no run to go on with, but recipe.json, best.safetensors, which a new one would replace; move them away",
        "eval {f}/pipe => is a pipe",
        "info /dev/zero => is a device",
        "eval {f}/run --test => data.test_file",
        "eval {f}/run --test --data {f}/text.txt => exclude each other",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/run => holds a run already",
        "train {f}/recipe.json --data {f}/other.txt --out {f}/run --resume => another text",
        "{r} --set model.hidden=25 => model.hidden",
        "{r} --set training.optimizer.kind=sgd => training.optimizer.kind",
        "{r} --seed 9 => seed",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/model-only --resume => training",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ends_in_one_line(string bad) => Refuses(bad);

    [Fact]
    public void A_model_from_a_pipe_is_refused() =>
        RefusesInShell("nativernn eval <(cat {f}/best.safetensors) --data {f}/text.txt", "save it as a file");

    [Fact]
    public void Moving_away_what_is_named_starts_a_run()
    {
        var half = Path.Combine(Files.Folder, "half");
        foreach (var name in (string[])["recipe.json", "best.safetensors"])
            File.Move(Path.Combine(half, name), Path.Combine(Files.Folder, "moved-" + name));
        string[] train = ["run", "train", $"{Files.Folder}/recipe.json", "--data", $"{Files.Folder}/text.txt", "--out", half, "--set", "training.epochs=1"];
        Assert.Equal(2, HostProcess.Run([.. train, "--resume"]).ExitCode);
        Assert.Equal(0, HostProcess.Run(train).ExitCode);
        Assert.Equal(0, HostProcess.Run([.. train, "--resume"]).ExitCode);
        Directory.Delete(half, recursive: true);
        Directory.CreateDirectory(half);
        foreach (var name in (string[])["recipe.json", "best.safetensors"])
            File.Move(Path.Combine(Files.Folder, "moved-" + name), Path.Combine(half, name));
    }

    [Fact]
    public void A_damaged_best_model_is_found_before_training_and_does_not_hide_the_last()
    {
        var run = Directory.CreateDirectory(Path.Combine(Files.Folder, "damaged")).FullName;
        foreach (var name in (string[])["last.safetensors", "recipe.json", "metrics.jsonl", "run.lock"])
            File.Copy(Path.Combine(Files.Folder, "run", name), Path.Combine(run, name));
        File.WriteAllBytes(Path.Combine(run, "best.safetensors"), File.ReadAllBytes(Path.Combine(Files.Folder, "best.safetensors"))[..^100]);
        Refuses("train {f}/recipe.json --data {f}/text.txt --out {f}/damaged --resume => damaged/best.safetensors: ");
        Refuses("train {f}/recipe.json --data {f}/text.txt --out {f}/damaged --resume => or move it away to go on without it");
        Refuses("eval {f}/damaged => use another copy, or {f}/damaged/last.safetensors, which is intact");
        File.Delete(Path.Combine(run, "best.safetensors"));
        Directory.CreateDirectory(Path.Combine(run, "best.safetensors"));
        Refuses("train {f}/recipe.json --data {f}/text.txt --out {f}/damaged --resume => damaged/best.safetensors: is a folder");
        Directory.Delete(run, recursive: true);
    }

    /// <summary>Modes do not stop root; without its capabilities they do.</summary>
    [Theory]
    [InlineData("nativernn eval {f}/closed", "closed: permission denied")]
    [InlineData("nativernn info {f}/closed/best.safetensors", "closed/best.safetensors: permission denied")]
    [InlineData("nativernn train {f}/recipe.json --data {f}/text.txt --out {f}/closed --resume", "closed: permission denied")]
    [InlineData("nativernn train {f}/recipe.json --data {f}/closed/text.txt --out {f}/out", "closed/text.txt: cannot be read")]
    [InlineData("nativernn verify {f}/closed/best.safetensors", "closed/best.safetensors: permission denied")]
    [InlineData("nativernn bench --json {f}/closed/bench.json", "is denied.; name a file in a folder that you may write to")]
    public void A_folder_that_may_not_be_entered_is_told_of(string line, string expected)
    {
        var closed = Directory.CreateDirectory(Path.Combine(Files.Folder, "closed")).FullName;
        RefusesInShell($"export -f nativernn; chmod 000 {closed}; setpriv --bounding-set=-all bash -c '{line}'; code=$?; chmod 700 {closed}; exit $code", expected);
        Directory.Delete(closed);
    }

    [Fact]
    public void A_best_model_that_is_gone_is_not_told_of_as_there()
    {
        var run = Directory.CreateDirectory(Path.Combine(Files.Folder, "bestless")).FullName;
        foreach (var name in (string[])["last.safetensors", "recipe.json", "metrics.jsonl"])
            File.Copy(Path.Combine(Files.Folder, "run", name), Path.Combine(run, name));
        var result = HostProcess.Run(
            "run", "train", $"{Files.Folder}/recipe.json", "--data", $"{Files.Folder}/text.txt", "--out", run, "--resume", "--set", "training.epochs=1");
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains($"{run}/best.safetensors is no longer there", result.Output, StringComparison.Ordinal);
        Directory.Delete(run, recursive: true);
    }
}
