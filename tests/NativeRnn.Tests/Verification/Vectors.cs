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
        var shape = new RecurrentShape(CellInfo.All.Single(cell => cell.Name == name).Kind, T, B, I, H);
        var layer = new DoubleLayer(shape);
        layer.Forward();
        layer.Backward();
        var shapes = RecurrentParameter.Of(shape).ToDictionary(parameter => parameter.NameIn(0, reverse: false), parameter => parameter.Shape.ToArray());
        shapes["input"] = [T, B, I];
        shapes["h_0"] = [1, B, H];
        if (CellInfo.Of(shape.Cell).HasCellState)
            shapes["c_0"] = [1, B, H];
        var file = Settings(name);
        foreach (var (tensor, sizes) in shapes)
            file.Add(tensor, layer.Variables[tensor], sizes).Add($"grad.{tensor}", layer.Gradients[tensor], sizes);
        if (CellInfo.Of(shape.Cell).HasCellState)
            file.Add("c_n", layer.FinalCell, 1, B, H).Add("grad_c_n", layer.FinalCellGradient, 1, B, H);
        return file.Add("output", layer.Output, T, B, H).Add("h_n", layer.FinalHidden, 1, B, H)
            .Add("grad_output", layer.OutputGradient, T, B, H).Add("grad_h_n", layer.FinalHiddenGradient, 1, B, H);
    }

    /// <summary>A plain layer with one row of one step beside one of none, worked out by hand: h = tanh(x·w + h·0), w = 1.</summary>
    public static VectorFile Lengths()
    {
        var y = Math.Tanh(0.5);
        var slope = 1 - y * y;
        return Settings("rnn_tanh").Set("hidden_size", "1").Set("input_size", "1").Set("bias", "false").Add("lengths", [0L, 1], 2)
            .Add("input", [7, 0.5, 8, 9], 2, 2, 1).Add("h_0", [0.25, 0.75], 1, 2, 1)
            .Add("weight_ih_l0", [1.0], 1, 1).Add("weight_hh_l0", [0.0], 1, 1)
            .Add("output", [0, y, 0, 0], 2, 2, 1).Add("h_n", [0.25, y], 1, 2, 1)
            .Add("grad_output", [3.0, 2, 3, 3], 2, 2, 1).Add("grad_h_n", [5.0, 1], 1, 2, 1)
            .Add("grad.input", [0, 3 * slope, 0, 0], 2, 2, 1).Add("grad.h_0", [5.0, 0], 1, 2, 1)
            .Add("grad.weight_ih_l0", [0.5 * 3 * slope], 1, 1).Add("grad.weight_hh_l0", [0.75 * 3 * slope], 1, 1);
    }

    /// <summary>The same without any step.</summary>
    public static VectorFile Idle() => Lengths().Add("lengths", [0L, 0], 2).Add("output", new double[4], 2, 2, 1)
        .Add("h_n", [0.25, 0.75], 1, 2, 1).Add("grad.input", new double[4], 2, 2, 1).Add("grad.h_0", [5.0, 1], 1, 2, 1)
        .Add("grad.weight_ih_l0", [0.0], 1, 1).Add("grad.weight_hh_l0", [0.0], 1, 1);

    private static VectorFile Settings(string cell) => new VectorFile().Set("kind", "recurrent").Set("cell", cell).Set("hidden_size", "4")
        .Set("input_size", "3").Set("num_layers", "1").Set("bidirectional", "false").Set("proj_size", "0").Set("bias", "true");

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
