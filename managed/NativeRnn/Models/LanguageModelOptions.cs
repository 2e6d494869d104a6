using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>The sizes of a <see cref="LanguageModel"/>.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Width of the embedding, E. Default 64.</summary>
    public int Embedding { get; init; } = 64;

    /// <summary>Hidden units of each recurrent layer, H. Default 256.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Recurrent layers, L. Default 1.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>The recurrent cell. Default LSTM.</summary>
    public CellKind Cell { get; init; } = CellKind.Lstm;

    internal const int LargestSize = 1 << 20, MostLayers = 1 << 10;

    /// <summary>Throws unless every size is in its range and no array of a model of <paramref name="V"/> symbols is too long for a span.</summary>
    internal void Validate(int V)
    {
        _ = CellInfo.Of(Cell);
        Check(Embedding, LargestSize, nameof(Embedding));
        Check(Hidden, LargestSize, nameof(Hidden));
        Check(Layers, MostLayers, nameof(Layers));
        ArgumentChecks.Addressable("the longest array of the model", LargestArray(V), nameof(Hidden));

        static void Check(int size, int most, string name)
        {
            if (size < 1 || size > most)
                throw new ArgumentOutOfRangeException(name, size, $"must be from 1 to {most}");
        }
    }

    /// <summary>Floats of the arena of a model of <paramref name="V"/> symbols, with as many for its gaps as there can be.</summary>
    internal double ArenaLength(int V)
    {
        var rows = (double)CellInfo.Of(Cell).Gates * Hidden;
        var gaps = (4.0 * Layers + 3) * AlignedBuffer.AlignmentFloats;
        return V * (Embedding + Hidden + 1.0) + rows * (Embedding + (2.0 * Layers - 1) * Hidden + 2.0 * Layers) + gaps;
    }

    /// <summary>The longest array of a model: the arena, or the packed weights of a layer, forward and backward, with padding.</summary>
    internal double LargestArray(int V) => Math.Max(ArenaLength(V), 2.0 * CellInfo.Of(Cell).Gates * Hidden * (Hidden + 64.0));

    /// <summary>The longest array of a pass over so many steps and rows, with room for what a backend keeps beside the gates.</summary>
    internal double LargestActivation(int steps, int rows) =>
        rows * Math.Max((double)steps * Math.Max(Embedding, (CellInfo.Of(Cell).Gates + 4.0) * Hidden), (double)Layers * Hidden);

    internal int InputOf(int layer) => layer == 0 ? Embedding : Hidden;

    internal RecurrentShape ShapeOf(int layer, int steps, int rows) => new(Cell, steps, rows, InputOf(layer), Hidden);
}
