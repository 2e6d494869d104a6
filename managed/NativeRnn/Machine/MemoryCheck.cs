using System.Globalization;
using NativeRnn.Serialization;

namespace NativeRnn.Machine;

/// <summary>
/// Compares what is about to be taken with what the machine or its container has left: a process that takes more is killed, and nobody
/// tells why.
/// </summary>
internal static class MemoryCheck
{
    private const string Mend = "stop what else takes memory, or raise the limit";

    /// <summary>The folder that stands for <c>/</c>; the test host puts another machine there.</summary>
    internal static string Root { get; set; } = "/";

    /// <summary>Throws unless so many bytes are there.</summary>
    /// <param name="bytes">What is going to be taken; infinite for more than can be addressed.</param>
    /// <param name="what">What takes them, as the message begins.</param>
    /// <param name="mend">What to do about it.</param>
    /// <exception cref="MemoryException">They are not.</exception>
    public static void Require(double bytes, string what, string mend = Mend)
    {
        if (Fits(bytes, MachineInfo.Read(Root)))
            return;
        // What reading left behind counts as taken until it is collected and handed back.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        var machine = MachineInfo.Read(Root);
        if (Fits(bytes, machine))
            return;
        var limits = string.Concat(
            machine.ContainerLimitBytes is { } most ? $" (the container's limit is {Mebibytes(most)})" : "",
            machine.AddressSpaceLimitBytes is { } addresses ? $" (ulimit -v allows {Mebibytes(addresses)} of addresses)" : "");
        var needed = double.IsInfinity(bytes) ? "more memory than can be addressed" : $"{Mebibytes(Math.Ceiling(bytes / (1 << 20)) * (1 << 20))} of memory";
        throw new MemoryException($"{what} needs {needed}, {Mebibytes(machine.AvailableMemoryBytes)} are available{limits}; {mend}");
    }

    /// <summary>Throws unless a file fits that is going to be read as a whole. One that is not there is the reader's to report.</summary>
    /// <exception cref="MemoryException">It does not.</exception>
    public static void RequireFile(string path)
    {
        var file = new FileInfo(path);
        if (file.Exists)
            Require(file.Length, $"{OneLine.Clean(path)}: reading it");
    }

    private static bool Fits(double bytes, MachineInfo machine) =>
        bytes <= machine.AvailableMemoryBytes || (machine.MemoryLimitBytes == 0 && double.IsFinite(bytes)); // 0: nobody knows

    private static string Mebibytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(bytes / (1 << 20)):N0} MiB");
}
