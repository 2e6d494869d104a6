using System.Text.Json;
using NativeRnn.Cli;
using NativeRnn.Cli.Benchmarking;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>Disks that are full or may not be written: one line, exit code 2, and what was saved stays good. They need the right to mount.</summary>
public sealed class BadDiskTests : IDisposable
{
    private const int Page = 4096;

    private readonly string _folder = Fixture.Folder(textLength: 6_000);
    private readonly string _mount;

    public BadDiskTests() => _mount = Directory.CreateDirectory(Path.Combine(_folder, "mount")).FullName;

    public void Dispose()
    {
        SystemCommand.Run("umount", _mount);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_disk_that_is_full_at_the_start_keeps_nothing()
    {
        SystemCommand.Run("mount", "-t", "tmpfs", "-o", $"size={10 * Page}", "tmpfs", _mount);
        AssertOneLine(Train($"{_mount}/a/run"), "last.safetensors: cannot be written");
        Assert.Empty(Directory.GetFileSystemEntries(_mount));
    }

    [Fact]
    public void A_disk_that_is_full_in_the_middle_keeps_what_was_saved()
    {
        var whole = Path.Combine(_folder, "whole");
        Assert.Equal(0, Train(whole).ExitCode);
        var pages = (int)(new FileInfo(Path.Combine(whole, "last.safetensors")).Length / Page);
        SystemCommand.Run("mount", "-t", "tmpfs", "-o", $"size={pages * Page}", "tmpfs", _mount);
        var messages = new List<string>();
        // Room for one checkpoint and for recipe and metrics, or not; never for two, which the next one needs.
        foreach (var room in (int[])[pages, pages + 1, pages + 2, pages + 3, pages + 8, pages * 3 / 2])
        {
            var run = $"{_mount}/run-{room}";
            Resize(room);
            var result = Train(run);
            messages.Add(AssertOneLine(result, "cannot be written"));
            if (Directory.Exists(run))
            {
                Assert.DoesNotContain(Directory.GetFiles(run), file => file.EndsWith(".tmp", StringComparison.Ordinal));
                Resize(10 * pages);
                var resumed = Train(run, "--resume");
                Assert.True(resumed.ExitCode == 0, resumed.Errors);
                Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "best.safetensors")), File.ReadAllBytes(Path.Combine(run, "best.safetensors")));
                Assert.All(File.ReadLines(Path.Combine(run, "metrics.jsonl")), line => JsonDocument.Parse(line).Dispose());
                Directory.Delete(run, recursive: true);
            }
        }
        Assert.Contains(messages, message => message.Contains("metrics.jsonl", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Contains("last.safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public void A_report_needs_room_before_and_after_the_measuring()
    {
        SystemCommand.Run("mount", "-t", "tmpfs", "-o", $"size={10 * Page}", "tmpfs", _mount);
        AssertOneLine(HostProcess.Run("run", "bench", "--json", $"{_mount}/bench.json"), "and that has room");
        Resize(200);
        var file = ReportFile.For("--json", $"{_mount}/bench.json")!;
        Resize(10);
        var error = Assert.Throws<CommandException>(() => file.Write(stream => stream.Write(new byte[20 * Page])));
        Assert.Contains("bench.json\": No space left", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("what was printed is whole; make room or name another file, and measure again", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_mount));
    }

    [Fact]
    public void A_folder_that_may_only_be_read_is_named()
    {
        var real = Directory.CreateDirectory(Path.Combine(_folder, "real")).FullName;
        Assert.Equal(0, Train($"{real}/run").ExitCode);
        SystemCommand.Run("mount", "--bind", real, _mount);
        SystemCommand.Run("mount", "-o", "remount,bind,ro", _mount); // modes do not stop root, this does
        var before = Snapshot(real);
        AssertOneLine(Train($"{_mount}/new"), $"{_mount}/new: cannot be written");
        AssertOneLine(Train($"{_mount}/run", "--resume"), $"{_mount}/run: cannot be written");
        AssertOneLine(HostProcess.Run("run", "bench", "--quick", "--json", $"{_mount}/bench.json"), "--json: cannot write");
        Assert.Equal(before, Snapshot(real));
        Assert.Equal(0, HostProcess.Run("run", "eval", $"{_mount}/run").ExitCode); // reading is enough for it
    }

    private HostProcess.Result Train(string run, params string[] more) => HostProcess.Run(
        ["run", "train", $"{_folder}/recipe.json", "--data", $"{_folder}/text.txt", "--out", run, "--set", "training.epochs=1", .. more]);

    private void Resize(int pages) => SystemCommand.Run("mount", "-o", $"remount,size={pages * Page}", _mount);

    /// <summary>What went before on standard output may stay.</summary>
    private static string AssertOneLine(HostProcess.Result result, string expected)
    {
        Assert.True(result.ExitCode == 2, $"exit code {result.ExitCode}: {result.Errors}{result.Output}");
        Assert.StartsWith("nativernn: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        return Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
    }

    private static List<string> Snapshot(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order().Select(file => $"{file} {Convert.ToHexString(File.ReadAllBytes(file))}")];
}
