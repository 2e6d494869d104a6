using System.CommandLine;
using NativeRnn.Cli.Diagnostics;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn doctor [--json]</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command("doctor", "Shows what this machine gives to training, tests the native library, and says how to mend what is wrong; exit code 0 only when nothing is.") { json };
        command.SetAction(result =>
        {
            var diagnosis = Diagnosis.Make();
            var advice = Adviser.Of(diagnosis);
            if (result.GetValue(json))
                Console.WriteLine(DiagnosisJson.Write(diagnosis, advice));
            else
                DiagnosisText.Write(diagnosis, advice, Console.Out);
            return advice.Any(line => line.Wrong) ? 1 : 0;
        });
        return command;
    }
}
