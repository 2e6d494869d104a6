using System.Globalization;
using NativeRnn.Backends.Native;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>Judges a diagnosis: each rule looks at one thing and says what is wrong with it, and how to mend it.</summary>
internal static class Adviser
{
    private const long LittleMemory = 1L << 29;

    private static readonly string[] OwnVariables =
        [NativeLibraryFinder.Variable, NativeContext.IsaVariable, NativeContext.ThreadsVariable];

    private static readonly Func<Diagnosis, IEnumerable<Advice>>[] Rules =
        [Library, Settings, SelfTests, InstructionSets, OwnVariable, BlasVariables, Processors, Memory];

    /// <summary>What is wrong comes before what is good to know.</summary>
    public static IReadOnlyList<Advice> Of(Diagnosis diagnosis) =>
        [.. Rules.SelectMany(rule => rule(diagnosis)).OrderByDescending(advice => advice.Wrong)];

    private static IEnumerable<Advice> Library(Diagnosis diagnosis)
    {
        if (diagnosis.Loads)
            yield break;
        var named = diagnosis.Variables.Any(variable => variable.Name == NativeLibraryFinder.Variable && variable.Value.Length > 0);
        var telling = diagnosis.Attempts.FirstOrDefault(attempt => attempt.Problem != LibraryProblem.Missing);
        yield return Wrong($"the native library does not load: {(named && telling is null ? $"{Shown(diagnosis.Attempts[0])}; correct or unset {NativeLibraryFinder.Variable}" : Mend(telling))}");
        if (named)
            yield return Wrong($"{NativeLibraryFinder.Variable} leaves no other place than the file it names; unset it to search beside the program");
        yield return Note("--backend managed works without the library, on one thread and slower");
    }

    private static string Mend(LibraryAttempt? attempt) => attempt?.Problem switch
    {
        LibraryProblem.Unreadable => $"{Shown(attempt)}; name a file that this user may read",
        LibraryProblem.WrongArchitecture => $"{Shown(attempt)}; install the one for {NativeLibraryFinder.RuntimeIdentifier}",
        LibraryProblem.Damaged => $"{Shown(attempt)}; install it again, or build it again with build.sh",
        LibraryProblem.Refused => $"{Shown(attempt)}; install what it needs with the system's packages, or build it on this machine with build.sh",
        LibraryProblem.NotOurs => $"{Shown(attempt)}; name the file {NativeLibraryFinder.FileName} of NativeRnn",
        LibraryProblem.OtherVersion => $"{Shown(attempt)}; library and program must be of one version, so install or build both again",
        _ => $"it is nowhere; build it with build.sh, or name its file in {NativeLibraryFinder.Variable}"
            + (NativeLibraryFinder.RuntimeIdentifier == "linux-x64" ? "" : $" (there is none for {NativeLibraryFinder.RuntimeIdentifier} yet)"),
    };

    private static string Shown(LibraryAttempt attempt) => $"{OneLine.Clean(attempt.Path)}: {OneLine.Clean(attempt.Detail)}";

    /// <summary>The library loads, and yet no command would get the backend: an instruction set or a number of threads that cannot be.</summary>
    private static IEnumerable<Advice> Settings(Diagnosis diagnosis)
    {
        if (diagnosis.Loads && diagnosis.Error.Length > 0)
            yield return Wrong($"{diagnosis.Error}; change or unset the variable");
    }

    private static IEnumerable<Advice> SelfTests(Diagnosis diagnosis) =>
        diagnosis.SelfTest.Where(result => !result.Passed).Select(result => Wrong(
            $"the self-test failed on {result.Isa}: {result.Failure}; do not train with it, use --backend managed or another --isa, and report this output"));

    private static IEnumerable<Advice> InstructionSets(Diagnosis diagnosis)
    {
        if (diagnosis is { Native: { } native, Error.Length: 0 } && native.Isa != native.Isas[0])
            yield return Note($"{native.Isa} is chosen where {native.Isas[0]} is faster; unset {NativeContext.IsaVariable} for the best");
        else if (diagnosis.Native is { Isas: ["scalar"] })
            yield return Note("this machine has no instruction set that the library has kernels for; training is many times slower than with AVX2 and FMA");
    }

    private static IEnumerable<Advice> OwnVariable(Diagnosis diagnosis)
    {
        foreach (var (name, value) in diagnosis.Variables.Where(variable => variable.Name.StartsWith(SetVariables.OwnPrefix, StringComparison.Ordinal)))
        {
            if (!OwnVariables.Contains(name))
                yield return Note($"{name} is no variable of NativeRnn; did you mean {OwnVariables.MinBy(own => EditDistance.Between(name, own))}?");
            else if (value.Length > 0)
                yield return Note($"{name} is set to {OneLine.Quote(value)} and holds for every command");
        }
    }

    private static IEnumerable<Advice> BlasVariables(Diagnosis diagnosis)
    {
        foreach (var (name, value) in diagnosis.Variables.Where(variable => !variable.Name.StartsWith(SetVariables.OwnPrefix, StringComparison.Ordinal)))
        {
            yield return Note(name.StartsWith(SetVariables.OpenBlasPrefix, StringComparison.Ordinal) && !name.Contains("THREADS", StringComparison.Ordinal)
                ? $"{name} is set to {OneLine.Quote(value)} and reaches the OpenBLAS of the native backend: bits and speed may be others than without it"
                : $"{name} is set and has no effect on the native backend; the number of threads is --threads or {NativeContext.ThreadsVariable}");
        }
    }

    private static IEnumerable<Advice> Processors(Diagnosis diagnosis)
    {
        var machine = diagnosis.Machine;
        if (machine.AllowedProcessors < machine.Processors)
            yield return Note($"affinity leaves {machine.AllowedProcessors} of {machine.Processors} processors; see taskset, or the container's cpuset");
        if (machine.CpuQuota < machine.AllowedProcessors)
        {
            yield return Note(string.Create(CultureInfo.InvariantCulture,
                $"the container's quota pays for {machine.CpuQuota:0.##} of {machine.AllowedProcessors} processors; {machine.UsableProcessors} threads are used, raise the quota for more"));
        }
        if (diagnosis is { Native: { } native, Error.Length: 0 } && native.Threads > machine.UsableProcessors)
        {
            yield return Note($"{native.Threads} threads share {machine.UsableProcessors} processors and wait for each other; "
                + $"unset {NativeContext.ThreadsVariable}, or set it to {machine.UsableProcessors} or less");
        }
    }

    private static IEnumerable<Advice> Memory(Diagnosis diagnosis)
    {
        var machine = diagnosis.Machine;
        if (machine.AddressSpaceLimitBytes is { } addresses)
            yield return Note($"ulimit -v allows {Size.Of(addresses)} of addresses, of which .NET reserves most for its heap; lift it, or set DOTNET_GCHeapHardLimit=0x40000000 to leave more");
        if (machine.AvailableMemoryBytes >= LittleMemory || machine.MemoryLimitBytes == 0)
            yield break;
        yield return Note($"{Size.Of(machine.AvailableMemoryBytes)} of memory are left of {Size.Of(machine.MemoryLimitBytes)}"
            + (machine.ContainerLimitBytes is null ? "" : ", the container's limit")
            + "; a run that needs more is killed without a message, so raise the limit or train a smaller model or batch");
    }

    private static Advice Wrong(string text) => new(true, text);

    private static Advice Note(string text) => new(false, text);
}
