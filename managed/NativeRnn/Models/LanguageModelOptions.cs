using NativeRnn.Backends;

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

    /// <summary>Throws unless every size is in its range.</summary>
    internal void Validate()
    {
        Check(Embedding, LargestSize, nameof(Embedding));
        Check(Hidden, LargestSize, nameof(Hidden));
        Check(Layers, MostLayers, nameof(Layers));

        static void Check(int size, int most, string name)
        {
            if (size < 1 || size > most)
                throw new ArgumentOutOfRangeException(name, size, $"must be from 1 to {most}");
        }
    }

    internal int InputOf(int layer) => layer == 0 ? Embedding : Hidden;

    internal RecurrentShape ShapeOf(int layer, int steps, int rows) => new(Cell, steps, rows, InputOf(layer), Hidden);
}
