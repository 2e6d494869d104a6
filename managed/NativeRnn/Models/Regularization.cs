using NativeRnn.Backends;

namespace NativeRnn.Models;

/// <summary>
/// What keeps a language model from learning its text by heart. It acts in training passes only, by masks drawn from <see cref="Seed"/> and
/// <see cref="LanguageModelPass.Step"/>. Most of it is AWD-LSTM's (Merity et al. 2018). A value out of range is refused when it is set.
/// </summary>
public sealed record Regularization
{
    /// <summary>How often an entry of the first layer's input is dropped, 0 to below 1; the others are scaled up. Default 0.</summary>
    public double InputDropout { get; init => field = Check.Fraction(value, nameof(InputDropout)); }

    /// <summary>The same between layers (Zaremba et al. 2014). Default 0.</summary>
    public double LayerDropout { get; init => field = Check.Fraction(value, nameof(LayerDropout)); }

    /// <summary>The same of what the last layer gives to the dense one. Default 0.</summary>
    public double OutputDropout { get; init => field = Check.Fraction(value, nameof(OutputDropout)); }

    /// <summary>Whether those three drop the same entries in all steps of a pass (Gal and Ghahramani 2016). Default false.</summary>
    public bool Variational { get; init; }

    /// <summary>How often an entry of h is dropped where it enters the recurrent product, the same ones in all steps of a pass. Default 0.</summary>
    public double RecurrentDropout { get; init => field = Check.Fraction(value, nameof(RecurrentDropout)); }

    /// <summary>How often a token's whole vector is dropped, wherever the token stands in a pass. Default 0.</summary>
    public double EmbeddingDropout { get; init => field = Check.Fraction(value, nameof(EmbeddingDropout)); }

    /// <summary>How often an entry of every <c>weight_hh</c> is dropped, for a whole pass (Wan et al. 2013). Default 0.</summary>
    public double WeightDrop { get; init => field = Check.Fraction(value, nameof(WeightDrop)); }

    /// <summary>α: the loss grows by α times the mean square of what the last layer gives, after dropout (Merity et al. 2017). Default 0.</summary>
    public double ActivationPenalty { get; init => field = Check.AtLeastZero(value, nameof(ActivationPenalty)); }

    /// <summary>β: the loss grows by β times the mean square of the change of what the last layer gives from step to step. Default 0.</summary>
    public double TemporalPenalty { get; init => field = Check.AtLeastZero(value, nameof(TemporalPenalty)); }

    /// <summary>Seed of the masks, and of zoneout. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>No regularization.</summary>
    internal static Regularization None { get; } = new();

    /// <summary>Whether nothing is asked for, whatever the seed.</summary>
    internal bool IsNone => this with { Seed = None.Seed, Variational = false } == None;

    /// <summary>How often an entry is dropped on the way into a layer, counted from 0, or into the dense one behind the last.</summary>
    internal double DropoutInto(int layer, int layers) => layer == 0 ? InputDropout : layer < layers ? LayerDropout : OutputDropout;

    /// <summary>Whether training needs recurrent weights of its own: others than evaluation's, or for another shape.</summary>
    internal bool ChangesWeights => WeightDrop > 0 || RecurrentDropout > 0;

    /// <summary>The shape of a layer in training.</summary>
    internal RecurrentShape Shape(in RecurrentShape shape) => shape with { Masked = RecurrentDropout > 0 };

    /// <summary>What such a model cannot do, "is X, expected Y" after the name of a property; null where there is nothing.</summary>
    internal (string Property, string Problem)? FaultFor(LanguageModelOptions model)
    {
        var cell = CellInfo.Of(model.Cell);
        var recurrent = cell.Recurrence != Recurrence.None;
        return RecurrentDropout > 0 && !recurrent ? (nameof(RecurrentDropout), $"is {RecurrentDropout}, expected 0: no product of {cell.Name} sees h")
            : WeightDrop > 0 && !recurrent ? (nameof(WeightDrop), $"is {WeightDrop}, expected 0: {cell.Name} has no weight_hh")
            : null;
    }

    /// <summary>Throws unless such a model can do all of it.</summary>
    internal void Require(LanguageModelOptions model, string parameter)
    {
        if (FaultFor(model) is { } fault)
            throw new ArgumentException($"{fault.Property} {fault.Problem}", parameter);
    }
}
