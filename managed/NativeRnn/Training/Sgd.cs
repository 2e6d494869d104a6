using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>Stochastic gradient descent as in PyTorch, with momentum, Nesterov's variant and L2 decay: see <see cref="UpdateRule.Sgd"/>.</summary>
public sealed class Sgd : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0.</param>
    /// <param name="momentum">Part of the velocity that is kept, 0 to below 1. Default 0.</param>
    /// <param name="nesterov">Look ahead along the velocity; needs momentum, and no dampening. Default false.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <param name="dampening">Part of the gradient that does not reach the velocity after the first step, 0 to below 1. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Sgd(double learningRate, double momentum = 0, bool nesterov = false, double weightDecay = 0, double dampening = 0)
        : base(learningRate, momentum == 0 ? null : "velocity")
    {
        Momentum = Check.Fraction(momentum, nameof(momentum));
        Dampening = Check.Fraction(dampening, nameof(dampening));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
        if (nesterov && momentum == 0)
            throw new ArgumentOutOfRangeException(nameof(nesterov), "Nesterov's variant needs a momentum above 0");
        if (nesterov && dampening != 0)
            throw new ArgumentOutOfRangeException(nameof(nesterov), "Nesterov's variant needs a dampening of 0");
        Nesterov = nesterov;
    }

    /// <inheritdoc/>
    public override string Kind => "sgd";

    /// <summary>Part of the velocity that is kept.</summary>
    public double Momentum { get; }

    /// <summary>Whether to look ahead along the velocity.</summary>
    public bool Nesterov { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    /// <summary>Part of the gradient that does not reach the velocity.</summary>
    public double Dampening { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.Sgd(step, Rate, Momentum, Dampening, Nesterov, WeightDecay);
}
