using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>Updates of one parameter by given gradients, compared after every step.</summary>
internal sealed class OptimizerVerifier : ICaseVerifier
{
    public string Kind => "optimizer";

    public void Verify(CaseFile file, IBackend backend)
    {
        var optimizer = CaseOptimizer.Of(file);
        file.KnowOnly(["kind", "steps", .. optimizer.Known]);
        var update = optimizer.Updates(file);
        var n = file.Shape("p.0", 1)[0];
        var parameter = new CaseParameter(file, "p.0", n);
        for (var step = 1; step <= file.Size("steps"); step++)
        {
            file.Floats($"grad.{step}", n).CopyTo(parameter.Gradient, 0);
            update(backend, parameter, step, 1);
            parameter.CompareValues($"p.{step}");
        }
    }
}
