using System.CommandLine;
using System.CommandLine.Parsing;
using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking;
using NativeRnn.Cli.Benchmarking.Grid;
using NativeRnn.Cli.Benchmarking.Peers;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Commands;

/// <summary>The options of <c>nativernn bench</c> that go with <c>--grid</c>.</summary>
internal sealed class GridOptions
{
    private readonly Option<bool> _grid = new("--grid") { Description = "Measure many shapes and cells on one and two threads instead, with a verdict per line of what must be reached." };
    private readonly Option<bool> _peers = new("--peers") { Description = "With --grid: beside oneDNN, PyTorch and ONNX Runtime, as far as they are installed." };
    private readonly Option<string?> _cells = new("--cells") { HelpName = "LIST", Description = $"With --grid: only these, with commas between: {Names}." };
    private readonly Option<string?> _shapes = new("--shapes") { HelpName = "LIST", Description = $"With --grid: other layers for forward and backward: {LayerSize.Expected}." };
    private readonly Option<string> _dataChar = new("--data-char") { HelpName = "FILE", Description = "With --grid: the text of char-lm.", DefaultValueFactory = _ => "../shared/data/tinyshakespeare/input.txt.gz" };
    private readonly Option<string> _dataPtb = new("--data-ptb") { HelpName = "PATH", Description = "With --grid: the data of ptb-small.", DefaultValueFactory = _ => "../shared/data/ptb" };

    /// <summary>Adds the options to a command.</summary>
    public GridOptions(Command command)
    {
        _cells.Validators.Add(Require(text => Cells(text) is not null, $"cells with commas between: {Names}"));
        _shapes.Validators.Add(Require(text => LayerSize.Parse(text) is not null, LayerSize.Expected));
        foreach (var option in (Option[])[_peers, _cells, _shapes, _dataChar, _dataPtb])
            option.Validators.Add(RequireGrid);
        _dataChar.Validators.Add(Validate.NotEmpty);
        _dataPtb.Validators.Add(Validate.NotEmpty);
        foreach (var option in (Option[])[_grid, _peers, _cells, _shapes, _dataChar, _dataPtb])
            command.Add(option);
    }

    private static string Names => string.Join(", ", PeerCheck.Cells.Select(cell => CellInfo.Of(cell).Name));

    /// <summary>The option that asks for the grid.</summary>
    public Option Grid => _grid;

    /// <summary>Whether the grid is asked for.</summary>
    public bool Asked(ParseResult result) => result.GetValue(_grid);

    /// <summary>What was chosen, where <paramref name="settings"/> are the defaults.</summary>
    public GridSettings Settings(ParseResult result, GridSettings settings) => settings with
    {
        Peers = result.GetValue(_peers),
        Cells = result.GetValue(_cells) is { } cells ? Cells(cells)! : settings.Cells,
        Sizes = result.GetValue(_shapes) is { } shapes ? LayerSize.Parse(shapes)! : settings.Sizes,
        Recipes = [.. Requirements.RecipeNames.Select(name => (name, result.GetValue(DataOf(name))!))],
    };

    /// <summary>Throws where data that was named cannot be trained on; where it was not named, its recipe is passed over.</summary>
    /// <exception cref="DataException">It cannot.</exception>
    public void RequireData(ParseResult result)
    {
        foreach (var name in Requirements.RecipeNames.Where(name => result.GetResult(DataOf(name)) is { Implicit: false }))
            TrainingCase.Load(name, result.GetValue(DataOf(name))!);
    }

    private Option<string> DataOf(string recipe) => recipe == Requirements.MemoryRecipe ? _dataPtb : _dataChar;

    /// <summary>The cells of a list; null when one of them is none.</summary>
    private static IReadOnlyList<CellKind>? Cells(string list)
    {
        var names = list.Split(',', StringSplitOptions.TrimEntries);
        return names.All(name => PeerCheck.Cells.Any(cell => CellInfo.Of(cell).Name == name))
            ? [.. PeerCheck.Cells.Where(cell => names.Contains(CellInfo.Of(cell).Name))]
            : null;
    }

    private static Action<OptionResult> Require(Func<string, bool> holds, string expected) => option =>
    {
        if (option.Tokens.Count == 1 && !holds(option.Tokens[0].Value))
            option.AddError($"{option.Option.Name} is {OneLine.Quote(option.Tokens[0].Value)}; expected {expected}.");
    };

    private void RequireGrid(OptionResult option)
    {
        if (!option.Implicit && option.GetResult(_grid) is null or { Implicit: true })
            option.AddError($"{option.Option.Name} goes with --grid only.");
    }
}
