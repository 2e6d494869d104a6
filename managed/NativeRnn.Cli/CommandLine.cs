using System.CommandLine;
using NativeRnn.Cli.Commands;

namespace NativeRnn.Cli;

/// <summary>
/// The command <c>nativernn</c>. Exit codes: 0 done, 1 a check failed, 2 a mistake in what was asked or given (one line on standard
/// error), 130 and 143 stopped by Ctrl-C and SIGTERM.
/// </summary>
internal static class CommandLine
{
    private const int Mistake = 2;

    /// <summary>Parses and runs; never throws for a user's mistake.</summary>
    public static int Run(string[] args)
    {
        var root = new RootCommand("Trains recurrent networks by back-propagation through time on CPUs.")
        {
            DemoCommand.Create(), TrainCommand.Create(), EvalCommand.Create(), GenerateCommand.Create(),
            InfoCommand.Create(), VerifyCommand.Create(), BenchCommand.Create(), DoctorCommand.Create(),
        };
        var result = root.Parse(args);
        if (result.Errors.Count > 0)
            return Fail($"{string.Join(" ", result.Errors.Select(error => error.Message))} See nativernn {Named(result)}--help.");
        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (NativeRnnException e)
        {
            return Fail(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OutOfMemoryException)
        {
            return Fail(e.Message);
        }
    }

    private static string Named(ParseResult result) => result.CommandResult.Command is RootCommand ? "" : result.CommandResult.Command.Name + " ";

    private static int Fail(string message)
    {
        Console.Error.WriteLine("nativernn: " + message.ReplaceLineEndings(" ").Trim());
        return Mistake;
    }
}
