using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>What a <see cref="LanguageModel"/> is made of. A value out of range is refused when it is set, what does not go together by the model.</summary>
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

    /// <summary>P: every layer's h is projected to so many columns (Sak et al. 2014), from 0 to 2²⁰; 0, the default: it is not. LSTMs only.</summary>
    public int Projection { get; init => field = Check.Within(value, 0, LargestSize, nameof(Projection)); }

    /// <summary>The activation of the gates; default: the cell's own.</summary>
    public Activation GateActivation { get; init; }

    /// <summary>The activation of the candidate, or of h where the cell has no gates; default: the cell's own.</summary>
    public Activation CandidateActivation { get; init; }

    /// <summary>The activation of c on its way to h; default: the cell's own.</summary>
    public Activation OutputActivation { get; init; }

    /// <summary>The sums before the activations of gates and candidate are limited to plus and minus this; 0, the default: they are not.</summary>
    public double Clip { get; init => field = Check.AtLeastZero(value, nameof(Clip)); }

    /// <summary>
    /// Zoneout (Krueger et al. 2017): how often a unit of h keeps its value of the step before in training, 0 to below 1; elsewhere it is mixed
    /// by the rate, which is why the model knows it. 0, the default: never. Not with a projection.
    /// </summary>
    public double ZoneoutHidden { get; init => field = Check.Fraction(value, nameof(ZoneoutHidden)); }

    /// <summary>The same for c; cells with c only.</summary>
    public double ZoneoutCell { get; init => field = Check.Fraction(value, nameof(ZoneoutCell)); }

    /// <summary>
    /// Whether the dense layer's weights are the embedding (Press and Wolf 2017); the width of the last layer must be that of the embedding.
    /// Default false.
    /// </summary>
    public bool TieWeights { get; init; }

    internal const int LargestSize = 1 << 20, MostLayers = 1 << 10;

    /// <summary>Columns of what each layer gives to the next: P with a projection, else H.</summary>
    internal int OutputWidth => Projection > 0 ? Projection : Hidden;

    /// <summary>What does not go together, "is X, expected Y" after the name of a property; null where all does.</summary>
    internal (string Property, string Problem)? Fault => ArgumentChecks.FaultOf(ShapeOf(0, 1, 1))
        ?? (ZoneoutHidden > 0 && Projection > 0 ? (nameof(ZoneoutHidden), $"is {ZoneoutHidden}, expected 0: h is projected")
            : ZoneoutCell > 0 && !CellInfo.Of(Cell).HasCellState ? (nameof(ZoneoutCell), $"is {ZoneoutCell}, expected 0: {CellInfo.Of(Cell).Name} has no cell state")
            : TieWeights && Embedding != OutputWidth ? (nameof(TieWeights), $"is true, expected false: the embedding has {Embedding} columns, the last layer gives {OutputWidth}")
            : null);

    /// <summary>Throws unless everything goes together, and no array of a model of <paramref name="V"/> symbols is too long for a span.</summary>
    internal void Require(int V, string parameter)
    {
        if (Fault is { } fault)
            throw new ArgumentException($"{fault.Property} {fault.Problem}", parameter);
        ArgumentChecks.Addressable($"with {V} symbols, Embedding = {Embedding}, Hidden = {Hidden} and Layers = {Layers} the longest array of the model",
            LargestArray(V), parameter);
    }

    /// <summary>Floats of the arena of a model of <paramref name="V"/> symbols, with as many for its gaps as there can be.</summary>
    internal double ArenaLength(int V)
    {
        const double MostOfLayer = 8; // parameters
        var (first, gates) = (ShapeOf(0, 1, 1), (double)CellInfo.Of(Cell).Gates * Hidden);
        var recurrent = (double)first.HiddenWeights.Rows * first.HiddenWeights.Columns + first.BiasLength + first.HiddenBiasLength
            + first.ProjectionLength + first.PeepholeLength + 2 * first.GainLength + 2 * first.CellGainLength;
        var gaps = (MostOfLayer * Layers + 3) * AlignedBuffer.AlignmentFloats;
        return V * (Embedding + (TieWeights ? 0 : OutputWidth) + 1.0) + gates * (Embedding + (Layers - 1.0) * OutputWidth) + Layers * recurrent + gaps;
    }

    /// <summary>The longest array of a model: the arena, or the packed weights of a layer, forward and backward, with padding.</summary>
    internal double LargestArray(int V) => Math.Max(ArenaLength(V), 2.0 * (CellInfo.Of(Cell).Gates + 1) * Hidden * (Math.Max(Hidden, OutputWidth) + 64.0));

    /// <summary>The longest array of a pass over so many steps and rows, with room for what a backend keeps beside the gates.</summary>
    internal double LargestActivation(int steps, int rows)
    {
        var reserve = (CellInfo.Of(Cell).Gates + 12.0) * Hidden + 4.0 * Projection;
        return rows * Math.Max((double)steps * Math.Max(Embedding, reserve), (double)Layers * Math.Max(Hidden, OutputWidth));
    }

    internal int InputOf(int layer) => layer == 0 ? Embedding : OutputWidth;

    internal RecurrentShape ShapeOf(int layer, int steps, int rows) => new(Cell, steps, rows, InputOf(layer), Hidden)
    {
        Projection = Projection,
        GateActivation = GateActivation,
        CandidateActivation = CandidateActivation,
        OutputActivation = OutputActivation,
        Clip = (float)Clip,
        Zoneout = ZoneoutHidden > 0 || ZoneoutCell > 0,
    };
}
