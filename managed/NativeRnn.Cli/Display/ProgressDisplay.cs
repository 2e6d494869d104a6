using NativeRnn.Training;
using Spectre.Console;

namespace NativeRnn.Cli.Display;

/// <summary>Shows how training goes: a live bar on a terminal, plain lines in a pipe.</summary>
internal abstract class ProgressDisplay : IDisposable
{
    /// <summary>The display that fits standard output, told of every report until it is disposed.</summary>
    public static ProgressDisplay For(Trainer trainer)
    {
        ProgressDisplay display = Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive || !AnsiConsole.Profile.Capabilities.Ansi
            ? new PlainProgress()
            : new TerminalProgress(trainer);
        trainer.Reported += report => display.Show(report);
        return display;
    }

    /// <summary>Shows a report.</summary>
    public abstract void Show(in TrainingReport report);

    /// <summary>Prints a line.</summary>
    public abstract void Say(string line);

    /// <summary>Leaves the terminal as it was.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}
