using System.CommandLine;
using System.CommandLine.Help;
using NativeRnn.Cli.Commands;
using NativeRnn.Cli.Display;

namespace NativeRnn.Cli;

/// <summary>
/// The command <c>nativernn</c>. Exit codes: 0 done, 1 a check failed, 2 a mistake in what was asked or given (one line on standard
/// error), 129, 130 and 143 stopped by a closed terminal, Ctrl-C and SIGTERM.
/// </summary>
internal static class CommandLine
{
    private const int Mistake = 2;

    /// <summary>Parses and runs; never throws for a user's mistake.</summary>
    public static int Run(string[] args)
    {
        StandardOutput.Install();
        // No RootCommand: it takes its name from the assembly.
        var root = new Command("nativernn", "Trains recurrent networks by back-propagation through time on CPUs.")
        {
            new HelpOption(), new VersionOption(),
            DemoCommand.Create(), TrainCommand.Create(), EvalCommand.Create(), GenerateCommand.Create(),
            InfoCommand.Create(), VerifyCommand.Create(), BenchCommand.Create(), DoctorCommand.Create(),
        };
        // A text may begin with @: it names no file of further arguments.
        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (UsageError.Find(result, args) is { } mistake)
            return Fail(mistake);
        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception e) when (e is NativeRnnException or CommandException)
        {
            return Fail(e.Message);
        }
        catch (FileNotFoundException) when (IsCurrentFolderGone())
        {
            return Fail("the current folder was deleted, so no path leads anywhere; change to another folder");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"reading or writing failed: {e.Message}");
        }
        catch (OutOfMemoryException)
        {
            return Fail("the memory is used up; use a smaller text, model, batch or bptt");
        }
        catch (Exception e)
        {
            return Fail($"unexpected error, please report it: {e.GetType().Name}: {e.Message}");
        }
    }

    private static bool IsCurrentFolderGone()
    {
        try
        {
            return !Directory.Exists(Directory.GetCurrentDirectory());
        }
        catch (FileNotFoundException)
        {
            return true;
        }
    }

    private static int Fail(string message)
    {
        try
        {
            Console.Error.WriteLine("nativernn: " + message.ReplaceLineEndings(" ").Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // the latter where standard error is closed
        {
            // Nobody listens; the exit code still tells.
        }
        return Mistake;
    }
}
