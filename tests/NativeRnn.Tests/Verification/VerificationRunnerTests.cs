using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Cli.Verification;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Verification;

/// <summary>The verification engine passes correct files and no others.</summary>
public sealed class VerificationRunnerTests : IDisposable
{
    private static readonly BackendOptions Managed = new() { Name = "managed" };

    private static readonly Dictionary<string, (Func<VectorFile> Make, string Says)> Wrong = new()
    {
        ["a wrong number"] = (() => Vectors.Lstm().Spoil("output", 5, 7), "output[5]: got "),
        ["a wrong gradient"] = (() => Vectors.Lstm().Spoil("grad.bias_hh_l0", 2, 7), "grad.bias_hh_l0[2]: got "),
        ["just out of bounds"] = (() => Vectors.SquaredError().Spoil("grad.input", 5, 1.66666667f * 1.000022f), "grad.input[5]: got "),
        ["NaN in the input"] = (() => Vectors.SquaredError().Spoil("input", 0, float.NaN), "loss[0]: got NaN"),
        ["NaN expected"] = (() => Vectors.SquaredError().Spoil("grad.input", 0, float.NaN), "not finite"),
        ["infinity expected"] = (() => Vectors.SquaredError().Spoil("grad.input", 0, float.PositiveInfinity), "not finite"),
        ["a wrong step"] = (() => Vectors.Sgd().Spoil("p.2", 1, 2.7f), "p.2[1]: got 2.75, expected 2.7"),
        ["a wrong loss on the way"] = (() => Vectors.Trajectory().Spoil("losses", 1, 0.7f), "losses[1]: got "),
        ["a wrong norm on the way"] = (() => Vectors.Trajectory().Spoil("grad_norms", 1, 0.1f), "grad_norms[1]: got 0, expected 0.1"),
        ["no kind"] = (() => Vectors.Lstm().Remove("kind"), "lacks the metadata 'kind'"),
        ["an unknown kind"] = (() => Vectors.Lstm().Set("kind", "dream"), "not known; known are recurrent, loss, optimizer, trajectory"),
        ["an unknown cell"] = (() => Vectors.Lstm().Set("cell", "quantum"), "cell 'quantum' is not known; known are lstm, gru, gru_reset_before, rnn_tanh, rnn_relu, lstm_peephole"),
        ["an unknown loss"] = (() => Vectors.SquaredError().Set("loss", "dream"), "loss 'dream' is not known"),
        ["an unknown reduction"] = (() => Vectors.SquaredError().Set("reduction", "none"), "reduction 'none' is not known"),
        ["an unknown optimizer"] = (() => Vectors.Sgd().Set("optimizer", "lion"), "optimizer 'lion' is not known"),
        ["an unknown setting"] = (() => Vectors.Sgd().Set("amsgrad", "true"), "amsgrad = true"),
        ["smoothing where none is"] = (() => Vectors.CrossEntropy().Set("label_smoothing", "0.1"), "grad.input[0]: got 0.45"),
        ["another variance"] = (() => Vectors.SquaredError().Set("loss", "gaussian_nll").Set("variance", "exp"), "variance = exp is not known"),
        ["weights that are none"] = (() => Vectors.CrossEntropy().Set("weight", "[1]"), "expected a list of 2 numbers"),
        ["two directions where one is stored"] = (() => Vectors.Lstm().Set("bidirectional", "true"), "h_0 has the shape [1, 2, 4], expected [2, 2, 4]"),
        ["a direction that there is not"] = (() => Vectors.Lstm().Set("bidirectional", "maybe"), "bidirectional is 'maybe'"),
        ["a cell state too many"] = (() => Vectors.Of("gru").Add("c_0", new double[8], 1, 2, 4), "tensors that are not known: c_0"),
        ["a projection where none is stored"] = (() => Vectors.Lstm().Set("proj_size", "2"), "h_0 has the shape [1, 2, 4], expected [1, 2, 2]"),
        ["a projection of a GRU"] = (() => Vectors.Of("gru").Set("proj_size", "4"), "gru has no projection"),
        ["a projection that is no number"] = (() => Vectors.Lstm().Set("proj_size", "-1"), "proj_size is '-1', expected a whole number"),
        ["a parameter missing"] = (() => Vectors.Of("lstm_peephole").Remove("weight_peephole_l0"), "lacks the tensor weight_peephole_l0"),
        ["a parameter too many"] = (() => Vectors.Lstm().Add("weight_peephole_l0", new double[12], 12), "tensors that are not known: weight_peephole_l0"),
        ["an unknown activation"] = (() => Vectors.Lstm().Set("activation", "gelu"), "activation 'gelu' is not known; known are sigmoid, tanh"),
        ["another activation than was computed"] = (() => Vectors.Lstm().Set("activation", "relu"), "output[0]: got "),
        ["other lengths than were computed"] = (() => Vectors.Lstm().Add("lengths", [1L, 3], 2), "output["),
        ["a length above the steps"] = (() => Vectors.Lengths().Add("lengths", [0L, 3], 2), "lengths[1] is 3, expected 0…2"),
        ["a length below zero"] = (() => Vectors.Lengths().Add("lengths", [-1L, 1], 2), "lengths holds values outside"),
        ["too few lengths"] = (() => Vectors.Lengths().Add("lengths", [1L], 1), "lengths has the shape [1], expected [2]"),
        ["an expected tensor missing"] = (() => Vectors.Lstm().Remove("grad.h_0"), "lacks the tensor grad.h_0"),
        ["another shape"] = (() => Vectors.Lstm().Add("h_n", new double[8], 2, 4), "h_n has the shape [2, 4], expected [1, 2, 4]"),
        ["a shape of a thousand sizes"] = (() => Vectors.Lstm().Add("h_n", new double[1], Enumerable.Repeat(1, 1000).ToArray()), "h_n has the shape [1, 1, 1, 1, 1, 1, 1, 1, …], expected [1, 2, 4]"),
        ["a name without end"] = (() => Vectors.Lstm().Set("cell", new string('x', 100_000)), $"cell '{new string('x', 80)}…' is not known"),
        ["many tensors too many"] = (() => Enumerable.Range(10, 20).Aggregate(Vectors.Lstm(), (file, i) => file.Add($"x{i}", new double[1], 1)), "not known: x10, x11, x12, x13, x14, x15, x16, x17, and 12 more"),
        ["another type"] = (() => Vectors.Lstm().Add("h_n", new long[8], 1, 2, 4), "I64"),
        ["a size that is no number"] = (() => Vectors.Lstm().Set("hidden_size", "many"), "hidden_size is 'many'"),
        ["more layers than there are"] = (() => Vectors.Lstm().Set("num_layers", "1000000000"), "h_0 has the shape"),
        ["a class out of range"] = (() => Vectors.CrossEntropy().Add("target", [2L], 1), "Targets[0] is 2"),
        ["a class below zero"] = (() => Vectors.CrossEntropy().Add("target", [-100L], 1), "target holds values outside"),
        ["more steps than there are"] = (() => Vectors.Trajectory().Set("steps", "2000000000"), "losses has 2 elements"),
        ["too few tokens"] = (() => Vectors.Trajectory().Set("bptt", "6"), "ids are too few"),
    };

