namespace NativeRnn.Backends;

/// <summary>
/// One update of all parameters. Every rule sees g = limited(<see cref="GradientScale"/>·gradient) + <see cref="L2"/>·p, and takes its step
/// from p − <see cref="Shrink"/>·p. What depends on the number of the update is in the coefficients; the methods make them, with the names and
/// meanings of PyTorch. Equations: docs/math.md.
/// </summary>
/// <param name="Kind">Which rule; it does not read what it does not have.</param>
public readonly record struct UpdateRule(UpdateKind Kind)
{
    /// <summary>Which rule.</summary>
    public UpdateKind Kind { get; init => field = Known(value, nameof(Kind)); } = Known(Kind, nameof(Kind));

    /// <summary>Factor of the gradients, for clipping by their norm.</summary>
    public double GradientScale { get; init; } = 1;

    /// <summary>Every gradient is cut to ± this; 0 for no limit.</summary>
    public double Limit { get; init; }

    /// <summary>Decay that is added to the gradient.</summary>
    public double L2 { get; init; }

    /// <summary>Decay beside the gradient: the part of the parameter that is taken off.</summary>
    public double Shrink { get; init; }

    /// <summary>The step size, bias corrections included.</summary>
    public double Rate { get; init; }

    /// <summary>The step size along the first moment, in <see cref="UpdateKind.NAdam"/>; there <see cref="Rate"/> is along the gradient.</summary>
    public double MeanRate { get; init; }

    /// <summary>How much of the velocity is kept.</summary>
    public double Momentum { get; init; }

    /// <summary>How much of the gradient does not reach the velocity.</summary>
    public double Dampening { get; init; }

    /// <summary>Whether to look ahead along the velocity.</summary>
    public bool Nesterov { get; init; }

    /// <summary>How much of the average of the gradients is kept.</summary>
    public double Beta1 { get; init; }

    /// <summary>How much of the average of their squares is kept.</summary>
    public double Beta2 { get; init; }

    /// <summary>What keeps the quotient finite.</summary>
    public double Epsilon { get; init; }

    /// <summary>Factor of the root of the second moment: its bias correction.</summary>
    public double Root { get; init; } = 1;

    /// <summary>How far the average goes towards the new parameters, in <see cref="UpdateKind.AveragedSgd"/>.</summary>
    public double Average { get; init; }

    /// <summary>Whether a parameter and its state stay as they are where the gradient is zero.</summary>
    internal bool LeavesZeros => L2 == 0 && Shrink == 0 && Kind switch
    {
        UpdateKind.Adagrad => true,
        UpdateKind.Sgd => Momentum == 0,
        UpdateKind.AveragedSgd => Average == 0,
        _ => false,
    };

    /// <summary>v = momentum·v + (1 − dampening)·g, without dampening at first; p −= rate·(nesterov ? g + momentum·v : v).</summary>
    public static UpdateRule Sgd(long step, double rate, double momentum = 0, double dampening = 0, bool nesterov = false, double weightDecay = 0)
    {
        Require(step);
        return new(UpdateKind.Sgd) { Rate = rate, Momentum = momentum, Dampening = step == 1 ? 0 : dampening, Nesterov = nesterov, L2 = weightDecay };
    }

    /// <summary>s += g²; p −= rate/(1 + (n − 1)·rateDecay)·g/(√s + ε).</summary>
    public static UpdateRule Adagrad(long step, double rate, double rateDecay = 0, double epsilon = 1e-10, double weightDecay = 0)
    {
        Require(step);
        return new(UpdateKind.Adagrad) { Rate = rate / (1 + (step - 1) * rateDecay), Epsilon = epsilon, L2 = weightDecay };
    }

    /// <summary>s = ρ·s + (1 − ρ)·g²; d = √(u + ε)/√(s + ε)·g; u = ρ·u + (1 − ρ)·d²; p −= rate·d.</summary>
    public static UpdateRule Adadelta(double rate, double rho = 0.9, double epsilon = 1e-6, double weightDecay = 0) =>
        new(UpdateKind.Adadelta) { Rate = rate, Beta2 = rho, Epsilon = epsilon, L2 = weightDecay };

    /// <summary>s = α·s + (1 − α)·g²; d = g/(√s + ε), centred: √(s − m²), m = α·m + (1 − α)·g; v = momentum·v + d; p −= rate·v.</summary>
    public static UpdateRule RmsProp(double rate, double alpha = 0.99, double epsilon = 1e-8, double momentum = 0, double weightDecay = 0) =>
        new(UpdateKind.RmsProp) { Rate = rate, Beta1 = alpha, Beta2 = alpha, Epsilon = epsilon, Momentum = momentum, L2 = weightDecay };

    /// <summary>m = β₁·m + (1 − β₁)·g; v = β₂·v + (1 − β₂)·g²; p −= rate/(1 − β₁ⁿ)·m/(√v/√(1 − β₂ⁿ) + ε).</summary>
    public static UpdateRule Adam(
        long step, double rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    {
        Require(step);
        return new(UpdateKind.Adam)
        {
            Rate = rate / (1 - Math.Pow(beta1, step)),
            Root = Root2(beta2, step),
            Beta1 = beta1,
            Beta2 = beta2,
            Epsilon = epsilon,
            L2 = weightDecay,
        };
    }

    /// <summary>Adam with decoupled decay (Loshchilov and Hutter 2019): p −= rate·weightDecay·p comes before the step.</summary>
    public static UpdateRule AdamW(
        long step, double rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01) =>
        Adam(step, rate, beta1, beta2, epsilon) with { Shrink = rate * weightDecay };

    /// <summary>
    /// Moments as in Adam; μ(n) = β₁·(1 − ½·0.96^(n·momentumDecay)), M(n) = Π μ;
    /// p −= rate·((1 − μ(n))/(1 − M(n))·g + μ(n + 1)/(1 − M(n + 1))·m) / (√v/√(1 − β₂ⁿ) + ε).
    /// </summary>
    public static UpdateRule NAdam(long step, double rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 0, double momentumDecay = 4e-3)
    {
        Require(step);
        double Momentum(double n) => beta1 * (1 - 0.5 * Math.Pow(0.96, n * momentumDecay));
        var product = 1.0;
        for (var n = 1L; n <= step && product > 1e-20; n++) // below, 1 − M is 1
            product *= Momentum(n);
        var (now, next) = (Momentum(step), Momentum(step + 1.0));
        return new(UpdateKind.NAdam)
        {
            Rate = rate * (1 - now) / (1 - product),
            MeanRate = rate * next / (1 - product * next),
            Root = Root2(beta2, step),
            Beta1 = beta1,
            Beta2 = beta2,
            Epsilon = epsilon,
            L2 = weightDecay,
        };
    }

    /// <summary>m = β₁·m + (1 − β₁)·g; u = max(β₂·u, |g| + ε); p −= rate/(1 − β₁ⁿ)·m/u.</summary>
    public static UpdateRule AdaMax(
        long step, double rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
    {
        Require(step);
        return new(UpdateKind.AdaMax)
        {
            Rate = rate / (1 - Math.Pow(beta1, step)),
            Beta1 = beta1,
            Beta2 = beta2,
            Epsilon = epsilon,
            L2 = weightDecay,
        };
    }

    /// <summary>p −= rate·g; a += average·(p − a).</summary>
    public static UpdateRule AveragedSgd(double rate, double average, double weightDecay = 0) =>
        new(UpdateKind.AveragedSgd) { Rate = rate, Average = average, L2 = weightDecay };

    private static double Root2(double beta2, long step) => 1 / Math.Sqrt(1 - Math.Pow(beta2, step));

    /// <summary>By hand: a rule is made in every step, and <see cref="Enum.IsDefined{T}"/> allocates again after a collection.</summary>
    private static UpdateKind Known(UpdateKind kind, string parameter) => kind is >= UpdateKind.Sgd and <= UpdateKind.AveragedSgd
        ? kind
        : throw new ArgumentOutOfRangeException(parameter, kind, $"must be one of {string.Join(", ", Enum.GetNames<UpdateKind>())}");

    private static void Require(long step)
    {
        if (step < 1)
            throw new ArgumentException($"step is {step}, expected at least 1", nameof(step));
    }
}
