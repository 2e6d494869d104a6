using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>Every mistake that a user can make ends in one line that names it, exit code 2, and nothing written. A class per kind of input.</summary>
public abstract class BadInputTests(BadFiles files) : IClassFixture<BadFiles>
{
    protected BadFiles Files => files;

    /// <summary>
    /// Runs "COMMAND => what must stand in the message". In the command, {f} is the folder of the files, {e} is empty; {t} stands for
    /// "train {f}/recipe.json --data {f}/text.txt --out {f}/out", {w} for the same with words.json and the folder as data, {r} for {t} with
    /// "--out {f}/run --resume".
    /// </summary>
    protected void Refuses(string bad)
    {
        ArgumentNullException.ThrowIfNull(bad);
        var (command, expected) = bad.Split(" => ") is [var left, var right] ? (left, right) : throw new ArgumentException(bad, nameof(bad));
        var arguments = command
            .Replace("{t}", "train {f}/recipe.json --data {f}/text.txt --out {f}/out", StringComparison.Ordinal)
            .Replace("{w}", "train {f}/words.json --data {f} --out {f}/out", StringComparison.Ordinal)
            .Replace("{r}", "train {f}/recipe.json --data {f}/text.txt --out {f}/run --resume", StringComparison.Ordinal)
            .Split(' ')
            .Select(argument => InFolder(argument).Replace("{e}", "", StringComparison.Ordinal));
        AssertMistake(() => HostProcess.Run(["run", .. arguments]), InFolder(expected));
    }

    /// <summary>The same of a line of bash in which <c>nativernn</c> is the command.</summary>
    protected void RefusesInShell(string line, string expected) => AssertMistake(() => HostProcess.Shell(InFolder(line)), InFolder(expected));

    /// <summary>What ends so must leave all files as they were.</summary>
    protected void AssertMistake(Func<HostProcess.Result> run, string expected)
    {
        ArgumentNullException.ThrowIfNull(run);
        var before = files.Snapshot();
        var result = run();
        var what = $"exit code {result.ExitCode}: {result.Errors}{result.Output}";
        Assert.True(result.ExitCode == 2, what);
        Assert.True(result.Output.Length == 0, what);
        Assert.True(result.Errors.StartsWith("nativernn: ", StringComparison.Ordinal), what);
        Assert.True(result.Errors.TrimEnd('\n').Split('\n').Length == 1, what);
        Assert.True(result.Errors.Contains(expected, StringComparison.Ordinal), what);
        Assert.Equal(before, files.Snapshot());
    }

    private string InFolder(string text) => text.Replace("{f}", files.Folder, StringComparison.Ordinal);
}
