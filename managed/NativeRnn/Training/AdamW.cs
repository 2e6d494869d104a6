using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019) as in PyTorch: see <see cref="UpdateRule.AdamW"/>.</summary>
public sealed class AdamW : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 1e-3.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1. Default 0.9.</param>
    /// <param name="beta2">Decay of the second moment, 0 to below 1. Default 0.999.</param>
    /// <param name="epsilon">Added to the root of the second moment, above 0. Default 1e-8.</param>
    /// <param name="weightDecay">Decoupled decay: the part, times the rate, that each step takes off, at least 0. Default 0.01.</param>
    /// <param name="amsgrad">Divide by the root of the highest second moment so far (Reddi, Kale and Kumar 2018). Default false.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public AdamW(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0.01, bool amsgrad = false)
        : base(learningRate, "m", "v", amsgrad ? "highest" : null)
    {
        Beta1 = Check.Fraction(beta1, nameof(beta1));
        Beta2 = Check.Fraction(beta2, nameof(beta2));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
        Amsgrad = amsgrad;
    }

    /// <inheritdoc/>
    public override string Kind => "adamw";

    /// <summary>Decay of the first moment.</summary>
    public double Beta1 { get; }

    /// <summary>Decay of the second moment.</summary>
    public double Beta2 { get; }

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; }

    /// <summary>Decoupled decay: the part, times the rate, that each step takes off.</summary>
    public double WeightDecay { get; }

    /// <summary>Divide by the root of the highest second moment so far (Reddi, Kale and Kumar 2018).</summary>
    public bool Amsgrad { get; }

    private protected override UpdateRule Rule(long step) => UpdateRule.AdamW(step, Rate, Beta1, Beta2, Epsilon, WeightDecay);
}
