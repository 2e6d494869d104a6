using System.Globalization;
using NativeRnn.Cli;
using NativeRnn.Machine;
using NativeRnn.Serialization;
using NativeRnn.TestHost;

// nativernn in a process that may be killed or counted. `kill` and `allocations` are the long checks of CONTRIBUTING.md; `run` is what
// they start: the command line itself, which ends by SIGKILL when the n-th step of a file's replacement is done, or finds the memory of
// the machine that a folder stands for.
switch (args)
{
    case ["kill", .. var options]:
        return KillCheck.Run(Option(options, "--moments", 50), Option(options, "--seed", 1), Console.Out) == 0 ? 0 : 1;
    case ["allocations"]:
        return AllocationCheck.Run(Console.Out) ? 0 : 1;
    case ["run", "--die-after", var stage, var count, .. var command]:
        var left = int.Parse(count, CultureInfo.InvariantCulture);
        AtomicFile.Completed = (done, _) =>
        {
            if (done == stage && --left == 0)
                System.Diagnostics.Process.GetCurrentProcess().Kill();
        };
        return CommandLine.Run(command);
    case ["run", "--machine", var root, .. var command]:
        MemoryCheck.Root = root;
        return CommandLine.Run(command);
    case ["run", .. var command]:
        return CommandLine.Run(command);
    default:
        Console.Error.WriteLine("usage: kill [--moments N] [--seed N] | allocations | run [--die-after STAGE COUNT | --machine FOLDER] COMMAND…");
        return 2;
}

static int Option(string[] options, string name, int fallback)
{
    var at = Array.IndexOf(options, name);
    return at < 0 ? fallback : int.Parse(options[at + 1], CultureInfo.InvariantCulture);
}
