using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>AdaMax (Kingma and Ba 2015, section 7.1) as in PyTorch: see <see cref="UpdateRule.AdaMax"/>.</summary>
public sealed class AdaMax : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 2e-3.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1. Default 0.9.</param>
    /// <param name="beta2">Decay of the largest magnitude, 0 to below 1. Default 0.999.</param>
    /// <param name="epsilon">Added to the magnitude of the gradient, above 0. Default 1e-8.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public AdaMax(double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(learningRate, "m", "u")
    {
        Beta1 = Check.Fraction(beta1, nameof(beta1));
        Beta2 = Check.Fraction(beta2, nameof(beta2));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
    }

    /// <inheritdoc/>
    public override string Kind => "adamax";

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; }

    /// <summary>Decay of the largest magnitude.</summary>
    public double Beta2 { get; }

    /// <summary>Added to the magnitude of the gradient.</summary>
    public double Epsilon { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.AdaMax(step, Rate, Beta1, Beta2, Epsilon, WeightDecay);
}
