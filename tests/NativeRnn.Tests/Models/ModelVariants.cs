using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Models;

/// <summary>Everything that a recipe's model may be asked beside its sizes, as assignments, one row each; null where the cell has no such thing.</summary>
internal static class ModelVariants
{
    private static readonly Dictionary<string, Func<CellInfo, string[]?>> Rows = new()
    {
        ["plain"] = _ => [],
        ["projected"] = cell => cell.HasCellState && !cell.HasLayerNorm ? ["model.projection=5"] : null,
        ["activated and clipped"] = Activated,
        ["zoneout"] = cell => ["model.zoneout_hidden=0.25", .. cell.HasCellState ? ["model.zoneout_cell=0.5"] : Array.Empty<string>()],
        ["tied"] = _ => ["model.hidden=8", "model.tie_weights=true"],
        ["tied and projected"] = cell => cell.HasCellState && !cell.HasLayerNorm ? ["model.projection=8", "model.tie_weights=true"] : null,
    };

    /// <summary>Every variant of every cell.</summary>
    public static TheoryData<string, CellKind> All => Of("");

    /// <summary>The same on the backends that language models are checked on; the first argument is "backend: variant".</summary>
    public static TheoryData<string, CellKind> OnBackends => Of("native: ", "managed: ");

    /// <summary>Backend and variant of a row of <see cref="OnBackends"/>.</summary>
    public static (string Backend, string Variant) Split(string name) => (name.Split(": ")[0], name.Split(": ")[1]);

    /// <summary>The assignments that make a recipe's model this variant.</summary>
    public static string[] Assignments(string variant, CellKind cell) => [$"model.cell={CellInfo.Of(cell).Name}", .. Rows[variant](CellInfo.Of(cell))!];

    /// <summary>The options of the variant, of these sizes.</summary>
    public static LanguageModelOptions Ask(string variant, CellKind cell, LanguageModelOptions sizes)
    {
        var recipe = RecipeFile.Parse(Fixture.Recipe, "the fixture", Assignments(variant, cell));
        var asked = recipe.CreateModelOptions() with { Hidden = sizes.Hidden, Layers = sizes.Layers };
        return asked with { Embedding = asked.TieWeights ? asked.OutputWidth : sizes.Embedding };
    }

    private static TheoryData<string, CellKind> Of(params string[] prefixes)
    {
        var data = new TheoryData<string, CellKind>();
        foreach (var prefix in prefixes)
        {
            foreach (var cell in CellInfo.All)
            {
                foreach (var row in Rows.Where(row => row.Value(cell) is not null))
                    data.Add(prefix + row.Key, cell.Kind);
            }
        }
        return data;
    }

    private static string[] Activated(CellInfo cell) =>
    [
        "model.clip=0.5", "model.candidate_activation=softsign",
        .. cell.GateActivation == ActivationKind.Default ? Array.Empty<string>() : ["model.gate_activation=hard_sigmoid(0.25, 0.5)"],
        .. cell.OutputActivation == ActivationKind.Default ? Array.Empty<string>() : ["model.output_activation=scaled_tanh(1.5, 0.75)"],
    ];
}
