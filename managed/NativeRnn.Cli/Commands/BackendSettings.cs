using System.CommandLine;
using NativeRnn.Backends;

namespace NativeRnn.Cli.Commands;

/// <summary>The options that choose a backend, the same for every command that computes.</summary>
internal sealed class BackendSettings
{
    private readonly Option<string> _backend = new("--backend")
    {
        HelpName = "NAME",
        Description = $"What computes: {string.Join(", ", Backend.Names)}.",
        DefaultValueFactory = _ => "native",
    };
    private readonly Option<string?> _isa = new("--isa") { HelpName = "NAME", Description = "Instruction set of the native backend, e.g. avx2 or scalar; default: the best there is." };
    private readonly Option<int> _threads = new("--threads") { HelpName = "N", Description = "Threads of the native backend; 0 for as many as the process may use." };

    /// <summary>Adds the options to a command.</summary>
    public BackendSettings(Command command)
    {
        _threads.Validators.Add(result => Validate.Between(result, 0, BackendOptions.MostThreads));
        command.Add(_backend);
        command.Add(_isa);
        command.Add(_threads);
    }

    /// <summary>What was chosen.</summary>
    public BackendOptions Options(ParseResult result) =>
        new() { Name = result.GetValue(_backend)!, Isa = result.GetValue(_isa), Threads = result.GetValue(_threads) };

    /// <summary>Creates the backend that was chosen.</summary>
    public IBackend Create(ParseResult result) => Backend.Create(Options(result));
}
