using System.Globalization;

namespace NativeRnn.Machine;

/// <summary>
/// What this process may use of its machine: processors and memory, with the limits of its container. Linux tells all of it; on
/// other systems affinity and quota stay unknown.
/// </summary>
internal sealed record MachineInfo
{
    /// <summary>Processors that the machine has online.</summary>
    public required int Processors { get; init; }

    /// <summary>The processors that the process may run on, as Linux writes them ("0-3,8"); empty where unknown.</summary>
    public required string Affinity { get; init; }

    /// <summary>How many those are.</summary>
    public required int AllowedProcessors { get; init; }

    /// <summary>Processors that the container's quota pays for, e.g. 1.5; null without a quota.</summary>
    public double? CpuQuota { get; init; }

    /// <summary>The memory of the machine; 0 where unknown.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The memory that the container allows; null where it allows all.</summary>
    public long? ContainerLimitBytes { get; init; }

    /// <summary>The address space that the process may have, <c>ulimit -v</c>; null where it may have all.</summary>
    public long? AddressSpaceLimitBytes { get; init; }

    /// <summary>The smaller of the machine's memory and the container's limit; 0 where unknown.</summary>
    public long MemoryLimitBytes => ContainerLimitBytes ?? MemoryBytes;

    /// <summary>What of it is not in use now, or is cache that gives way; it says nothing where <see cref="MemoryLimitBytes"/> is unknown.</summary>
    public required long AvailableMemoryBytes { get; init; }

    /// <summary>Threads that can run at the same time: what affinity and quota allow, as the native library counts them.</summary>
    public int UsableProcessors => CpuQuota is { } quota ? Math.Clamp((int)quota, 1, AllowedProcessors) : AllowedProcessors;

    /// <summary>Reads it now. <paramref name="root"/> is the folder that stands for <c>/</c>.</summary>
    public static MachineInfo Read(string root = "/")
    {
        var groups = new ControlGroups(root);
        var online = NumbersOf(ControlGroups.FirstLine(Path.Combine(root, "sys/devices/system/cpu/online")));
        var affinity = Field(Path.Combine(root, "proc/self/status"), "Cpus_allowed_list");
        var allowed = NumbersOf(affinity);
        if (online.Count > 0)
            allowed.IntersectWith(online); // the mask may name processors that are not plugged in
        var memory = Path.Combine(root, "proc/meminfo");
        var total = Kilobytes(memory, "MemTotal") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var (limit, left) = Memory(groups, total);
        var available = Kilobytes(memory, "MemAvailable") ?? total;
        var addresses = AddressSpaceLimit(Path.Combine(root, "proc/self/limits"));
        var unaddressed = addresses - (Kilobytes(Path.Combine(root, "proc/self/status"), "VmSize") ?? 0);
        var processors = online.Count > 0 ? online.Count : Environment.ProcessorCount;
        return new MachineInfo
        {
            Processors = processors,
            Affinity = affinity,
            AllowedProcessors = allowed.Count > 0 ? allowed.Count : processors,
            CpuQuota = Quota(groups),
            MemoryBytes = total,
            ContainerLimitBytes = limit,
            AddressSpaceLimitBytes = addresses,
            AvailableMemoryBytes = Math.Clamp(Math.Min(left ?? available, unaddressed ?? available), 0, available),
        };
    }

    /// <summary>The tightest quota of all levels.</summary>
    private static double? Quota(ControlGroups groups)
    {
        double? tightest = null;
        foreach (var folder in groups.Folders("cpu"))
        {
            var unified = ControlGroups.FirstLine(Path.Combine(folder, "cpu.max")).Split(' '); // "max 100000" is no limit
            var quota = unified.Length == 2 && Number(unified[0]) is { } first ? first / Number(unified[1])
                : Number(ControlGroups.FirstLine(Path.Combine(folder, "cpu.cfs_quota_us")))
                    / Number(ControlGroups.FirstLine(Path.Combine(folder, "cpu.cfs_period_us")));
            if (quota is > 0 and < double.PositiveInfinity && !(tightest <= quota))
                tightest = quota;
        }
        return tightest;
    }

    /// <summary>The tightest limit of all levels, and the least that one of them leaves. Cache of files that can be dropped is not in use.</summary>
    private static (long? Limit, long? Left) Memory(ControlGroups groups, long total)
    {
        (long? tightest, long? least) = (null, null);
        foreach (var folder in groups.Folders("memory"))
        {
            string File(string name) => Path.Combine(folder, name);
            var limit = ControlGroups.Number(File("memory.max")) ?? ControlGroups.Number(File("memory.limit_in_bytes"));
            if (limit is not > 0 || (total > 0 && limit >= total)) // version 1 writes "no limit" as a number beyond all memory
                continue;
            var used = ControlGroups.Number(File("memory.current")) ?? ControlGroups.Number(File("memory.usage_in_bytes")) ?? 0;
            var cache = ControlGroups.Lines(File("memory.stat")).Select(line => line.Split(' '))
                .Where(parts => parts is ["inactive_file" or "total_inactive_file", _]).Max(parts => Number(parts[1])) ?? 0;
            var left = Math.Max(0, limit.Value - Math.Max(0, used - (long)cache));
            tightest = Math.Min(tightest ?? long.MaxValue, limit.Value);
            least = Math.Min(least ?? long.MaxValue, left);
        }
        return (tightest, least);
    }

    /// <summary>From a line like <c>Max address space  unlimited  unlimited  bytes</c>: the first is the limit in force.</summary>
    private static long? AddressSpaceLimit(string path)
    {
        const string Name = "Max address space";
        var line = ControlGroups.Lines(path).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal), Name);
        return (long?)Number(line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(""));
    }

    /// <summary>The numbers of a list like "0-3,8"; none where it cannot be read.</summary>
    private static HashSet<int> NumbersOf(string list)
    {
        var numbers = new HashSet<int>();
        foreach (var range in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = range.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last))
                return [];
            for (var number = first; number <= Math.Min(last, first + 65536); number++)
                numbers.Add(number);
        }
        return numbers;
    }

    /// <summary>A value of a file of lines like <c>Name: value</c>; empty where there is none.</summary>
    private static string Field(string path, string name) =>
        ControlGroups.Lines(path).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal))?[(name.Length + 1)..].Trim() ?? "";

    private static long? Kilobytes(string path, string name) => (long?)(Number(Field(path, name).Split(' ')[0]) * 1024);

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;
}
