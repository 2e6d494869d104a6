namespace NativeRnn.Backends;

/// <summary>
/// Stochastic gradient descent with momentum, Nesterov's variant and L2 decay, in PyTorch's form:
/// g = scale·grad + decay·p; v = momentum·v + g; p −= rate·(nesterov ? g + momentum·v : v).
/// </summary>
public readonly record struct SgdRule(double LearningRate, double Momentum, double WeightDecay, bool Nesterov);

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1): ε outside the root, L2 decay added to the gradient.
/// </summary>
/// <param name="Step">The number of this update, from 1.</param>
/// <param name="LearningRate">The step size.</param>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">L2 factor.</param>
public readonly record struct AdamRule(long Step, double LearningRate, double Beta1, double Beta2, double Epsilon, double WeightDecay);
