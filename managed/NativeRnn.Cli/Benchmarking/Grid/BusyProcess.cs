using System.Diagnostics;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>A process that keeps one processor busy until it is disposed: this program again, under a hidden command.</summary>
internal sealed class BusyProcess : IDisposable
{
    /// <summary>The name of the hidden command <c>bench busy</c>.</summary>
    public const string Command = "busy";

    private readonly Process _process;

    /// <summary>Starts it and waits until it is busy.</summary>
    public BusyProcess()
    {
        var start = TrainingMemory.OwnProgram();
        start.ArgumentList.Add("bench");
        start.ArgumentList.Add(Command);
        start.RedirectStandardInput = true;
        _process = Process.Start(start)!;
        if (_process.StandardOutput.ReadLine() is null)
            throw new CommandException("the process that should keep a processor busy ended");
    }

    /// <summary>What the process does: it spins until its input ends.</summary>
    public static void Spin(TextReader input, TextWriter output)
    {
        var end = Task.Run(input.ReadToEnd);
        output.WriteLine("busy");
        while (!end.IsCompleted)
        {
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
