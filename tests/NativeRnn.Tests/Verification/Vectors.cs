using NativeRnn.Backends;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Verification;

/// <summary>Small correct cases, one of each kind, computed in double precision.</summary>
internal static class Vectors
{
    public static VectorFile Lstm() => Of("lstm");

    public static VectorFile Of(string name)
    {
        const int T = 3, B = 2, I = 3, H = 4;
        var cell = CellInfo.All.Single(cell => cell.Name == name);
        var rows = cell.Gates * H;
        var layer = new DoubleLayer(new RecurrentShape(cell.Kind, T, B, I, H));
        layer.Forward();
        layer.Backward();
        var file = new VectorFile().Set("kind", "recurrent").Set("cell", name).Set("hidden_size", "4").Set("input_size", "3")
            .Set("num_layers", "1").Set("bidirectional", "false").Set("proj_size", "0").Set("bias", "true");
        var shapes = new Dictionary<string, int[]>
        {
            ["input"] = [T, B, I],
            ["h_0"] = [1, B, H],
            ["weight_ih_l0"] = [rows, I],
            ["weight_hh_l0"] = [rows, H],
            ["bias_ih_l0"] = [rows],
            ["bias_hh_l0"] = [rows],
        };
        if (cell.HasCellState)
            shapes["c_0"] = [1, B, H];
        foreach (var (tensor, shape) in shapes)
            file.Add(tensor, layer.Variables[tensor], shape).Add($"grad.{tensor}", layer.Gradients[tensor], shape);
        if (cell.HasCellState)
            file.Add("c_n", layer.FinalCell, 1, B, H).Add("grad_c_n", layer.FinalCellGradient, 1, B, H);
        return file.Add("output", layer.Output, T, B, H).Add("h_n", layer.FinalHidden, 1, B, H)
            .Add("grad_output", layer.OutputGradient, T, B, H).Add("grad_h_n", layer.FinalHiddenGradient, 1, B, H);
    }

    public static VectorFile SquaredError() => new VectorFile().Set("kind", "loss").Set("loss", "mse").Set("reduction", "mean")
        .Add("input", [1.0, 2, 3, 4, 5, 6], 2, 3).Add("target", [1.0, 1, 1, 1, 1, 1], 2, 3)
        .Add("loss", [55 / 6.0], 1).Add("grad.input", [0, 2 / 6.0, 4 / 6.0, 1, 8 / 6.0, 10 / 6.0], 2, 3);

    public static VectorFile CrossEntropy() => new VectorFile().Set("kind", "loss").Set("loss", "cross_entropy").Set("reduction", "sum")
        .Add("input", [0.0, 0], 1, 2).Add("target", [1L], 1).Add("loss", [Math.Log(2)], 1).Add("grad.input", [0.5, -0.5], 1, 2);

    public static VectorFile Sgd() => new VectorFile().Set("kind", "optimizer").Set("optimizer", "sgd").Set("steps", "2").Set("lr", "0.5")
        .Set("momentum", "0.5").Add("p.0", [1.0, 2], 2).Add("grad.1", [1.0, -1], 2).Add("p.1", [0.5, 2.5], 2).Add("grad.2", [1.0, 0], 2)
        .Add("p.2", [-0.25, 2.75], 2);

    /// <summary>All parameters are zero, so that the loss is log V and only the decoder's bias has a gradient; the rate is zero.</summary>
    public static VectorFile Trajectory()
    {
        const int V = 2, H = 1;
        // The targets of the two steps are 1 0 and 1 0: gradients of the bias cancel within each step.
        return new VectorFile().Set("kind", "trajectory").Set("cell", "lstm").Set("optimizer", "sgd").Set("lr", "0.0")
            .Set("clip_norm", "1.0").Set("hidden_size", "1").Set("batch", "1").Set("bptt", "2").Set("steps", "2").Set("vocab", "2")
            .Add("embedding.weight", new double[V * H], V, H).Add("decoder.weight", new double[V * H], V, H)
            .Add("decoder.bias", new double[V], V)
            .Add("rnn.weight_ih_l0", new double[4 * H * H], 4 * H, H).Add("rnn.weight_hh_l0", new double[4 * H * H], 4 * H, H)
            .Add("rnn.bias_ih_l0", new double[4 * H], 4 * H).Add("rnn.bias_hh_l0", new double[4 * H], 4 * H)
            .Add("ids", [0L, 1, 0, 1, 0, 1, 0], 7).Add("losses", [Math.Log(2), Math.Log(2)], 2).Add("grad_norms", [0.0, 0], 2);
    }
}