    private readonly string folder = Directory.CreateTempSubdirectory("nativernn").FullName;

    public static TheoryData<string> WrongCases => [.. Wrong.Keys];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Correct_files_pass_on_every_backend(string row)
    {
        foreach (var cell in CellInfo.All)
            Vectors.Of(cell.Name).Write(folder, cell.Name);
        Vectors.Lengths().Write(folder, "lengths");
        Vectors.Idle().Write(folder, "no_steps");
        Vectors.SquaredError().Write(folder, "mse");
        Vectors.CrossEntropy().Write(folder, "cross_entropy");
        Vectors.Trajectory().Write(folder, "trajectory");
        Vectors.Sgd().Write(Directory.CreateDirectory(Path.Combine(folder, "deeper")).FullName, "sgd");
        using var backend = TestBackends.Create(row);

        var results = VerificationRunner.Run([folder], backend);

        var names = results.Select(result => Path.GetFileNameWithoutExtension(result.File));
        string[] written = ["cross_entropy", "lengths", "mse", "no_steps", "sgd", "trajectory", .. CellInfo.All.Select(cell => cell.Name)];
        Assert.Equal(written.Order(), names.Order());
        Assert.Equal(results.Select(result => result.File).Order(StringComparer.Ordinal), results.Select(result => result.File));
        Assert.All(results, result => Assert.Empty(result.Failures));
    }

