using System.Diagnostics;

namespace NativeRnn.TestHost;

/// <summary>This program as a child process.</summary>
public static class HostProcess
{
    /// <summary>What a finished child left behind.</summary>
    public sealed record Result(int ExitCode, string Output, string Errors);

    /// <summary>Starts it with these arguments; see Program.cs. The caller reads its output.</summary>
    public static Process Start(params IEnumerable<string> arguments) => Start([], arguments);

    /// <summary>Starts it with variables of the environment; the caller reads its output.</summary>
    public static Process Start((string Name, string Value)[] environment, IEnumerable<string> arguments)
    {
        // A shell starts what runs in the background with SIGINT ignored, and .NET leaves it so: tests that send it would wait for ever.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", typeof(HostProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public static Result Run(params IEnumerable<string> arguments)
    {
        using var process = Start(arguments);
        return Finish(process);
    }

    /// <summary>Runs it to its end with variables of the environment.</summary>
    public static Result Run((string Name, string Value)[] environment, params IEnumerable<string> arguments)
    {
        using var process = Start(environment, arguments);
        return Finish(process);
    }

    /// <summary>Runs a line of bash in which <c>nativernn</c> is this program's command line, for what only a shell can redirect.</summary>
    public static Result Shell(string line)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"nativernn() {{ dotnet '{typeof(HostProcess).Assembly.Location}' run \"$@\"; }}; {line}");
        using var process = Process.Start(start)!;
        return Finish(process);
    }

    /// <summary>Starts a training run that will not end by itself and waits until it has done 20 steps.</summary>
    public static Process StartLong(params IEnumerable<string> arguments)
    {
        var process = Start([.. arguments, "--set", "training.epochs=100000"]);
        while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("step 20", StringComparison.Ordinal))
        {
        }
        return process;
    }

    /// <summary>Waits for a child and collects what it printed.</summary>
    public static Result Finish(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output, errors.Result);
    }
}
