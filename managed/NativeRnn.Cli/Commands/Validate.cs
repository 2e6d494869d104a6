using System.CommandLine.Parsing;
using System.Globalization;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Commands;

/// <summary>Ranges of option values. A value that does not parse at all is reported by the parser.</summary>
internal static class Validate
{
    /// <summary>The value is not empty.</summary>
    public static void NotEmpty(SymbolResult symbol)
    {
        var name = symbol is OptionResult option ? option.Option.Name : ((ArgumentResult)symbol).Argument.Name;
        if (symbol.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            symbol.AddError($"{name} is empty; expected a path.");
    }

    /// <summary>There is a file or folder of each name.</summary>
    public static void Exists(SymbolResult symbol)
    {
        foreach (var token in symbol.Tokens.Where(token => token.Value.Length > 0 && !Path.Exists(token.Value)))
            symbol.AddError($"{OneLine.Clean(token.Value)}: {(FileKind.IsDenied(token.Value) ? "permission denied" : "no such file or folder")}; name what may be read.");
    }

    /// <summary>The value is a whole number of at least <paramref name="low"/>.</summary>
    public static void AtLeast(OptionResult option, long low)
    {
        if (option.Tokens.Count == 1 && long.TryParse(option.Tokens[0].Value, out var value) && value < low)
            option.AddError($"{option.Option.Name} is {value}; expected at least {low}.");
    }

    /// <summary>The value is a whole number from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static void Between(OptionResult option, long low, long high)
    {
        if (option.Tokens.Count == 1 && long.TryParse(option.Tokens[0].Value, out var value) && (value < low || value > high))
            option.AddError($"{option.Option.Name} is {value}; expected {low} to {high}.");
    }

    /// <summary>The value is a finite number of at least <paramref name="low"/>.</summary>
    public static void AtLeast(OptionResult option, double low)
    {
        if (option.Tokens.Count != 1)
            return;
        // The parser would take a comma for a separator of thousands.
        var text = option.Tokens[0].Value;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value >= low && double.IsFinite(value)))
            option.AddError($"{option.Option.Name} is {text}; expected a finite number of at least {low}, such as 0.5.");
    }
}
