using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>Adadelta (Zeiler 2012) as in PyTorch: see <see cref="UpdateRule.Adadelta"/>.</summary>
public sealed class Adadelta : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 1.0.</param>
    /// <param name="rho">Decay of both averages, 0 to below 1. Default 0.9.</param>
    /// <param name="epsilon">Added to both averages under their roots, above 0. Default 1e-6.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Adadelta(double learningRate = 1.0, double rho = 0.9, double epsilon = 1e-6, double weightDecay = 0)
        : base(learningRate, "square", "step")
    {
        Rho = Check.Fraction(rho, nameof(rho));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
    }

    /// <inheritdoc/>
    public override string Kind => "adadelta";

    /// <summary>Decay of both averages.</summary>
    public double Rho { get; }

    /// <summary>Added to both averages under their roots.</summary>
    public double Epsilon { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.Adadelta(Rate, Rho, Epsilon, WeightDecay);
}
