using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>Adam (Kingma and Ba 2015, algorithm 1) as in PyTorch: see <see cref="UpdateRule.Adam"/>.</summary>
public sealed class Adam : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 1e-3.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1. Default 0.9.</param>
    /// <param name="beta2">Decay of the second moment, 0 to below 1. Default 0.999.</param>
    /// <param name="epsilon">Added to the root of the second moment, above 0. Default 1e-8.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <param name="amsgrad">Divide by the root of the highest second moment so far (Reddi, Kale and Kumar 2018). Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Adam(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0, bool amsgrad = false)
        : base(learningRate, "m", "v", amsgrad ? "highest" : null)
    {
        Beta1 = Check.Fraction(beta1, nameof(beta1));
        Beta2 = Check.Fraction(beta2, nameof(beta2));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
        Amsgrad = amsgrad;
    }

    /// <inheritdoc/>
    public override string Kind => "adam";

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; }

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; }

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    /// <summary>Divide by the root of the highest second moment so far (Reddi, Kale and Kumar 2018).</summary>
    public bool Amsgrad { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.Adam(step, Rate, Beta1, Beta2, Epsilon, WeightDecay);
}
