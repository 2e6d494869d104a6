namespace NativeRnn.Recipes;

/// <summary>The optimizer and its settings; those of another kind keep their defaults and mean nothing.</summary>
/// <param name="Kind">Which optimizer.</param>
/// <param name="LearningRate">The step size before any decay, above 0.</param>
/// <param name="Momentum">Sgd: how much of the last step is kept, in [0, 1).</param>
/// <param name="Nesterov">Sgd: Nesterov's variant, which needs momentum.</param>
/// <param name="Beta1">Adam: decay of the first moment, in [0, 1).</param>
/// <param name="Beta2">Adam: decay of the second moment, in [0, 1).</param>
/// <param name="Epsilon">Adam: added to the root of the second moment, above 0.</param>
/// <param name="WeightDecay">L2 factor added to the gradient, at least 0.</param>
public sealed record OptimizerRecipe(
    OptimizerKind Kind,
    double LearningRate,
    double Momentum = 0,
    bool Nesterov = false,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Epsilon = 1e-8,
    double WeightDecay = 0)
{
    /// <summary>Which optimizer.</summary>
    public OptimizerKind Kind { get; init => field = Check.Known(value, nameof(Kind)); } = Check.Known(Kind, nameof(Kind));
}
