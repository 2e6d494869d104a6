using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>Losses and their gradients, with PyTorch's names of the settings. A new loss is a row of the table.</summary>
internal sealed class LossVerifier : ICaseVerifier
{
    private static readonly (string Name, string[] Settings, Action<CaseFile, IBackend> Verify)[] Table =
    [
        ("cross_entropy", ["ignore_index", "label_smoothing", "weight"], CrossEntropy),
        ("bce_with_logits", ["weight", "pos_weight"], Pointwise(PointwiseLossKind.Binary)),
        ("mse", [], Pointwise(PointwiseLossKind.Squared)),
        ("mae", [], Pointwise(PointwiseLossKind.Absolute)),
        ("huber", ["delta"], Pointwise(PointwiseLossKind.Huber, "delta", 1)),
        ("quantile", ["quantile"], Pointwise(PointwiseLossKind.Quantile, "quantile")),
        ("gaussian_nll", ["variance", "eps"], Pointwise(PointwiseLossKind.Gaussian)),
        ("student_t_nll", ["variance", "eps", "df"], Pointwise(PointwiseLossKind.StudentT, "df")),
        ("ctc", ["blank", "zero_infinity"], Ctc),
    ];

    public string Kind => "loss";

    public void Verify(CaseFile file, IBackend backend)
    {
        var (_, settings, verify) = file.Row("loss", Table, row => row.Name);
        file.KnowOnly(["kind", "loss", "reduction", .. settings]);
        verify(file, backend);
    }

    private static void CrossEntropy(CaseFile file, IBackend backend)
    {
        var shape = file.Shape("input", 2);
        var (N, V) = (shape[0], shape[1]);
        var ignored = Ignored(file);
        var gradient = new float[N * V];
        var loss = backend.CrossEntropy(new()
        {
            Classes = V,
            Mean = IsMean(file),
            LabelSmoothing = file.Number("label_smoothing", 0),
            IgnoreIndex = ignored,
            ClassWeights = file.Numbers("weight", V),
            Logits = file.Floats("input", N, V),
            Targets = file.Integers("target", Math.Min(0, ignored ?? 0), N),
            LogitsGradient = gradient,
        });
        Compare(file, loss, gradient);
    }

    /// <summary>A loss of single numbers; <paramref name="key"/> is the metadata that has its setting.</summary>
    private static Action<CaseFile, IBackend> Pointwise(PointwiseLossKind kind, string? key = null, double? missing = null) => (file, backend) =>
    {
        if (file.Text("variance", "softplus(second half of input)") is not "softplus(second half of input)" and var variance)
            throw new VerificationException($"variance = {variance} is not known, only softplus(second half of input)");
        var shape = file.Shape("target");
        var columns = shape.Length == 0 ? 1 : (int)shape[^1];
        var gradient = new float[file.Shape("input").Aggregate(1L, (product, size) => product * size)];
        var target = file.Floats("target", shape);
        var loss = backend.PointwiseLoss(new()
        {
            Kind = kind,
            Columns = columns,
            Scale = IsMean(file) ? 1.0 / target.Length : 1,
            Setting = key is null ? 0 : file.Number(key, missing),
            Floor = file.Number("eps", 1e-6),
            Weights = file.Numbers("weight", columns),
            PositiveWeights = file.Numbers("pos_weight", columns),
            Input = file.Floats("input", file.Shape("input")),
            Target = target,
            InputGradient = gradient,
        });
        Compare(file, loss, gradient);
    };

    private static void Ctc(CaseFile file, IBackend backend)
    {
        var shape = file.Shape("input", 3);
        var (T, B, C) = (shape[0], shape[1], shape[2]);
        var targets = file.Shape("target");
        if (targets.Length != 2 || targets[1] > int.MaxValue)
            throw new VerificationException("target has another shape than [B, S]");
        var S = (int)targets[1];
        var gradient = new float[T * B * C];
        var mean = IsMean(file);
        var loss = backend.Ctc(new()
        {
            Shape = (T, B, C, S),
            Blank = (int)file.Number("blank", 0),
            Scale = mean ? 1.0 / B : 1,
            Mean = mean,
            ZeroInfinity = file.Flag("zero_infinity", "false"),
            Logits = file.Floats("input", T, B, C),
            Targets = file.Integers("target", int.MinValue, B, S), // anything may stand beyond the lengths
            InputLengths = file.Indices("input_lengths", B),
            TargetLengths = file.Indices("target_lengths", B),
            LogitsGradient = gradient,
            Workspace = new float[backend.CtcWorkspace(T, B, S)],
        });
        Compare(file, loss, gradient);
    }

    private static void Compare(CaseFile file, double loss, float[] gradient)
    {
        file.Compare("loss", [(float)loss], 1);
        file.Compare("grad.input", gradient, file.Shape("input"));
    }

    private static int? Ignored(CaseFile file) => file.Text("ignore_index", "") is { Length: > 0 } ? (int)file.Number("ignore_index") : null;

    private static bool IsMean(CaseFile file) => file.Text("reduction") switch
    {
        "mean" => true,
        "sum" => false,
        var other => throw new VerificationException($"reduction '{other}' is not known; known are mean, sum"),
    };
}
