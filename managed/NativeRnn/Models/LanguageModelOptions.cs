using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>The sizes of a <see cref="LanguageModel"/>. A value out of range is refused when it is set.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Width of the embedding, E, from 1 to 2²⁰. Default 64.</summary>
    public int Embedding { get; init => field = Check.Within(value, 1, LargestSize, nameof(Embedding)); } = 64;

    /// <summary>Hidden units of each recurrent layer, H, from 1 to 2²⁰. Default 256.</summary>
    public int Hidden { get; init => field = Check.Within(value, 1, LargestSize, nameof(Hidden)); } = 256;

    /// <summary>Recurrent layers, L, from 1 to 2¹⁰. Default 1.</summary>
    public int Layers { get; init => field = Check.Within(value, 1, MostLayers, nameof(Layers)); } = 1;

    /// <summary>The recurrent cell. Default LSTM.</summary>
    public CellKind Cell { get; init => field = Check.Known(value, nameof(Cell)); } = CellKind.Lstm;

    internal const int LargestSize = 1 << 20, MostLayers = 1 << 10;

    /// <summary>Throws unless no array of a model of <paramref name="V"/> symbols is too long for a span.</summary>
    internal void RequireAddressable(int V, string parameter) =>
        ArgumentChecks.Addressable($"with {V} symbols, Embedding = {Embedding}, Hidden = {Hidden} and Layers = {Layers} the longest array of the model",
            LargestArray(V), parameter);

    /// <summary>Floats of the arena of a model of <paramref name="V"/> symbols, with as many for its gaps as there can be.</summary>
    internal double ArenaLength(int V)
    {
        const double MostOfLayer = 8; // parameters
        var (first, gates) = (ShapeOf(0, 1, 1), (double)CellInfo.Of(Cell).Gates * Hidden);
        var recurrent = (double)first.HiddenWeights.Rows * first.HiddenWeights.Columns + first.BiasLength + first.HiddenBiasLength
            + first.PeepholeLength + 2 * first.GainLength + 2 * first.CellGainLength;
        var gaps = (MostOfLayer * Layers + 3) * AlignedBuffer.AlignmentFloats;
        return V * (Embedding + Hidden + 1.0) + gates * (Embedding + (Layers - 1.0) * Hidden) + Layers * recurrent + gaps;
    }

    /// <summary>The longest array of a model: the arena, or the packed weights of a layer, forward and backward, with padding.</summary>
    internal double LargestArray(int V) => Math.Max(ArenaLength(V), 2.0 * CellInfo.Of(Cell).Gates * Hidden * (Hidden + 64.0));

    /// <summary>The longest array of a pass over so many steps and rows, with room for what a backend keeps beside the gates.</summary>
    internal double LargestActivation(int steps, int rows) =>
        rows * Math.Max((double)steps * Math.Max(Embedding, (CellInfo.Of(Cell).Gates + 12.0) * Hidden), (double)Layers * Hidden);

    internal int InputOf(int layer) => layer == 0 ? Embedding : Hidden;

    internal RecurrentShape ShapeOf(int layer, int steps, int rows) => new(Cell, steps, rows, InputOf(layer), Hidden);
}
