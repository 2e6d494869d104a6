using NativeRnn.Backends;

namespace NativeRnn.Recipes;

/// <summary>The network: an embedding, recurrent layers, and a dense layer over the vocabulary.</summary>
/// <param name="Embedding">Entries of each token's vector, at least 1.</param>
/// <param name="Hidden">Units of each recurrent layer, at least 1.</param>
/// <param name="Cell">The recurrent cell.</param>
/// <param name="Layers">The number of recurrent layers, at least 1.</param>
/// <param name="InitScale">First values of all parameters are uniform within plus and minus this; null: as PyTorch draws them.</param>
/// <param name="Projection">Columns to which LSTMs project h; 0: they do not.</param>
/// <param name="GateActivation">The activation of the gates; default: the cell's own.</param>
/// <param name="CandidateActivation">The activation of the candidate, or of h where the cell has no gates; default: the cell's own.</param>
/// <param name="OutputActivation">The activation of c on its way to h; default: the cell's own.</param>
/// <param name="Clip">The sums before the activations are limited to plus and minus this; 0: they are not.</param>
/// <param name="ZoneoutHidden">How often a unit of h keeps its value of the step before, 0 to below 1.</param>
/// <param name="ZoneoutCell">The same for c.</param>
/// <param name="TieWeights">Whether the dense layer's weights are the embedding.</param>
public sealed record ModelRecipe(
    int Embedding,
    int Hidden,
    CellKind Cell = CellKind.Lstm,
    int Layers = 1,
    double? InitScale = null,
    int Projection = 0,
    Activation GateActivation = default,
    Activation CandidateActivation = default,
    Activation OutputActivation = default,
    double Clip = 0,
    double ZoneoutHidden = 0,
    double ZoneoutCell = 0,
    bool TieWeights = false)
{
    /// <summary>The recurrent cell.</summary>
    public CellKind Cell { get; init => field = Check.Known(value, nameof(Cell)); } = Check.Known(Cell, nameof(Cell));
}
