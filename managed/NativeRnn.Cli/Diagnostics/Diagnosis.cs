using System.Reflection;
using System.Runtime.InteropServices;
using NativeRnn.Backends;
using NativeRnn.Backends.Native;
using NativeRnn.Machine;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>All that <c>nativernn doctor</c> finds out, before it is judged.</summary>
internal sealed record Diagnosis
{
    /// <summary>The version of this program.</summary>
    public required string Version { get; init; }

    /// <summary>What the process may use of the machine.</summary>
    public required MachineInfo Machine { get; init; }

    /// <summary>Where the native library was looked for; the last place has no problem if it was found.</summary>
    public required IReadOnlyList<LibraryAttempt> Attempts { get; init; }

    /// <summary>What the library found, with the instruction set and the threads that a command would get; null if it cannot be used.</summary>
    public NativeInfo? Native { get; init; }

    /// <summary>Why a command would not get the native backend; empty if it would.</summary>
    public required string Error { get; init; }

    /// <summary>Variables of ours and of BLAS libraries that are set, by name.</summary>
    public required IReadOnlyList<(string Name, string Value)> Variables { get; init; }

    /// <summary>One comparison with the managed backend per instruction set.</summary>
    public required IReadOnlyList<SelfTestResult> SelfTest { get; init; }

    /// <summary>Whether the library was found and speaks our ABI.</summary>
    public bool Loads => Attempts is [.., { Problem: LibraryProblem.None }];

    /// <summary>Looks at everything. Takes a second or two.</summary>
    public static Diagnosis Make()
    {
        var (native, error) = Describe(new BackendOptions());
        // A wrong variable hides what the library has to say; plain C on one thread is always there.
        native ??= Describe(new BackendOptions { Isa = "scalar", Threads = 1 }).Native;
        return new Diagnosis
        {
            Version = typeof(Diagnosis).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            Machine = MachineInfo.Read(),
            Attempts = NativeLibraryFinder.Attempts,
            Native = native,
            Error = error,
            Variables = SetVariables.All(),
            SelfTest = native is null ? [] : Diagnostics.SelfTest.Run(native.Isas),
        };
    }

    /// <summary>The system's name, e.g. "Debian GNU/Linux 12 (bookworm), X64".</summary>
    public static string System => $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}";

    private static (NativeInfo? Native, string Error) Describe(BackendOptions options)
    {
        try
        {
            using var backend = new NativeBackend(options);
            return (backend.Info, "");
        }
        catch (BackendException e)
        {
            return (null, e.Message);
        }
    }
}