    [Theory]
    [MemberData(nameof(WrongCases))]
    public void A_wrong_file_fails_and_says_why(string name)
    {
        var (make, says) = Wrong[name];
        var path = make().Write(folder, "case");
        var (exit, text) = Run(path);
        Assert.Equal(1, exit);
        Assert.StartsWith($"FAILED {path}: ", text, StringComparison.Ordinal);
        Assert.Contains(says, text, StringComparison.Ordinal);
        Assert.EndsWith("0 passed, 1 failed\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_wrong_numbers_are_counted()
    {
        var file = Vectors.SquaredError();
        for (var i = 0; i < 6; i++)
            file.Spoil("grad.input", i, -9);
        var (_, text) = Run(file.Write(folder, "case"));
        Assert.Contains("grad.input[2]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("grad.input[3]", text, StringComparison.Ordinal);
        Assert.Contains("grad.input: 6 of 6 elements are wrong", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_without_a_case_fails()
    {
        Assert.Equal((1, $"FAILED {folder}: no *.safetensors in this folder\n0 passed, 1 failed\n"), Run(folder));
        Assert.Equal((1, $"FAILED {folder}/none: no such file or folder\n0 passed, 1 failed\n"), Run($"{folder}/none"));
    }

    [Fact]
    public void A_damaged_file_fails_and_the_others_still_run()
    {
        File.WriteAllText(Path.Combine(folder, "a.safetensors"), "no tensors here");
        Vectors.Sgd().Write(folder, "b");
        var (exit, text) = Run(folder);
        Assert.Equal(1, exit);
        Assert.StartsWith($"FAILED {folder}/a.safetensors: bytes 0 to 7 give", text, StringComparison.Ordinal);
        Assert.EndsWith("1 passed, 1 failed\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_is_one_document()
    {
        Vectors.Sgd().Write(folder, "a");
        Vectors.SquaredError().Spoil("loss", 0, 1).Write(folder, "b");
        var output = new StringWriter();

        Assert.Equal(1, VerificationRunner.Run([folder], Managed, json: true, output));

        using var document = JsonDocument.Parse(output.ToString());
        var root = document.RootElement;
        Assert.Equal((1, 1), (root.GetProperty("passed").GetInt32(), root.GetProperty("failed").GetInt32()));
        var cases = root.GetProperty("cases").EnumerateArray().ToArray();
        Assert.Equal(Path.Combine(folder, "a.safetensors"), cases[0].GetProperty("file").GetString());
        Assert.True(cases[0].GetProperty("passed").GetBoolean());
        Assert.Equal(0, cases[0].GetProperty("failures").GetArrayLength());
        Assert.False(cases[1].GetProperty("passed").GetBoolean());
        Assert.StartsWith("loss[0]: got ", cases[1].GetProperty("failures")[0].GetString(), StringComparison.Ordinal);
    }

    private static (int Exit, string Text) Run(string path)
    {
        var output = new StringWriter { NewLine = "\n" };
        return (VerificationRunner.Run([path], Managed, json: false, output), output.ToString());
    }
}
