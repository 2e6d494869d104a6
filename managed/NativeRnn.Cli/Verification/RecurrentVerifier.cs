using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>
/// A stack of recurrent layers in one or both directions, forward and backward; ∂L/∂x of a layer is ∂L/∂y of the one below. A new cell,
/// whatever its parameters, needs no change here, nor does an activation.
/// </summary>
internal sealed class RecurrentVerifier : ICaseVerifier
{
    public string Kind => "recurrent";

    public void Verify(CaseFile file, IBackend backend)
    {
        file.KnowOnly("kind", "cell", "activation", "hidden_size", "input_size", "num_layers", "bidirectional", "proj_size", "bias");
        new Stack(file, backend).Verify();
    }

    /// <summary>States are [layers·directions, B, W or H], ordered layer·directions + direction; directions stand side by side in y.</summary>
    private sealed class Stack
    {
        private readonly CaseFile file;
        private readonly CaseRows rows;
        private readonly int T, B, I, W, directions;
        private readonly States hidden, cells;
        private readonly RecurrentCaseLayer[] layers;

        public Stack(CaseFile file, IBackend backend)
        {
            this.file = file;
            var cell = file.Row("cell", CellInfo.All, row => row.Name);
            var (L, H, P) = (file.Size("num_layers"), file.Size("hidden_size"), file.SizeOrNone("proj_size"));
            (I, W, directions) = (file.Size("input_size"), P > 0 ? P : H, file.Flag("bidirectional") ? 2 : 1);
            var sizes = file.Shape("input", 3);
            (T, B) = (sizes[0], sizes[1]);
            rows = new CaseRows(file, T, B);
            hidden = new States(file, rows, "h", L * directions, B, W);
            cells = cell.HasCellState ? new States(file, rows, "c", L * directions, B, H) : new States();
            layers = new RecurrentCaseLayer[L * directions];
            for (var n = 0; n < layers.Length; n++)
            {
                var shape = rows.ShapeOf(cell.Kind, n < directions ? I : directions * W, H, file.Flag("bias")) with
                {
                    Projection = P,
                    Reverse = n % directions == 1,
                    OutputStride = directions * W,
                    CandidateActivation = Activation(cell.CandidateActivation),
                    OutputActivation = Activation(cell.OutputActivation),
                };
                layers[n] = new RecurrentCaseLayer(backend, shape, rows, file, "", n / directions);
            }
        }

        public void Verify()
        {
            Forward();
            Backward();
            foreach (var parameter in layers.SelectMany(layer => layer.Parameters))
                parameter.CompareGradient();
        }

        /// <summary>The setting <c>activation</c> where it differs from the cell's own; it means both the candidate and the output.</summary>
        private Activation Activation(ActivationKind own)
        {
            if (own == ActivationKind.Default || !file.HasSetting("activation"))
                return default;
            var kind = file.Row("activation", ActivationInfo.All, row => row.Name).Kind;
            return kind == own ? default : Backends.Activation.Of(kind);
        }

        private void Forward()
        {
            var x = rows.Pack(file.Floats("input", T, B, I), I);
            for (var first = 0; first < layers.Length; first += directions)
            {
                var y = new float[rows.Count * directions * W];
                for (var n = first; n < first + directions; n++)
                {
                    var (hn, cn) = layers[n].Forward(x, hidden.Initial(n), cells.Initial(n), y);
                    hidden.SetFinal(n, hn);
                    cells.SetFinal(n, cn);
                }
                x = y;
            }
            file.Compare("output", rows.Unpack(x, directions * W), T, B, directions * W);
            hidden.CompareFinal();
            cells.CompareFinal();
        }

        private void Backward()
        {
            var gradient = rows.Pack(file.Floats("grad_output", T, B, directions * W), directions * W);
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
            file.Compare("grad.input", rows.Unpack(gradient, I), T, B, I);
            hidden.CompareInitialGradient();
            cells.CompareInitialGradient();
        }
    }

    /// <summary>h or c of all layers and directions, their gradients and what is expected of both; without a file nothing at all.</summary>
    private sealed class States
    {
        private readonly CaseFile? file;
        private readonly CaseRows? rows;
        private readonly string name = "";
        private readonly long[] shape = [];
        private readonly int length, width;
        private readonly float[] initial = [], final = [], finalGradient = [], initialGradient = [];

        public States() { }

        public States(CaseFile file, CaseRows rows, string name, long layers, int B, int width)
        {
            (this.file, this.rows, this.name, shape, length, this.width) = (file, rows, name, [layers, B, width], B * width, width);
            initial = file.Floats($"{name}_0", shape);
            finalGradient = file.Floats($"grad_{name}_n", shape);
            (final, initialGradient) = (new float[initial.Length], new float[initial.Length]);
        }

        public float[] Initial(int n) => Of(initial, n);

        public float[] FinalGradient(int n) => Of(finalGradient, n);

        public void SetFinal(int n, float[] sorted) => rows?.Unsort(sorted, width, final.AsSpan(n * length, length));

        public void SetInitialGradient(int n, float[] sorted) => rows?.Unsort(sorted, width, initialGradient.AsSpan(n * length, length));

        public void CompareFinal() => file?.Compare($"{name}_n", final, shape);

        public void CompareInitialGradient() => file?.Compare($"grad.{name}_0", initialGradient, shape);

        private float[] Of(float[] states, int n) => rows?.Sort(states[(n * length)..((n + 1) * length)], width) ?? [];
    }
}
