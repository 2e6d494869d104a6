using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>Adam with Nesterov's momentum (Dozat 2016) as in PyTorch: see <see cref="UpdateRule.NAdam"/>.</summary>
public sealed class NAdam : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 2e-3.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1. Default 0.9.</param>
    /// <param name="beta2">Decay of the second moment, 0 to below 1. Default 0.999.</param>
    /// <param name="epsilon">Added to the root of the second moment, above 0. Default 1e-8.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <param name="momentumDecay">How soon the momentum rises to beta1, at least 0. Default 4e-3.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public NAdam(double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0, double momentumDecay = 4e-3)
        : base(learningRate, "m", "v")
    {
        Beta1 = Check.Fraction(beta1, nameof(beta1));
        Beta2 = Check.Fraction(beta2, nameof(beta2));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
        MomentumDecay = Check.AtLeastZero(momentumDecay, nameof(momentumDecay));
    }

    /// <inheritdoc/>
    public override string Kind => "nadam";

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; }

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; }

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    /// <summary>How soon the momentum rises to beta1.</summary>
    public double MomentumDecay { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.NAdam(step, Rate, Beta1, Beta2, Epsilon, WeightDecay, MomentumDecay);
}
