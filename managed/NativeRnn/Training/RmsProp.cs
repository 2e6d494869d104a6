using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>RMSprop (Tieleman and Hinton 2012) as in PyTorch: see <see cref="UpdateRule.RmsProp"/>.</summary>
public sealed class RmsProp : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 1e-2.</param>
    /// <param name="alpha">Decay of the averages, 0 to below 1. Default 0.99.</param>
    /// <param name="epsilon">Added to the root, above 0. Default 1e-8.</param>
    /// <param name="momentum">Part of the velocity that is kept, 0 to below 1. Default 0.</param>
    /// <param name="centered">Divide by the deviation from the mean gradient (Graves 2013). Default false.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public RmsProp(double learningRate = 1e-2, double alpha = 0.99, double epsilon = 1e-8, double momentum = 0,
        bool centered = false, double weightDecay = 0)
        : base(learningRate, "square", centered ? "mean" : null, momentum == 0 ? null : "velocity")
    {
        Alpha = Check.Fraction(alpha, nameof(alpha));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        Momentum = Check.Fraction(momentum, nameof(momentum));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
        Centered = centered;
    }

    /// <inheritdoc/>
    public override string Kind => "rmsprop";

    /// <summary>Decay of the averages.</summary>
    public double Alpha { get; }

    /// <summary>Added to the root.</summary>
    public double Epsilon { get; }

    /// <summary>Part of the velocity that is kept.</summary>
    public double Momentum { get; }

    /// <summary>Divide by the deviation from the mean gradient (Graves 2013).</summary>
    public bool Centered { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.RmsProp(Rate, Alpha, Epsilon, Momentum, WeightDecay);
}
