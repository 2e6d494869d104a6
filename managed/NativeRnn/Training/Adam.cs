using NativeRnn.Backends;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>Adam (Kingma and Ba 2015, algorithm 1) as in PyTorch: see <see cref="AdamRule"/>.</summary>
public sealed class Adam : Optimizer
{
    private const string FirstMoment = "m", SecondMoment = "v";

    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0. Default 1e-3.</param>
    /// <param name="beta1">Decay of the first moment, 0 to below 1. Default 0.9.</param>
    /// <param name="beta2">Decay of the second moment, 0 to below 1. Default 0.999.</param>
    /// <param name="epsilon">Added to the root of the second moment, above 0. Default 1e-8.</param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public Adam(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(learningRate)
    {
        Beta1 = Check.Fraction(beta1, nameof(beta1));
        Beta2 = Check.Fraction(beta2, nameof(beta2));
        Epsilon = Check.AboveZero(epsilon, nameof(epsilon));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
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

    internal override IReadOnlyList<string> StateNames => [FirstMoment, SecondMoment];

    private protected override void Update(LanguageModel model, double gradientScale) =>
        model.Backend.Adam(new AdamRule(Steps + 1, Rate, Beta1, Beta2, Epsilon, WeightDecay), gradientScale,
            model.Parameters.Write(), model.Parameters.TrackedGradients, State(FirstMoment), State(SecondMoment));
}
