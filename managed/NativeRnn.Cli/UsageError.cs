using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Cli;

/// <summary>
/// What is wrong with how a command was called, in one line. The parser takes an unknown option for an argument and then complains of what
/// follows from that; here the unknown word alone is named, with what may have been meant.
/// </summary>
internal static class UsageError
{
    /// <summary>The line, or null where nothing is wrong.</summary>
    /// <param name="result">What the parser made of the arguments.</param>
    /// <param name="arguments">The arguments.</param>
    public static string? Find(ParseResult result, string[] arguments)
    {
        var inBrackets = arguments is [['[', ..], ..]; // the parser would pass over it
        var command = inBrackets ? result.RootCommandResult : result.CommandResult;
        if (result.Action is HelpAction && !inBrackets)
            return null;
        var unknown = inBrackets ? arguments[0] : command.Command.Action is null && result.UnmatchedTokens is [var first, ..] ? first : null;
        var line = unknown is not (null or ['-', ..]) ? UnknownCommand(command.Command, unknown)
            : UnknownOption(command, arguments, result.UnmatchedTokens)
                ?? Values(command, arguments)
                ?? (result.UnmatchedTokens is [var word, ..] ? TooMany(command, word) : null)
                ?? (result.Errors.Count == 0 ? null : command.Command.Action is null ? $"no command is given; {Commands(command.Command)}."
                    : string.Join(" ", result.Errors.Select(error => Plain(error.Message))));
        return line is null ? null : $"{line} See {Help(command)}.";
    }

    /// <summary>A word with a dash in front that is no option of the command; behind <c>--</c> it may be the name of a file.</summary>
    private static string? UnknownOption(CommandResult command, string[] arguments, IEnumerable<string> unmatched)
    {
        var taken = command.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);
        var before = arguments.TakeWhile(argument => argument != "--").ToHashSet();
        if (taken.Concat(unmatched).FirstOrDefault(word => word.Length > 1 && word[0] == '-' && before.Contains(word)) is not { } found)
            return null;
        var name = found.Split('=', ':')[0];
        var guess = command.Command.Options.Any(option => option.Name == name) ? $"; it stands behind the command: {Path(command)} {name}."
            : EditDistance.Nearest(Bare(name), Options(command), option => Bare(option.Name)) is { } near ? $"; did you mean {near.Name}?"
            : Field(command, name) is { } field ? $"; did you mean --set {field.Path}=VALUE?"
            : ".";
        return $"{OneLine.Quote(name)} is no option of {Path(command)}{guess}";
    }

    private static string TooMany(CommandResult command, string word)
    {
        var takes = string.Join(", ", command.Command.Arguments.Select(argument => argument.Name).DefaultIfEmpty("nothing"));
        return $"{OneLine.Quote(word)} is one word too many; beside options {Path(command)} takes {takes}.";
    }

    private static string UnknownCommand(Command root, string word)
    {
        var known = root.Subcommands.Where(command => !command.Hidden).Concat<Symbol>(root.Options);
        var near = EditDistance.Nearest(Bare(word), known, symbol => Bare(symbol.Name));
        return $"{OneLine.Quote(word)} is no command; {(near is null ? $"{Commands(root)}." : $"did you mean {near.Name}?")}";
    }

    private static string Commands(Command root) => $"expected one of {string.Join(", ", root.Subcommands.Select(command => command.Name))}";

    /// <summary>An option that took another one for its value, or that is given twice.</summary>
    private static string? Values(CommandResult command, string[] arguments)
    {
        foreach (var result in command.Children.OfType<OptionResult>().Where(result => !result.Implicit))
        {
            var (name, values) = (result.Option.Name, result.Tokens.Select(token => token.Value).ToArray());
            foreach (var other in Options(command).Where(other => values.Contains(other.Name)))
            {
                // Not where it is attached: --prime=--length.
                if (arguments.Count(argument => argument == other.Name) > (command.GetResult(other)?.IdentifierTokenCount ?? 0))
                    return $"{name} has no value, {other.Name} follows; give one, or write {name}={other.Name} if that is meant.";
            }
            if (result.IdentifierTokenCount > 1 && result.Option.Arity.MaximumNumberOfValues <= 1)
                return $"{name} is given twice{(values.Length > 1 ? $", as {OneLine.Quote(values[0])} and as {OneLine.Quote(values[1])}" : "")}; leave one out.";
        }
        return null;
    }

    /// <summary>The parser names .NET types where a user expects to read what to type.</summary>
    private static string Plain(string message)
    {
        const string Type = " as expected type '";
        var at = message.IndexOf(Type, StringComparison.Ordinal);
        if (at < 0)
            return message;
        var expected = message.Contains("Double", StringComparison.Ordinal) ? "a number" : message.Contains("UInt", StringComparison.Ordinal)
            ? "a whole number of at least 0" : "a whole number";
        return $"{message[..at]}; expected {expected}, not too large.";
    }

    /// <summary>The field of a recipe that an option of <c>train</c> is called after, such as --epochs.</summary>
    private static RecipeField? Field(CommandResult command, string option) => command.Command.Options.Any(known => known.Name == "--set")
        ? RecipeFields.All.FirstOrDefault(field => field.Path.Split('.')[^1] == Bare(option).Replace('-', '_'))
        : null;

    /// <summary>The options of a command and of those above it.</summary>
    private static IEnumerable<Option> Options(CommandResult command) => command.Command.Options
        .Concat(command.Parent is CommandResult parent ? Options(parent).Where(option => option.Recursive) : []);

    private static string Bare(string name) => name.TrimStart('-').ToLowerInvariant();

    private static string Path(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Path(parent)} {command.Command.Name}" : command.Command.Name;

    /// <summary>The nearest command that has a page of help: a hidden one has none.</summary>
    private static string Help(CommandResult command) =>
        command is { Command.Hidden: true, Parent: CommandResult parent } ? Help(parent) : $"{Path(command)} --help";
}
