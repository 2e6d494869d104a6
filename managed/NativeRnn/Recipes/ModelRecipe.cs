using NativeRnn.Backends;

namespace NativeRnn.Recipes;

/// <summary>The network: an embedding, recurrent layers, and a dense layer over the vocabulary.</summary>
/// <param name="Embedding">Entries of each token's vector, at least 1.</param>
/// <param name="Hidden">Units of each recurrent layer, at least 1.</param>
/// <param name="Cell">The recurrent cell.</param>
/// <param name="Layers">The number of recurrent layers, at least 1.</param>
/// <param name="InitScale">First values of all parameters are uniform within plus and minus this; null: as PyTorch draws them.</param>
public sealed record ModelRecipe(int Embedding, int Hidden, CellKind Cell = CellKind.Lstm, int Layers = 1, double? InitScale = null)
{
    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init => field = Check.Known(value, nameof(Cell)); } = Check.Known(Cell, nameof(Cell));
}
