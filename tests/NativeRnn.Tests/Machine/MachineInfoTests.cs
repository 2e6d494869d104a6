using NativeRnn.Machine;

namespace NativeRnn.Tests.Machine;

/// <summary>What is read of folders that stand for a machine.</summary>
public sealed class MachineInfoTests : IDisposable
{
    private const long Gigabyte = 1L << 30;

    private readonly string root = Directory.CreateTempSubdirectory("nativernn").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_machine_without_limits()
    {
        Machine("0::/\n");
        Write("sys/fs/cgroup/cpu.max", "max 100000\n");
        Write("sys/fs/cgroup/memory.max", "max\n");
        var machine = MachineInfo.Read(root);
        Assert.Equal((8, 8, "0-63"), (machine.Processors, machine.AllowedProcessors, machine.Affinity));
        Assert.Null(machine.CpuQuota);
        Assert.Null(machine.ContainerLimitBytes);
        Assert.Equal((16 * Gigabyte, 16 * Gigabyte, 12 * Gigabyte), (machine.MemoryBytes, machine.MemoryLimitBytes, machine.AvailableMemoryBytes));
        Assert.Equal(8, machine.UsableProcessors);
    }

    [Fact]
    public void The_tightest_level_of_version_2_counts()
    {
        Machine("0::/outer/inner\n");
        Write("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
        Write("sys/fs/cgroup/outer/inner/cpu.max", "400000 100000\n");
        Write("sys/fs/cgroup/outer/memory.max", $"{4 * Gigabyte}\n");
        Write("sys/fs/cgroup/outer/memory.current", $"{3 * Gigabyte}\n");
        Write("sys/fs/cgroup/outer/memory.stat", $"anon 5\ninactive_file {Gigabyte}\nactive_file 7\n");
        Write("sys/fs/cgroup/outer/inner/memory.max", $"{6 * Gigabyte}\n");
        var machine = MachineInfo.Read(root);
        Assert.Equal(1.5, machine.CpuQuota);
        Assert.Equal(1, machine.UsableProcessors);
        Assert.Equal(4 * Gigabyte, machine.MemoryLimitBytes);
        Assert.Equal(2 * Gigabyte, machine.AvailableMemoryBytes);
    }

    [Fact]
    public void Version_1_has_a_folder_for_each_controller()
    {
        Machine("4:memory:/pod\n3:cpu,cpuacct:/pod\n0::/\n");
        Write("sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "250000\n");
        Write("sys/fs/cgroup/cpu/pod/cpu.cfs_period_us", "100000\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/pod/memory.limit_in_bytes", $"{2 * Gigabyte}\n");
        Write("sys/fs/cgroup/memory/pod/memory.usage_in_bytes", $"{Gigabyte}\n");
        Write("sys/fs/cgroup/memory/pod/memory.stat", "inactive_file 1\ntotal_inactive_file 1000\n");
        var machine = MachineInfo.Read(root);
        Assert.Equal((2.5, 2), (machine.CpuQuota, machine.UsableProcessors));
        Assert.Equal((2 * Gigabyte, Gigabyte + 1000), (machine.MemoryLimitBytes, machine.AvailableMemoryBytes));
    }

    [Fact]
    public void A_group_of_the_host_means_the_mount_of_the_container()
    {
        Machine("5:memory:/docker/abc\n0::/../../kubepods/abc\n");
        Write("sys/fs/cgroup/cpu.max", "50000 100000\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", $"{Gigabyte}\n");
        var machine = MachineInfo.Read(root);
        Assert.Equal((0.5, 1), (machine.CpuQuota, machine.UsableProcessors));
        Assert.Equal(Gigabyte, machine.MemoryLimitBytes);
    }

    [Fact]
    public void Files_that_are_missing_or_make_no_sense_are_no_limit()
    {
        var unknown = MachineInfo.Read(root);
        Assert.Equal((Environment.ProcessorCount, "", (double?)null), (unknown.AllowedProcessors, unknown.Affinity, unknown.CpuQuota));
        Assert.True(unknown.MemoryLimitBytes > 0);
        Machine("nonsense\n1:2\n:::\n0::/a\n");
        Write("sys/devices/system/cpu/online", "0-x\n");
        Write("sys/fs/cgroup/cpu.max", "0 0\n");
        Write("sys/fs/cgroup/a/cpu.max", "many few\n");
        Write("sys/fs/cgroup/memory.max", "-1\n");
        Write("sys/fs/cgroup/a/memory.max", "\n");
        var machine = MachineInfo.Read(root);
        Assert.Null(machine.CpuQuota);
        Assert.Null(machine.ContainerLimitBytes);
    }

    [Fact]
    public void This_machine_has_processors_and_memory()
    {
        var machine = MachineInfo.Read();
        Assert.InRange(machine.AllowedProcessors, 1, machine.Processors);
        Assert.InRange(machine.AvailableMemoryBytes, 1, machine.MemoryLimitBytes);
    }

    private void Machine(string groups)
    {
        Write("proc/self/cgroup", groups);
        Write("proc/self/status", "Name:\tdotnet\nCpus_allowed:\tff\nCpus_allowed_list:\t0-63\n");
        Write("sys/devices/system/cpu/online", "0-3,8,10-12\n");
        Write("proc/meminfo", $"MemTotal:       {16 * Gigabyte / 1024} kB\nMemFree: 5 kB\nMemAvailable:   {12 * Gigabyte / 1024} kB\n");
    }

    private void Write(string path, string text)
    {
        path = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
