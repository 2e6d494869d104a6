using System.Globalization;
using System.Runtime.InteropServices;
using NativeRnn.Backends.Native;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>A diagnosis as aligned plain lines.</summary>
internal static class DiagnosisText
{
    public static void Write(Diagnosis diagnosis, IReadOnlyList<Advice> advice, TextWriter output)
    {
        void Line(string name, string text) => output.WriteLine($"{name,-17}{text}");
        Line("nativernn", diagnosis.Version);
        Line(".NET", RuntimeInformation.FrameworkDescription);
        Line("system", Diagnosis.System);
        foreach (var (name, text) in Library(diagnosis).Concat(Machine(diagnosis)).Concat(SelfTests(diagnosis)))
            Line(name, text);
        foreach (var (name, value) in diagnosis.Variables)
            Line("variable", $"{name}={OneLine.Clean(value)}");
        foreach (var line in advice)
            Line(line.Wrong ? "WRONG" : "note", line.Text);
        var wrong = advice.Count(line => line.Wrong);
        Line("result", wrong == 0 ? "all is well" : $"{wrong} {(wrong == 1 ? "thing is" : "things are")} wrong");
    }

    private static IEnumerable<(string, string)> Library(Diagnosis diagnosis)
    {
        foreach (var attempt in diagnosis.Attempts.Where(attempt => attempt.Problem != LibraryProblem.None))
            yield return ("tried", $"{OneLine.Clean(attempt.Path)}: {OneLine.Clean(attempt.Detail)}");
        yield return ("library", diagnosis.Loads ? OneLine.Clean(diagnosis.Attempts[^1].Path) : "none");
        if (diagnosis.Native is not { } native)
            yield break;
        yield return ("ABI", native.AbiVersion.ToString(CultureInfo.InvariantCulture));
        yield return ("OpenBLAS", native.BlasVersion);
        yield return ("core type", native.BlasCore);
        yield return ("instruction sets", string.Join(", ", native.Isas));
        if (diagnosis.Error.Length > 0)
            yield break;
        yield return ("chosen", $"{native.Isa}, {native.Lanes} {(native.Lanes == 1 ? "float" : "floats")} at a time");
        yield return ("threads", native.Threads.ToString(CultureInfo.InvariantCulture));
    }

    private static IEnumerable<(string, string)> Machine(Diagnosis diagnosis)
    {
        var machine = diagnosis.Machine;
        yield return ("processors", machine.Processors.ToString(CultureInfo.InvariantCulture));
        yield return ("affinity", machine.Affinity.Length == 0 ? "unknown" : $"{machine.Affinity} ({machine.AllowedProcessors} of {machine.Processors})");
        yield return ("quota", machine.CpuQuota is { } quota ? string.Create(CultureInfo.InvariantCulture, $"{quota:0.##} processors") : "none");
        yield return ("memory", $"{Size.Of(machine.MemoryBytes)}, {Size.Of(machine.AvailableMemoryBytes)} available");
        yield return ("memory limit", machine.ContainerLimitBytes is { } limit ? Size.Of(limit) : "none");
    }

    private static IEnumerable<(string, string)> SelfTests(Diagnosis diagnosis)
    {
        if (diagnosis.SelfTest.Count == 0)
            yield return ("self-test", "not run: there is no native backend to compare");
        foreach (var result in diagnosis.SelfTest)
        {
            yield return ("self-test", string.Create(CultureInfo.InvariantCulture,
                $"{result.Isa,-8} {(result.Passed ? "passed" : "FAILED")}: {result.Arrays} arrays, largest error {result.LargestError:0.0e+0} ({result.Where}), allowed {SelfTest.Tolerance:0e+0}"));
        }
    }
}
