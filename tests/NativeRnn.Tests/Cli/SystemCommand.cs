using System.Diagnostics;

namespace NativeRnn.Tests.Cli;

/// <summary>A command of the system that a test cannot do without.</summary>
internal static class SystemCommand
{
    /// <summary>Runs it to its end; the test fails where it does.</summary>
    public static void Run(string name, params string[] arguments)
    {
        using var process = Process.Start(name, arguments);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{name} {string.Join(' ', arguments)} failed; a test that mounts needs the right to do so");
    }
}
