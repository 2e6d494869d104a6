namespace NativeRnn.Backends;

/// <summary>What a parameter is to its recurrent layer.</summary>
public enum RecurrentRole
{
    /// <summary><c>weight_ih</c> [G·H, I].</summary>
    InputWeights,

    /// <summary><c>weight_hh</c> [G·H, H or P], or [H] where it is a diagonal.</summary>
    HiddenWeights,

    /// <summary><c>bias_ih</c> [G·H].</summary>
    InputBias,

    /// <summary><c>bias_hh</c> [G·H].</summary>
    HiddenBias,

    /// <summary><c>weight_hr</c> [P, H].</summary>
    ProjectionWeights,

    /// <summary><c>weight_peephole</c> [3·H].</summary>
    PeepholeWeights,

    /// <summary><c>ln_ih_gain</c> [G·H].</summary>
    InputGain,

    /// <summary><c>ln_hh_gain</c> [G·H].</summary>
    HiddenGain,

    /// <summary><c>ln_c_gain</c> [H].</summary>
    CellGain,

    /// <summary><c>ln_c_bias</c> [H].</summary>
    CellBias,
}

/// <summary>A parameter of a recurrent layer.</summary>
public sealed record RecurrentParameter
{
    internal RecurrentParameter(RecurrentRole role, string name, params int[] shape) => (Role, Name, Shape) = (role, name, shape);

    /// <summary>What it is.</summary>
    public RecurrentRole Role { get; }

    /// <summary>Its name, PyTorch's where PyTorch has one.</summary>
    public string Name { get; }

    /// <summary>Its shape.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>How many numbers it has.</summary>
    public long Length => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Its name in a stack, such as <c>weight_ih_l0_reverse</c>.</summary>
    public string NameIn(int layer, bool reverse) => $"{Name}_l{layer}{(reverse ? "_reverse" : "")}";

    /// <summary>All parameters of a layer, in PyTorch's order.</summary>
    /// <exception cref="ArgumentException">There is no such layer.</exception>
    public static IReadOnlyList<RecurrentParameter> Of(in RecurrentShape shape)
    {
        ArgumentChecks.Shape(shape);
        var cell = CellInfo.Of(shape.Cell);
        var (H, rows) = (shape.H, cell.Gates * shape.H);
        List<RecurrentParameter> all = [new(RecurrentRole.InputWeights, "weight_ih", rows, shape.I)];
        if (cell.Recurrence != Recurrence.None)
            all.Add(new(RecurrentRole.HiddenWeights, "weight_hh", cell.Recurrence == Recurrence.Diagonal ? [H] : [rows, shape.OutputWidth]));
        if (shape.HasBias)
            all.Add(new(RecurrentRole.InputBias, "bias_ih", rows));
        if (shape.HasBias && cell.Recurrence != Recurrence.None)
            all.Add(new(RecurrentRole.HiddenBias, "bias_hh", rows));
        if (shape.Projection > 0)
            all.Add(new(RecurrentRole.ProjectionWeights, "weight_hr", shape.Projection, H));
        if (cell.HasPeepholes)
            all.Add(new(RecurrentRole.PeepholeWeights, "weight_peephole", 3 * H));
        if (cell.HasLayerNorm)
        {
            all.Add(new(RecurrentRole.InputGain, "ln_ih_gain", rows));
            all.Add(new(RecurrentRole.HiddenGain, "ln_hh_gain", rows));
            all.Add(new(RecurrentRole.CellGain, "ln_c_gain", H));
            all.Add(new(RecurrentRole.CellBias, "ln_c_bias", H));
        }
        return all;
    }
}
