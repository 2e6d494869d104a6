using System.CommandLine;
using NativeRnn.Cli.Benchmarking;

namespace NativeRnn.Cli.Commands;

/// <summary><c>nativernn bench</c>: an LSTM layer's forward and backward pass against the machine's limit.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each kind, alternating; the median is printed.", DefaultValueFactory = _ => 7 };
        rounds.Validators.Add(option => Validate.AtLeast(option, 1L));
        var isa = new Option<string?>("--isa") { Description = "Instruction set; default: the best there is." };
        var command = new Command("bench", "Measures forward and backward of an LSTM layer on one thread and on two, beside the FMA peak of the same minute.") { rounds, isa };
        command.SetAction(result =>
        {
            Benchmark.Run(result.GetValue(rounds), result.GetValue(isa), Console.Out);
            return 0;
        });
        return command;
    }
}
