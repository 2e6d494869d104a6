using NativeRnn.Backends;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>Stochastic gradient descent as in PyTorch, with momentum, Nesterov's variant and L2 decay: see <see cref="SgdRule"/>.</summary>
public sealed class Sgd : Optimizer
{
    private const string Velocity = "velocity";

    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0.</param>
    /// <param name="momentum">Part of the last step that is kept, 0 to below 1. Default 0.</param>
    /// <param name="nesterov">Look ahead along the momentum; needs one. Default false.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Sgd(double learningRate, double momentum = 0, bool nesterov = false, double weightDecay = 0) : base(learningRate)
    {
        Momentum = Check.Fraction(momentum, nameof(momentum));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
        if (nesterov && momentum == 0)
            throw new ArgumentOutOfRangeException(nameof(nesterov), "Nesterov's variant needs a momentum above 0");
        Nesterov = nesterov;
    }

    /// <inheritdoc/>
    public override string Kind => "sgd";

    /// <summary>Part of the last step that is kept.</summary>
    public double Momentum { get; }

    /// <summary>Whether to look ahead along the momentum.</summary>
    public bool Nesterov { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    internal override IReadOnlyList<string> StateNames => Momentum == 0 ? [] : [Velocity];

    private protected override void Update(LanguageModel model, double gradientScale)
    {
        var values = model.Parameters.Write();
        ReadOnlySpan<float> gradients = model.Parameters.TrackedGradients;
        var velocity = State(Velocity);
        var rule = new SgdRule(Rate, Momentum, WeightDecay, Nesterov);
        if (Momentum != 0 || WeightDecay != 0)
        {
            model.Backend.Sgd(rule, gradientScale, values, gradients, velocity);
            return;
        }
        // A gradient of zero changes nothing then.
        foreach (var (start, length) in model.Parameters.Touched)
            model.Backend.Sgd(rule, gradientScale, values.Slice(start, length), gradients.Slice(start, length), velocity);
    }
}
