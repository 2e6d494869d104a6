using System.Reflection;
using System.Runtime.InteropServices;
using NativeRnn.Backends.Native;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>Where and with what was measured.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Processors">How many of them the process may use.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="DotNet">The version of .NET.</param>
/// <param name="Version">The version of nativernn, with its commit.</param>
/// <param name="Isa">The instruction set of the native backend.</param>
/// <param name="BlasCore">The core type that the native backend's OpenBLAS picked.</param>
/// <param name="Blas">That OpenBLAS's configuration.</param>
/// <param name="Compiler">What compiled the native library.</param>
/// <param name="Variables">The variables of the environment that are set and may change what is measured.</param>
internal sealed record BenchMachine(
    string Processor, int Processors, string OperatingSystem, string DotNet, string Version, string Isa, string BlasCore, string Blas,
    string Compiler, IReadOnlyList<(string Name, string Value)> Variables)
{
    private const int CommitLength = 10;

    /// <summary>The version with its commit cut to what tells commits apart.</summary>
    public string ShortVersion =>
        Version.IndexOf('+', StringComparison.Ordinal) is >= 0 and var plus && Version.Length > plus + 1 + CommitLength
            ? Version[..(plus + 1 + CommitLength)]
            : Version;

    /// <summary>The variables on one line.</summary>
    public string ShownVariables => $"set: {string.Join(", ", Variables.Select(variable => OneLine.Clean($"{variable.Name}={variable.Value}")))}";

    public static BenchMachine Read(NativeInfo native) => new(
        ProcessorName(), Environment.ProcessorCount, RuntimeInformation.OSDescription, Environment.Version.ToString(),
        typeof(BenchMachine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
        native.Isa, native.BlasCore, native.BlasVersion, NativeCompiler.Name(), SetVariables.OfBench());

    private static string ProcessorName()
    {
        const string Path = "/proc/cpuinfo";
        var lines = File.Exists(Path) ? File.ReadLines(Path) : [];
        var line = lines.FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
