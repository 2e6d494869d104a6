namespace NativeRnn.Recipes;

/// <summary>The optimizer and its settings; those of another kind keep their defaults and mean nothing.</summary>
/// <param name="Kind">Which optimizer.</param>
/// <param name="LearningRate">The step size before any schedule, above 0.</param>
/// <param name="Momentum">Sgd, rmsprop: how much of the velocity is kept, in [0, 1).</param>
/// <param name="Nesterov">Sgd: Nesterov's variant, which needs momentum and no dampening.</param>
/// <param name="Beta1">The kinds of Adam: decay of the first moment, in [0, 1).</param>
/// <param name="Beta2">The kinds of Adam: decay of the second moment, in [0, 1).</param>
/// <param name="Epsilon">What keeps quotients finite, above 0; null: PyTorch's default for the optimizer.</param>
/// <param name="WeightDecay">At least 0, added to the gradient but in adamw; null: PyTorch's default for the optimizer.</param>
/// <param name="Dampening">Sgd: how much of the gradient does not reach the velocity, in [0, 1).</param>
/// <param name="Amsgrad">Adam, adamw: divide by the root of the highest second moment so far.</param>
/// <param name="MomentumDecay">Nadam: how soon the momentum rises to beta1, at least 0.</param>
/// <param name="Rho">Adadelta: decay of both averages, in [0, 1).</param>
/// <param name="Alpha">Rmsprop: decay of the averages, in [0, 1).</param>
/// <param name="Centered">Rmsprop: divide by the deviation from the mean gradient.</param>
/// <param name="LearningRateDecay">Adagrad: how much the divisor of the rate grows with every step, at least 0.</param>
/// <param name="InitialAccumulator">Adagrad: what the sum of the squares begins with, at least 0.</param>
/// <param name="NonMonotone">Nt_asgd: how many evaluations the loss may stay above its lowest before averaging begins, at least 1.</param>
public sealed record OptimizerRecipe(
    OptimizerKind Kind,
    double LearningRate,
    double Momentum = 0,
    bool Nesterov = false,
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double? Epsilon = null,
    double? WeightDecay = null,
    double Dampening = 0,
    bool Amsgrad = false,
    double MomentumDecay = 4e-3,
    double Rho = 0.9,
    double Alpha = 0.99,
    bool Centered = false,
    double LearningRateDecay = 0,
    double InitialAccumulator = 0,
    int NonMonotone = 5)
{
    /// <summary>Which optimizer.</summary>
    public OptimizerKind Kind { get; init => field = Check.Known(value, nameof(Kind)); } = Check.Known(Kind, nameof(Kind));

    /// <summary>What keeps quotients finite; never null.</summary>
    public double? Epsilon { get; init => field = value ?? EpsilonOf(Kind); } = Epsilon ?? EpsilonOf(Kind);

    /// <summary>Decay of the parameters; never null.</summary>
    public double? WeightDecay { get; init => field = value ?? WeightDecayOf(Kind); } = WeightDecay ?? WeightDecayOf(Kind);

    private static double EpsilonOf(OptimizerKind kind) => kind switch
    {
        OptimizerKind.Adadelta => 1e-6,
        OptimizerKind.Adagrad => 1e-10,
        _ => 1e-8,
    };

    private static double WeightDecayOf(OptimizerKind kind) => kind == OptimizerKind.Adamw ? 0.01 : 0;
}
