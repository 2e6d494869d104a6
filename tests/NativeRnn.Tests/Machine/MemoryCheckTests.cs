using NativeRnn.TestHost;

namespace NativeRnn.Tests.Machine;

/// <summary>Commands on a machine that has too little memory for them: one line, exit code 2, nothing written.</summary>
public sealed class MemoryCheckTests : IDisposable
{
    private const string Little = "0 MiB are available";

    private readonly string _folder = Fixture.Folder();
    private readonly string _machine = Directory.CreateTempSubdirectory("nativernn-").FullName;

    public MemoryCheckTests() => Assert.Equal(0, HostProcess.Run(["run", .. Train("run")]).ExitCode);

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Directory.Delete(_machine, recursive: true);
    }

    [Fact]
    public void An_exhausted_container_is_told_of_by_every_command_that_computes()
    {
        Machine(availableKilobytes: 8_000_000, limit: 64 << 20, used: 64 << 20);
        string[][] commands =
        [
            Train("new"), [.. Train("run"), "--resume"], ["eval", Run], ["generate", Run], ["info", Run], ["demo", "--seconds", "1"],
        ];
        foreach (var command in commands)
            Refuses(command, $"MiB of memory, {Little} (the container's limit is 64 MiB); ");
        Assert.False(Directory.Exists(Path.Combine(_folder, "new")));
    }

    [Fact]
    public void A_machine_without_a_free_byte_is_refused_too()
    {
        Machine(availableKilobytes: 0);
        Refuses(Train("new"), $"recipe \"tiny\" needs 1 MiB of memory, {Little}; use smaller model.hidden");
    }

    [Fact]
    public void Resuming_counts_the_checkpoint_that_it_reads_whole()
    {
        var last = Path.Combine(Run, "last.safetensors");
        Machine(availableKilobytes: new FileInfo(last).Length / 1024 - 1);
        Refuses([.. Train("run"), "--resume"], $"{last}: reading it needs 1 MiB of memory");
        Machine(availableKilobytes: new FileInfo(last).Length / 1024 + 1);
        Refuses([.. Train("run"), "--resume"], "recipe \"tiny\" needs 1 MiB of memory");
    }

    [Fact]
    public void A_model_that_fits_is_refused_where_running_it_does_not()
    {
        Machine(availableKilobytes: 400);
        Refuses(["eval", Run, "--data", $"{_folder}/text.txt"], "running the model on 19 x 64 characters needs ");
    }

    [Fact]
    public void A_limit_of_addresses_counts_as_far_as_it_is_not_used()
    {
        Machine(availableKilobytes: 8_000_000);
        Write("proc/self/limits", "Limit  Soft Limit  Hard Limit  Units\nMax address space         2097152000           unlimited            bytes\n");
        Write("proc/self/status", "VmPeak:\t 5 kB\nVmSize:\t 2047900 kB\n");
        Refuses(Train("new"), "needs 1 MiB of memory, 0 MiB are available (ulimit -v allows 2,000 MiB of addresses); use smaller");
        Write("proc/self/status", "VmSize:\t 1000000 kB\n");
        Assert.Equal(0, Execute(["eval", Run]).ExitCode);
        Refuses([.. Train("new"), "--set", "training.batch=1000", "--set", "training.bptt=10", "--set", "model.hidden=100000"],
            "numbers, none can have more than 2,147,483,647; model.hidden is 100000, with");
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(4_000, "model.layers=100")]
    [InlineData(12_000, "training.batch=100", "training.bptt=150")]
    public void The_most_hidden_units_that_can_be_addressed_are_told(int hidden, params string[] fields)
    {
        Machine(availableKilobytes: 8_000_000);
        string[] train = [.. Train("new"), .. fields.SelectMany(field => new[] { "--set", field })];
        var most = int.Parse(Execute([.. train, "--set", $"model.hidden={hidden}"]).Errors.Split("it can be at most ")[1], System.Globalization.CultureInfo.InvariantCulture);
        Refuses([.. train, "--set", $"model.hidden={most + 1}"], $"model.hidden is {most + 1}, with the other fields as they are it can be at most {most}");
        Refuses([.. train, "--set", $"model.hidden={most}"], "MiB of memory, 7,812 MiB are available");
    }

    [Fact]
    public void Threads_without_addresses_are_refused_and_not_waited_for()
    {
        var result = HostProcess.Shell($"export DOTNET_GCHeapHardLimit=0x4000000; ulimit -v 4000000; nativernn eval {Run} --threads 64");
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("nativernn: the native backend has no room for its threads", result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void Where_nothing_is_known_everything_may_run() =>
        Assert.Equal(0, Execute(["eval", Run]).ExitCode); // an empty folder tells of no limit but what .NET knows

    private string Run => Path.Combine(_folder, "run");

    private string[] Train(string name) =>
        ["train", $"{_folder}/recipe.json", "--data", $"{_folder}/text.txt", "--out", $"{_folder}/{name}", "--set", "training.epochs=1"];

    private HostProcess.Result Execute(string[] command) => HostProcess.Run(["run", "--machine", _machine, .. command]);

    private void Refuses(string[] command, string expected)
    {
        var before = Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories);
        var result = Execute(command);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("nativernn: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains(expected, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.TrimEnd('\n').Split('\n'));
        Assert.Equal(before, Directory.GetFileSystemEntries(_folder, "*", SearchOption.AllDirectories));
    }

    private void Machine(long availableKilobytes, long? limit = null, long used = 0)
    {
        Write("proc/meminfo", $"MemTotal: 16000000 kB\nMemAvailable: {availableKilobytes} kB\n");
        Write("proc/self/cgroup", "0::/\n");
        Write("sys/fs/cgroup/memory.max", limit is { } most ? $"{most}\n" : "max\n");
        Write("sys/fs/cgroup/memory.current", $"{used}\n");
    }

    private void Write(string path, string text)
    {
        path = Path.Combine(_machine, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
