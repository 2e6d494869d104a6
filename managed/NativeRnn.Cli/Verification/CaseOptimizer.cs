using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>Optimizers as a case describes them. A new one is a row of the table.</summary>
/// <param name="Name">Its name in the metadata.</param>
/// <param name="Settings">The other metadata that it knows.</param>
/// <param name="Create">Reads the settings; the result performs update number <c>step</c>, from 1.</param>
internal sealed record CaseOptimizer(string Name, string[] Settings, Func<CaseFile, CaseOptimizer.Update> Create)
{
    private static readonly CaseOptimizer[] Table =
    [
        new("sgd", ["lr", "momentum", "nesterov", "weight_decay"], Sgd),
        new("adam", ["lr", "beta1", "beta2", "eps", "weight_decay"], Adam),
    ];

    /// <summary>Updates a parameter by its gradient times <paramref name="gradientScale"/>.</summary>
    internal delegate void Update(IBackend backend, CaseParameter parameter, int step, double gradientScale);

    /// <summary>The row that the metadata names.</summary>
    public static CaseOptimizer Of(CaseFile file) => file.Row("optimizer", Table, row => row.Name);

    private static Update Sgd(CaseFile file)
    {
        var rule = new SgdRule(file.Number("lr"), file.Number("momentum", 0), file.Number("weight_decay", 0),
            file.Flag("nesterov", "false"));
        return (backend, parameter, _, scale) =>
            backend.Sgd(rule, scale, parameter.Values, parameter.Gradient, rule.Momentum == 0 ? [] : parameter.First);
    }

    private static Update Adam(CaseFile file)
    {
        var rule = new AdamRule(1, file.Number("lr"), file.Number("beta1", 0.9), file.Number("beta2", 0.999), file.Number("eps", 1e-8),
            file.Number("weight_decay", 0));
        return (backend, parameter, step, scale) =>
            backend.Adam(rule with { Step = step }, scale, parameter.Values, parameter.Gradient, parameter.First, parameter.Second);
    }
}
