using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>
/// A whole training run of a character model, embedding → recurrent layer → dense layer with cross entropy, written out with the
/// backend's functions alone, so that it checks the numbers and not the training code.
/// </summary>
internal sealed class TrajectoryVerifier : ICaseVerifier
{
    private const double Tolerance = 1e-3; // relative, at every step

    public string Kind => "trajectory";

    public void Verify(CaseFile file, IBackend backend)
    {
        var optimizer = CaseOptimizer.Of(file);
        file.KnowOnly(["kind", "cell", "clip_norm", "hidden_size", "batch", "bptt", "steps", "vocab", .. optimizer.Known]);
        var update = optimizer.Updates(file);
        var clip = file.Number("clip_norm", double.PositiveInfinity);
        var (T, B, steps) = (file.Size("bptt"), file.Size("batch"), file.Size("steps"));
        var ids = file.Indices("ids", file.Shape("ids", 1)[0]);
        var n = (ids.Length - 1) / B;
        if (n <= T)
            throw new VerificationException($"ids are too few: {B} streams of {n} tokens, expected more than {T} each");

        if (file.Shape("losses", 1)[0] != steps)
            throw new VerificationException($"losses has {file.Shape("losses", 1)[0]} elements, expected steps = {steps}");
        var model = new Model(file, backend, T, B);
        var (inputs, targets) = (new int[T * B], new int[T * B]);
        var (losses, norms) = (new float[steps], new float[steps]);
        for (var s = 0; s < steps; s++)
        {
            var start = (int)((long)s * T % (n - T));
            for (var t = 0; t < T; t++)
            {
                for (var b = 0; b < B; b++)
                    (inputs[t * B + b], targets[t * B + b]) = (ids[b * n + start + t], ids[b * n + start + t + 1]);
            }
            if (start < T && s > 0)
                model.ResetState();
            losses[s] = (float)model.ComputeGradients(inputs, targets);
            var norm = Math.Sqrt(model.Parameters.Sum(parameter => backend.SumOfSquares(parameter.Gradient)));
            norms[s] = (float)norm;
            foreach (var parameter in model.Parameters)
                update(backend, parameter, s + 1, norm > clip ? clip / (norm + 1e-6) : 1);
        }
        file.CompareRelative("losses", losses, Tolerance);
        file.CompareRelative("grad_norms", norms, Tolerance);
    }

    private sealed class Model
    {
        private readonly IBackend backend;
        private readonly CaseParameter embedding, weights, bias;
        private readonly RecurrentCaseLayer layer;
        private readonly int T, B, E, H, V, cellLength;
        private float[] hidden, cell;

        public Model(CaseFile file, IBackend backend, int T, int B)
        {
            (this.backend, this.T, this.B, H, V) = (backend, T, B, file.Size("hidden_size"), file.Size("vocab"));
            E = file.Shape("embedding.weight", 2)[1];
            embedding = new CaseParameter(file, "embedding.weight", V, E);
            var kind = file.Row("cell", CellInfo.All, row => row.Name).Kind;
            layer = new RecurrentCaseLayer(backend, new RecurrentShape(kind, T, B, E, H), new CaseRows(file, T, B), file, "rnn.", 0);
            weights = new CaseParameter(file, "decoder.weight", V, H);
            bias = new CaseParameter(file, "decoder.bias", V);
            Parameters = [embedding, .. layer.Parameters, weights, bias];
            cellLength = CellInfo.Of(kind).HasCellState ? B * H : 0;
            (hidden, cell) = (new float[B * H], new float[cellLength]);
        }

        public IReadOnlyList<CaseParameter> Parameters { get; }

        public void ResetState() => (hidden, cell) = (new float[B * H], new float[cellLength]);

        /// <summary>Leaves the gradients in the parameters and the final state for the next call; returns the mean loss.</summary>
        public double ComputeGradients(int[] inputs, int[] targets)
        {
            foreach (var parameter in Parameters)
                Array.Clear(parameter.Gradient);
            var x = new float[T * B * E];
            backend.EmbeddingForward(E, embedding.Values, inputs, x);
            var y = new float[T * B * H];
            (hidden, cell) = layer.Forward(x, hidden, cell, y);

            var shape = new DenseShape(T * B, H, V);
            var dy = new float[T * B * H];
            var loss = backend.DenseCrossEntropy(shape, new DenseCrossEntropy
            {
                Input = y,
                Weights = weights.Values,
                Bias = bias.Values,
                Targets = targets,
                Scale = 1.0 / (T * B),
                Workspace = new float[backend.DenseCrossEntropyWorkspace(shape)],
                InputGradient = dy,
                WeightsGradient = weights.Gradient,
                BiasGradient = bias.Gradient,
            });
            var (dx, _, _) = layer.Backward(dy, [], []);
            backend.EmbeddingBackward(E, inputs, dx, embedding.Gradient);
            return loss;
        }
    }
}
