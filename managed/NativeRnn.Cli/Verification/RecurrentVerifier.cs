using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>
/// A stack of recurrent layers, forward and backward; ∂L/∂x of a layer is ∂L/∂y of the one below. A new cell needs no change here
/// unless it has other parameters.
/// </summary>
internal sealed class RecurrentVerifier : ICaseVerifier
{
    public string Kind => "recurrent";

    public void Verify(CaseFile file, IBackend backend)
    {
        file.KnowOnly("kind", "cell", "activation", "hidden_size", "input_size", "num_layers", "bidirectional", "proj_size", "bias");
        file.Require("bidirectional", "false");
        file.Require("proj_size", "0");
        file.Require("activation", "tanh");
        var cell = file.Row("cell", CellInfo.All, row => row.Name);
        var (L, H, I) = (file.Size("num_layers"), file.Size("hidden_size"), file.Size("input_size"));
        var sizes = file.Shape("input", 3);
        var (T, B) = (sizes[0], sizes[1]);
        long[] states = [L, B, H];
        var (h0, c0) = (file.Floats("h_0", states), file.Floats("c_0", states));
        var layers = new RecurrentCaseLayer[L];
        for (var l = 0; l < L; l++)
        {
            var shape = new RecurrentShape(cell.Kind, T, B, l == 0 ? I : H, H, file.Flag("bias"));
            layers[l] = new RecurrentCaseLayer(backend, shape, file, "", l);
        }

        var finalHidden = new float[L * B * H];
        var finalCell = new float[L * B * H];
        var x = file.Floats("input", T, B, I);
        for (var l = 0; l < L; l++)
        {
            (x, var hn, var cn) = layers[l].Forward(x, Part(h0, l, L), Part(c0, l, L));
            hn.CopyTo(finalHidden, l * B * H);
            cn.CopyTo(finalCell, l * B * H);
        }
        file.Compare("output", x, T, B, H);
        file.Compare("h_n", finalHidden, states);
        file.Compare("c_n", finalCell, states);

        var gradient = file.Floats("grad_output", T, B, H);
        var (dhn, dcn) = (file.Floats("grad_h_n", states), file.Floats("grad_c_n", states));
        var (dh0, dc0) = (new float[L * B * H], new float[L * B * H]);
        for (var l = L - 1; l >= 0; l--)
        {
            (gradient, var dh, var dc) = layers[l].Backward(gradient, Part(dhn, l, L), Part(dcn, l, L));
            dh.CopyTo(dh0, l * B * H);
            dc.CopyTo(dc0, l * B * H);
        }
        file.Compare("grad.input", gradient, T, B, I);
        file.Compare("grad.h_0", dh0, states);
        file.Compare("grad.c_0", dc0, states);
        foreach (var parameter in layers.SelectMany(layer => layer.Parameters))
            parameter.CompareGradient();
    }

    /// <summary>Entry <paramref name="layer"/> along the first of the dimensions [layers, B, H].</summary>
    private static float[] Part(float[] states, int layer, int layers)
    {
        var length = states.Length / layers;
        return states[(layer * length)..((layer + 1) * length)];
    }
}
