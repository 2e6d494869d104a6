using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>Losses and their gradients. A new loss is a row of the table.</summary>
internal sealed class LossVerifier : ICaseVerifier
{
    private static readonly (string Name, Action<CaseFile, IBackend> Verify)[] Table =
    [
        ("cross_entropy", CrossEntropy),
        ("mse", SquaredError),
    ];

    public string Kind => "loss";

    public void Verify(CaseFile file, IBackend backend) => file.Row("loss", Table, row => row.Name).Verify(file, backend);

    private static void CrossEntropy(CaseFile file, IBackend backend)
    {
        file.KnowOnly("kind", "loss", "reduction");
        var shape = file.Shape("input", 2);
        var (N, V) = (shape[0], shape[1]);
        var gradient = new float[N * V];
        var loss = backend.CrossEntropy(V, Scale(file, N), file.Floats("input", N, V), file.Indices("target", N), gradient);
        file.Compare("loss", [(float)loss], 1);
        file.Compare("grad.input", gradient, N, V);
    }

    private static void SquaredError(CaseFile file, IBackend backend)
    {
        file.KnowOnly("kind", "loss", "reduction");
        var shape = file.Shape("input", 2);
        var (N, V) = (shape[0], shape[1]);
        var gradient = new float[N * V];
        var loss = backend.SquaredError(Scale(file, gradient.Length), file.Floats("input", N, V), file.Floats("target", N, V), gradient);
        file.Compare("loss", [(float)loss], 1);
        file.Compare("grad.input", gradient, N, V);
    }

    private static double Scale(CaseFile file, int terms) => file.Text("reduction") switch
    {
        "mean" => 1.0 / terms,
        "sum" => 1,
        var other => throw new VerificationException($"reduction '{other}' is not known; known are mean, sum"),
    };
}
