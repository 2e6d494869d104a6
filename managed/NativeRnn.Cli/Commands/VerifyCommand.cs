using System.CommandLine;
using NativeRnn.Cli.Verification;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn verify PATH…</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH") { Description = "Reference vectors: safetensors files or folders of them.", Arity = ArgumentArity.ZeroOrMore };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("verify", "Compares a backend with reference vectors; exit code 0 only when all passed.") { paths, json };
        var backend = new BackendSettings(command);
        paths.Validators.Add(Validate.NotEmpty);
        paths.Validators.Add(Validate.Exists);
        command.SetAction(result =>
        {
            var named = result.GetValue(paths) ?? [];
            if (named.Length == 0 && !Path.Exists(VerificationRunner.DefaultPath))
                throw new CommandException($"there is no {VerificationRunner.DefaultPath} here; name files or folders of reference vectors");
            return VerificationRunner.Run(named, backend.Options(result), result.GetValue(json), Console.Out);
        });
        return command;
    }
}
