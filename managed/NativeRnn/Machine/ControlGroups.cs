using System.Globalization;

namespace NativeRnn.Machine;

/// <summary>The control groups of this process, of either version, as folders of files. Every level from its own group to the root counts.</summary>
/// <param name="root">The folder that stands for <c>/</c>.</param>
internal sealed class ControlGroups(string root)
{
    private readonly IReadOnlyList<(string Controllers, string Group)> memberships = Memberships(Path.Combine(root, "proc/self/cgroup"));

    /// <summary>
    /// The folders that may limit what <paramref name="controller"/> ("cpu", "memory") controls, innermost first. Inside a container
    /// the group may have the host's name, which is not there; the mount itself then is the container's group.
    /// </summary>
    public IEnumerable<string> Folders(string controller)
    {
        var mounts = Path.Combine(root, "sys/fs/cgroup");
        var unified = memberships.Where(row => row.Controllers.Length == 0).SelectMany(row => new[]
        {
            (Mount: mounts, row.Group),
            (Mount: Path.Combine(mounts, "unified"), row.Group),
        });
        var own = memberships.Where(row => row.Controllers.Split(',').Contains(controller))
            .Select(row => (Mount: Path.Combine(mounts, controller), row.Group));
        return unified.Concat(own).SelectMany(place => Levels(place.Mount, place.Group))
            .Append(mounts).Append(Path.Combine(mounts, controller)).Distinct().Where(Directory.Exists);
    }

    /// <summary>The number that a file holds; null where there is none, "max" included.</summary>
    public static long? Number(string path) =>
        long.TryParse(FirstLine(path), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>The first line of a small file; empty where it cannot be read.</summary>
    public static string FirstLine(string path) => Lines(path).FirstOrDefault("");

    /// <summary>The lines of a small file; none where it cannot be read.</summary>
    public static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Levels(string mount, string group)
    {
        var names = group.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var count = names.Contains("..") ? 0 : names.Length; count >= 0; count--)
            yield return Path.Combine([mount, .. names[..count]]);
    }

    /// <summary>Lines like <c>0::/group</c> (version 2) and <c>4:cpu,cpuacct:/group</c> (version 1).</summary>
    private static List<(string Controllers, string Group)> Memberships(string path) =>
        [.. Lines(path).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).Select(parts => (parts[1], parts[2]))];
}
