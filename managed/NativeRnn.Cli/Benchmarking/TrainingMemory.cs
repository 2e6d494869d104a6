using System.Diagnostics;
using System.Globalization;
using NativeRnn.Backends;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>
/// Peak memory of training. A process remembers only the highest that it ever was, so each backend trains in one of its own: this
/// program again, under the hidden command <c>bench memory</c>. The peak is that of the whole process, .NET and the text included.
/// </summary>
internal static class TrainingMemory
{
    /// <summary>The name of the hidden command.</summary>
    public const string Command = "memory";

    /// <summary>Bytes that a process which trains on this backend holds at its peak.</summary>
    /// <param name="options">Which backend.</param>
    /// <param name="steps">Steps to train.</param>
    /// <param name="recipe">The recipe and its data; null for <see cref="TrainingCase.Generated"/>.</param>
    /// <exception cref="CommandException">The process did not tell.</exception>
    public static long Measure(BackendOptions options, int steps, (string Name, string Data)? recipe = null)
    {
        var start = OwnProgram();
        string[] isa = options.Isa is null ? [] : ["--isa", options.Isa];
        string[] what = recipe is null ? [] : ["--recipe", recipe.Value.Name, "--data", recipe.Value.Data];
        string[] how = ["--backend", options.Name, "--threads", $"{options.Threads}", "--steps", $"{steps}", .. isa];
        foreach (var argument in (string[])["bench", Command, .. how, .. what])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && long.TryParse(output, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : throw new CommandException(
                $"the process that measures the memory of {options.Name} ended with code {process.ExitCode}: {OneLine.Clean(errors.Result)}");
    }

    /// <summary>Trains in this process and prints the bytes of its peak.</summary>
    public static void Print(BackendOptions options, int steps, TrainingCase training, TextWriter output)
    {
        using var backend = Backend.Create(options);
        using (var work = new TrainingWork(backend, training))
            work.Run(seconds: 0, steps);
        using var process = Process.GetCurrentProcess();
        output.WriteLine(process.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>This program again. Under <c>dotnet</c> it is an argument; otherwise it is the process.</summary>
    public static ProcessStartInfo OwnProgram()
    {
        var host = Environment.ProcessPath
            ?? throw new CommandException("the path of this program is unknown, so it cannot be started again to measure");
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "NativeRnn.Cli.dll"));
        return start;
    }
}
