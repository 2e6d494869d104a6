using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>Dense layers, their fused cross entropy, and embeddings of every backend against the managed one.</summary>
public class DenseTests
{
    private static readonly DenseShape[] Shapes = [new(1, 1, 1), new(3, 5, 7), new(17, 33, 65), new(300, 20, 9), new(70, 16, 1031)];

    public static TheoryData<string, int> Cases => TestBackends.Times(TestBackends.AllButManaged, 2 * Shapes.Length);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Dense_layer_agrees_with_managed(string row, int number)
    {
        var (shape, bias) = (Shapes[number / 2], number % 2 == 0);
        Compare(row, (backend, results) =>
        {
            var (x, w, b) = Inputs(shape, bias);
            var (y, dx) = (new float[shape.N * shape.O], new float[x.Length]);
            var (dw, db) = (Numbers.Floats(5, w.Length), Numbers.Floats(6, b.Length));
            backend.DenseForward(shape, new DenseForward { Input = x, Weights = w, Bias = b, Output = y });
            var dy = Numbers.Floats(4, y.Length);
            backend.DenseBackward(shape, new DenseBackward
            {
                Input = x,
                Weights = w,
                OutputGradient = dy,
                InputGradient = dx,
                WeightsGradient = dw,
                BiasGradient = db,
            });
            (results["y"], results["dx"], results["dw"], results["db"]) = (y, dx, dw, db);
        });
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Fused_cross_entropy_agrees_with_managed(string row, int number)
    {
        var (shape, bias) = (Shapes[number / 2], number % 2 == 0);
        Compare(row, (backend, results) => Fused(backend, shape, bias, results));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Fused_cross_entropy_is_the_two_steps_in_one(string row)
    {
        using var backend = TestBackends.Create(row);
        var shape = new DenseShape(37, 11, 513);
        var results = new Dictionary<string, float[]>();
        Fused(backend, shape, bias: true, results);

        var (x, w, b) = Inputs(shape, bias: true);
        var logits = new float[shape.N * shape.O];
        backend.DenseForward(shape, new DenseForward { Input = x, Weights = w, Bias = b, Output = logits });
        var loss = backend.CrossEntropy(new()
        {
            Classes = shape.O,
            Scale = 0.125,
            Logits = logits,
            Targets = Numbers.Indices(7, shape.N, shape.O),
            LogitsGradient = logits,
        });
        var (dx, dw, db) = (new float[x.Length], Numbers.Floats(5, w.Length), Numbers.Floats(6, b.Length));
        backend.DenseBackward(shape, new DenseBackward
        {
            Input = x,
            Weights = w,
            OutputGradient = logits,
            InputGradient = dx,
            WeightsGradient = dw,
            BiasGradient = db,
        });

        Numbers.AssertClose("loss", [(float)loss], results["loss"]);
        Numbers.AssertClose("dx", dx, results["dx"]);
        Numbers.AssertClose("dw", dw, results["dw"]);
        Numbers.AssertClose("db", db, results["db"]);
    }

    [Theory]
    [MemberData(nameof(TestBackends.AllButManaged), MemberType = typeof(TestBackends))]
    public void Embedding_agrees_with_managed(string row)
    {
        foreach (var (V, E, N) in new[] { (1, 1, 1), (7, 5, 20), (50, 33, 301) })
        {
            Compare(row, (backend, results) =>
            {
                var ids = Numbers.Indices(1, N, V);
                var (rows, gradient) = (new float[N * E], Numbers.Floats(3, V * E));
                backend.EmbeddingForward(E, Numbers.Floats(2, V * E), ids, rows);
                backend.EmbeddingBackward(E, ids, Numbers.Floats(4, N * E), gradient);
                (results["rows"], results["gradient"]) = (rows, gradient);
            });
        }
    }

    private static void Fused(IBackend backend, DenseShape shape, bool bias, Dictionary<string, float[]> results)
    {
        var (x, w, b) = Inputs(shape, bias);
        var targets = Numbers.Indices(7, shape.N, shape.O);
        var workspace = new float[backend.DenseCrossEntropyWorkspace(shape)];
        var (dx, dw, db) = (new float[x.Length], Numbers.Floats(5, w.Length), Numbers.Floats(6, b.Length));
        var loss = backend.DenseCrossEntropy(shape, new DenseCrossEntropy
        {
            Input = x,
            Weights = w,
            Bias = b,
            Targets = targets,
            Scale = 0.125,
            Workspace = workspace,
            InputGradient = dx,
            WeightsGradient = dw,
            BiasGradient = db,
        });
        var lossAlone = backend.DenseCrossEntropy(shape, new DenseCrossEntropy
        {
            Input = x,
            Weights = w,
            Bias = b,
            Targets = targets,
            Scale = 0.125,
            Workspace = workspace,
        });
        (results["loss"], results["loss alone"]) = ([(float)loss], [(float)lossAlone]);
        (results["dx"], results["dw"], results["db"]) = (dx, dw, db);
    }

    private static (float[] X, float[] W, float[] B) Inputs(DenseShape shape, bool bias) =>
        (Numbers.Floats(1, shape.N * shape.I), Numbers.Floats(2, shape.O * shape.I), Numbers.Floats(3, bias ? shape.O : 0));

    private static void Compare(string row, Action<IBackend, Dictionary<string, float[]>> compute)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        using var managed = TestBackends.Create("managed");
        Dictionary<string, float[]> expected = [], actual = [];
        compute(managed, expected);
        compute(backend, actual);
        foreach (var (name, values) in expected)
            Numbers.AssertClose(name, values, actual[name]);
    }
}
