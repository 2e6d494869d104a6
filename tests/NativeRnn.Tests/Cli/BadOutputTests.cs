using NativeRnn.Cli.Benchmarking;
using NativeRnn.TestHost;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Cli;

/// <summary>Places where nothing can be written.</summary>
public sealed class BadOutputTests(BadFiles files) : BadInputTests(files)
{
    public static TheoryData<string> Cases =>
    [
        "train {f}/recipe.json --data {f}/text.txt --out {f} => holds no run to go on with, but recipe.json, best.safetensors, which a new one would replace; move them away",
        "bench --json {f} => is a folder",
        "bench --json {f}/dangling => it is a link to {f}/nowhere, where there is no file",
        "bench --markdown {f}/nowhere/bench.md => no such folder",
        "bench --json {f}/a --markdown {f}/a => --json and --markdown name the same file",
        "bench --json {f}/a --markdown {f}/run/../a => --json and --markdown name the same file",
        "bench --json {f}/run/a --markdown {f}/link/a => --json and --markdown name the same file",
        "bench --json {f}/text.txt --markdown {f}/text-link => --json and --markdown name the same file",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/text.txt => text.txt: is a file, expected a folder",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/text.txt/run => text.txt: is a file, expected a folder",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/locked => run.lock: is a folder",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/dangling => is a link to nowhere",
        "train {f}/recipe.json --data {f}/text.txt --out {f}/dangling/run => is a link to nowhere",
        "train {f}/recipe.json --data {f}/text.txt --out /proc/nativernn => /proc/nativernn",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Ends_in_one_line(string bad) => Refuses(bad);

    [Theory]
    [InlineData("nativernn info {f}/run >/dev/full")]
    [InlineData("nativernn eval {f}/run --json >/dev/full")]
    [InlineData("nativernn --version >/dev/full")]
    [InlineData("nativernn info {f}/run >&-")]
    [InlineData("nativernn train {f}/recipe.json --data {f}/text.txt --out {f}/new >/dev/full")]
    public void Standard_output_that_cannot_be_written_is_told_of(string line) => RefusesInShell(line, "standard output");

    [Fact]
    public void A_folder_that_was_deleted_is_told_of() =>
        RefusesInShell("mkdir {f}/gone; cd {f}/gone; rmdir {f}/gone; nativernn eval run", "the current folder was deleted");

    [Fact]
    public void A_report_goes_where_a_link_leads()
    {
        using var folder = new TempFolder();
        var (target, link) = (folder.Write("target", "old"), folder.File("link"));
        File.CreateSymbolicLink(link, target);
        ReportFile.For("--json", link)!.Write(stream => stream.Write("new"u8));
        Assert.Equal(("new", target), (File.ReadAllText(target), new FileInfo(link).LinkTarget));
        ReportFile.RequireOthers(ReportFile.For("--json", target), ReportFile.For("--markdown", folder.File("other")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);
    }

    [Fact]
    public void Two_processes_never_share_a_folder()
    {
        string[] arguments = ["run", "train", $"{Files.Folder}/recipe.json", "--data", $"{Files.Folder}/text.txt", "--out", $"{Files.Folder}/shared"];
        using (var first = HostProcess.StartLong(arguments))
        {
            try
            {
                var second = HostProcess.Run([.. arguments, "--resume"]);
                Assert.Equal((2, ""), (second.ExitCode, second.Output));
                Assert.Contains("another process is training there", second.Errors, StringComparison.Ordinal);
            }
            finally
            {
                first.Kill();
                HostProcess.Finish(first);
            }
        }
        Assert.Equal(0, HostProcess.Run([.. arguments, "--resume"]).ExitCode); // the system released the lock
        Directory.Delete(Path.Combine(Files.Folder, "shared"), recursive: true);
    }
}
