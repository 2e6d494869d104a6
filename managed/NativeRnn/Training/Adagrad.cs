using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>Adagrad (Duchi, Hazan and Singer 2011) as in PyTorch: see <see cref="UpdateRule.Adagrad"/>.</summary>
public sealed class Adagrad : Optimizer
{
    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 1e-2.</param>
    /// <param name="learningRateDecay">How much the divisor of the rate grows with every step, at least 0. Default 0.</param>
    /// <param name="initialAccumulator">What the sum of the squares begins with, at least 0. Default 0.</param>
    /// <param name="epsilon">Added to the root of the sum, above 0. Default 1e-10.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Adagrad(double learningRate = 1e-2, double learningRateDecay = 0, double initialAccumulator = 0,
        double epsilon = 1e-10, double weightDecay = 0)
        : base(learningRate, "sum")
    {
        LearningRateDecay = Check.AtLeastZero(learningRateDecay, nameof(learningRateDecay));
        InitialAccumulator = Check.AtLeastZero(initialAccumulator, nameof(initialAccumulator));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
    }

    /// <inheritdoc/>
    public override string Kind => "adagrad";

    /// <summary>How much the divisor of the rate grows with every step.</summary>
    public double LearningRateDecay { get; }

    /// <summary>What the sum of the squares begins with.</summary>
    public double InitialAccumulator { get; }

    /// <summary>Added to the root of the sum.</summary>
    public double Epsilon { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    private protected override float FirstValue => (float)InitialAccumulator;

    private protected override UpdateRule Rule(long step) => UpdateRule.Adagrad(step, Rate, LearningRateDecay, Epsilon, WeightDecay);
}
