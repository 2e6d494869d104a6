using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>
/// A stack of recurrent layers in one or both directions, forward and backward; ∂L/∂x of a layer is ∂L/∂y of the one below. A new cell
/// needs no change here unless it has other parameters.
/// </summary>
internal sealed class RecurrentVerifier : ICaseVerifier
{
    public string Kind => "recurrent";

    public void Verify(CaseFile file, IBackend backend)
    {
        file.KnowOnly("kind", "cell", "activation", "hidden_size", "input_size", "num_layers", "bidirectional", "proj_size", "bias");
        file.Require("proj_size", "0");
        file.Require("activation", "tanh");
        new Stack(file, backend).Verify();
    }

    /// <summary>States are [layers·directions, B, H], ordered layer·directions + direction; directions stand side by side in y.</summary>
    private sealed class Stack
    {
        private readonly CaseFile file;
        private readonly CellInfo cell;
        private readonly int T, B, I, H, directions;
        private readonly long[] states;
        private readonly States hidden, cells;
        private readonly RecurrentCaseLayer[] layers;

        public Stack(CaseFile file, IBackend backend)
        {
            this.file = file;
            cell = file.Row("cell", CellInfo.All, row => row.Name);
            var L = file.Size("num_layers");
            (H, I, directions) = (file.Size("hidden_size"), file.Size("input_size"), file.Flag("bidirectional") ? 2 : 1);
            var sizes = file.Shape("input", 3);
            (T, B) = (sizes[0], sizes[1]);
            states = [(long)L * directions, B, H];
            hidden = new States(file, "h", states, B * H);
            cells = cell.HasCellState ? new States(file, "c", states, B * H) : new States();
            layers = new RecurrentCaseLayer[L * directions];
            for (var n = 0; n < layers.Length; n++)
            {
                var inputs = n < directions ? I : directions * H;
                var shape = new RecurrentShape(cell.Kind, T, B, inputs, H, file.Flag("bias"))
                {
                    Reverse = n % directions == 1,
                    OutputStride = directions * H,
                };
                layers[n] = new RecurrentCaseLayer(backend, shape, file, "", n / directions);
            }
        }

        public void Verify()
        {
            Forward();
            Backward();
            foreach (var parameter in layers.SelectMany(layer => layer.Parameters))
                parameter.CompareGradient();
        }

        private void Forward()
        {
            var x = file.Floats("input", T, B, I);
            for (var first = 0; first < layers.Length; first += directions)
            {
                var y = new float[T * B * directions * H];
                for (var n = first; n < first + directions; n++)
                {
                    var (hn, cn) = layers[n].Forward(x, hidden.Initial(n), cells.Initial(n), y);
                    hidden.SetFinal(n, hn);
                    cells.SetFinal(n, cn);
                }
                x = y;
            }
            file.Compare("output", x, T, B, directions * H);
            hidden.CompareFinal();
            cells.CompareFinal();
        }

        private void Backward()
        {
            var gradient = file.Floats("grad_output", T, B, directions * H);
            for (var first = layers.Length - directions; first >= 0; first -= directions)
            {
                float[] below = [];
                for (var n = first; n < first + directions; n++)
                {
                    var (dx, dh, dc) = layers[n].Backward(gradient, hidden.FinalGradient(n), cells.FinalGradient(n));
                    hidden.SetInitialGradient(n, dh);
                    cells.SetInitialGradient(n, dc);
                    below = n == first ? dx : [.. below.Zip(dx, (one, other) => one + other)];
                }
                gradient = below;
            }
            file.Compare("grad.input", gradient, T, B, I);
            hidden.CompareInitialGradient();
            cells.CompareInitialGradient();
        }
    }

    /// <summary>h or c of all layers and directions, their gradients and what is expected of both; without a file nothing at all.</summary>
    private sealed class States
    {
        private readonly CaseFile? file;
        private readonly string name = "";
        private readonly long[] shape = [];
        private readonly int length;
        private readonly float[] initial = [], final = [], finalGradient = [], initialGradient = [];

        public States() { }

        public States(CaseFile file, string name, long[] shape, int length)
        {
            (this.file, this.name, this.shape, this.length) = (file, name, shape, length);
            initial = file.Floats($"{name}_0", shape);
            finalGradient = file.Floats($"grad_{name}_n", shape);
            (final, initialGradient) = (new float[initial.Length], new float[initial.Length]);
        }

        public float[] Initial(int n) => initial[(n * length)..((n + 1) * length)];

        public float[] FinalGradient(int n) => finalGradient[(n * length)..((n + 1) * length)];

        public void SetFinal(int n, float[] values) => values.CopyTo(final, n * length);

        public void SetInitialGradient(int n, float[] values) => values.CopyTo(initialGradient, n * length);

        public void CompareFinal() => file?.Compare($"{name}_n", final, shape);

        public void CompareInitialGradient() => file?.Compare($"grad.{name}_0", initialGradient, shape);
    }
}
