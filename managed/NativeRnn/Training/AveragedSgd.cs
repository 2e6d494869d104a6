using NativeRnn.Backends;

namespace NativeRnn.Training;

/// <summary>
/// Stochastic gradient descent that averages its parameters from the step on at which the validation loss stops to fall (NT-ASGD, Merity, Keskar
/// and Socher 2018). Evaluations, and the best model, are of the average. See <see cref="UpdateRule.AveragedSgd"/>.
/// </summary>
public sealed class AveragedSgd : Optimizer
{
    private const string Average = "average";

    private long? _lastPlain;

    /// <summary>Sets the rule.</summary>
    /// <param name="learningRate">Step size, at least 0.</param>
    /// <param name="nonMonotone">
    /// n, at least 1: averaging begins with the first evaluation whose loss is above the lowest of those that lie more than n evaluations back.
    /// Default 5.
    /// </param>
    /// <param name="weightDecay">L2 factor, at least 0. Default 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public AveragedSgd(double learningRate, int nonMonotone = 5, double weightDecay = 0) : base(learningRate, Average)
    {
        NonMonotone = Check.AtLeast(nonMonotone, 1, nameof(nonMonotone));
        WeightDecay = Check.AtLeastZero(weightDecay, nameof(weightDecay));
    }

    /// <inheritdoc/>
    public override string Kind => "nt_asgd";

    /// <summary>How many evaluations the loss may stay above its lowest.</summary>
    public int NonMonotone { get; }

    /// <summary>L2 factor.</summary>
    public double WeightDecay { get; }

    /// <summary>The last step before averaging began; null while it has not.</summary>
    public long? AveragedAfter => _lastPlain < Steps ? _lastPlain : null;

    internal override Span<float> AveragedParameters => AveragedAfter is null ? [] : State(Average);

    private protected override UpdateRule Rule(long step) =>
        UpdateRule.AveragedSgd(Rate, _lastPlain is { } last ? 1.0 / (step - last) : 0, WeightDecay);

    /// <summary>Where the trigger is follows from the losses alone, so that a resumed run has it too.</summary>
    internal override void Observe(IReadOnlyList<ValidationPoint> history)
    {
        _lastPlain = null;
        for (var t = NonMonotone + 1; t < history.Count && _lastPlain is null; t++)
        {
            if (history[t].Loss > history.Take(t - NonMonotone).Min(point => point.Loss))
                _lastPlain = history[t].Step;
        }
    }
}
