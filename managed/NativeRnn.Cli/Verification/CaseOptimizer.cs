using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>Optimizers as a case describes them, with PyTorch's names and defaults. A new one is a row of the table.</summary>
/// <param name="Name">Its name in the metadata.</param>
/// <param name="Settings">The other metadata that it knows, beside <see cref="Common"/>.</param>
/// <param name="Create">Reads the settings; the result is the rule of update number <c>step</c>, from 1.</param>
/// <param name="Keeps">Which of the three arrays of <see cref="UpdateArrays"/> it keeps.</param>
internal sealed record CaseOptimizer(
    string Name, string[] Settings, Func<CaseFile, Func<long, UpdateRule>> Create, Func<CaseFile, (bool First, bool Second, bool Third)> Keeps)
{
    private static readonly string[] Common = ["lr", "weight_decay"], Betas = ["beta1", "beta2", "eps"];

    private static readonly CaseOptimizer[] Table =
    [
        new("sgd", ["momentum", "dampening", "nesterov"], Sgd, file => (file.Number("momentum", 0) != 0, false, false)),
        new("adagrad", ["lr_decay", "initial_accumulator_value", "eps"], Adagrad, _ => (true, false, false)),
        new("adadelta", ["rho", "eps"], Adadelta, _ => (true, true, false)),
        new("rmsprop", ["alpha", "eps", "momentum", "centered"], RmsProp,
            file => (true, file.Flag("centered", "false"), file.Number("momentum", 0) != 0)),
        new("adam", [.. Betas, "amsgrad"], Adam, file => (true, true, file.Flag("amsgrad", "false"))),
        new("adamw", [.. Betas, "amsgrad"], AdamW, file => (true, true, file.Flag("amsgrad", "false"))),
        new("nadam", [.. Betas, "momentum_decay", "decoupled_weight_decay"], NAdam, _ => (true, true, false)),
        new("adamax", Betas, AdaMax, _ => (true, true, false)),
        new("asgd", ["lambd", "alpha", "t0"], AveragedSgd, _ => (true, false, false)),
    ];

    /// <summary>Updates a parameter by its gradient times <paramref name="gradientScale"/>.</summary>
    internal delegate void Update(IBackend backend, CaseParameter parameter, int step, double gradientScale);

    /// <summary>All metadata that it knows.</summary>
    public IEnumerable<string> Known => ["optimizer", .. Common, .. Settings];

    /// <summary>The row that the metadata names.</summary>
    public static CaseOptimizer Of(CaseFile file) => file.Row("optimizer", Table, row => row.Name);

    /// <summary>The optimizer with the settings of a case.</summary>
    public Update Updates(CaseFile file)
    {
        var (rule, keeps) = (Create(file), Keeps(file));
        var initial = (float)file.Number("initial_accumulator_value", 0);
        return (backend, parameter, step, scale) =>
        {
            if (step == 1)
                parameter.First.AsSpan().Fill(initial);
            backend.Update(rule(step) with { GradientScale = scale }, new()
            {
                Parameters = parameter.Values,
                Gradients = parameter.Gradient,
                First = keeps.First ? parameter.First : [],
                Second = keeps.Second ? parameter.Second : [],
                Third = keeps.Third ? parameter.Third : [],
            });
        };
    }

    private static Func<long, UpdateRule> Sgd(CaseFile file)
    {
        var (lr, momentum, dampening) = (file.Number("lr"), file.Number("momentum", 0), file.Number("dampening", 0));
        var (nesterov, decay) = (file.Flag("nesterov", "false"), Decay(file));
        return step => UpdateRule.Sgd(step, lr, momentum, dampening, nesterov, decay);
    }

    private static Func<long, UpdateRule> Adagrad(CaseFile file)
    {
        var (lr, rateDecay, eps, decay) = (file.Number("lr"), file.Number("lr_decay", 0), file.Number("eps", 1e-10), Decay(file));
        return step => UpdateRule.Adagrad(step, lr, rateDecay, eps, decay);
    }

    private static Func<long, UpdateRule> Adadelta(CaseFile file)
    {
        var rule = UpdateRule.Adadelta(file.Number("lr"), file.Number("rho", 0.9), file.Number("eps", 1e-6), Decay(file));
        return _ => rule;
    }

    private static Func<long, UpdateRule> RmsProp(CaseFile file)
    {
        var rule = UpdateRule.RmsProp(
            file.Number("lr"), file.Number("alpha", 0.99), file.Number("eps", 1e-8), file.Number("momentum", 0), Decay(file));
        return _ => rule;
    }

    private static Func<long, UpdateRule> Adam(CaseFile file)
    {
        var ((lr, beta1, beta2, eps), decay) = (Moments(file), Decay(file));
        return step => UpdateRule.Adam(step, lr, beta1, beta2, eps, decay);
    }

    private static Func<long, UpdateRule> AdamW(CaseFile file)
    {
        var ((lr, beta1, beta2, eps), decay) = (Moments(file), Decay(file));
        return step => UpdateRule.AdamW(step, lr, beta1, beta2, eps, decay);
    }

    private static Func<long, UpdateRule> NAdam(CaseFile file)
    {
        var ((lr, beta1, beta2, eps), decay, momentumDecay) = (Moments(file), Decay(file), file.Number("momentum_decay", 4e-3));
        var decoupled = file.Flag("decoupled_weight_decay", "false");
        return step =>
        {
            var rule = UpdateRule.NAdam(step, lr, beta1, beta2, eps, decay, momentumDecay);
            return decoupled ? rule with { L2 = 0, Shrink = lr * decay } : rule;
        };
    }

    private static Func<long, UpdateRule> AdaMax(CaseFile file)
    {
        var ((lr, beta1, beta2, eps), decay) = (Moments(file), Decay(file));
        return step => UpdateRule.AdaMax(step, lr, beta1, beta2, eps, decay);
    }

    /// <summary>PyTorch's schedule: η(n + 1) = lr/(1 + lambd·lr·n)^alpha, and the parameter shrinks by lambd·η in every step.</summary>
    private static Func<long, UpdateRule> AveragedSgd(CaseFile file)
    {
        var (lr, decay) = (file.Number("lr"), Decay(file));
        var (lambd, alpha, t0) = (file.Number("lambd", 1e-4), file.Number("alpha", 0.75), file.Number("t0", 1e6));
        return step =>
        {
            var rate = lr / Math.Pow(1 + lambd * lr * (step - 1), alpha);
            return UpdateRule.AveragedSgd(rate, 1 / Math.Max(1, step - 1 - t0), decay) with { Shrink = lambd * rate };
        };
    }

    private static (double Rate, double Beta1, double Beta2, double Epsilon) Moments(CaseFile file) =>
        (file.Number("lr"), file.Number("beta1", 0.9), file.Number("beta2", 0.999), file.Number("eps", 1e-8));

    /// <summary>What the README of the vectors says: an absent setting is 0.</summary>
    private static double Decay(CaseFile file) => file.Number("weight_decay", 0);
}
