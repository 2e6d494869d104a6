using NativeRnn.Backends.Managed;

namespace NativeRnn.Backends;

/// <summary>How h of the step before enters a cell's sums.</summary>
public enum Recurrence
{
    /// <summary>By the matrix <c>weight_hh</c> [G·H, H].</summary>
    Matrix,

    /// <summary>Unit by unit, by <c>weight_hh</c> [H].</summary>
    Diagonal,

    /// <summary>Not at all: there is neither <c>weight_hh</c> nor <c>bias_hh</c>.</summary>
    None,
}

/// <summary>What the rest of the library needs to know of a recurrent cell.</summary>
public sealed record CellInfo
{
    internal CellInfo(CellKind kind, string name, int gates, bool hasCellState) =>
        (Kind, Name, Gates, HasCellState) = (kind, name, gates, hasCellState);

    /// <summary>The cell.</summary>
    public CellKind Kind { get; }

    /// <summary>Its name in recipes, files and messages.</summary>
    public string Name { get; }

    /// <summary>G: its parameters have G·H rows.</summary>
    public int Gates { get; }

    /// <summary>Whether it carries c beside h. These cells may have a projection.</summary>
    public bool HasCellState { get; }

    /// <summary>How h of the step before enters the sums.</summary>
    public Recurrence Recurrence { get; internal init; } = Recurrence.Matrix;

    /// <summary>Whether it has <c>weight_peephole</c> [3·H]: c seen by the gates i, f, o.</summary>
    public bool HasPeepholes { get; internal init; }

    /// <summary>Whether it has layer normalization: <c>ln_ih_gain</c>, <c>ln_hh_gain</c> [G·H], <c>ln_c_gain</c>, <c>ln_c_bias</c> [H].</summary>
    public bool HasLayerNorm { get; internal init; }

    /// <summary>The activation of its gates unless a shape asks for another; <see cref="ActivationKind.Default"/>: it has none.</summary>
    public ActivationKind GateActivation { get; internal init; }

    /// <summary>The same of its candidate, or of h itself where it has no gates.</summary>
    public ActivationKind CandidateActivation { get; internal init; }

    /// <summary>The same of what c goes through on its way to h.</summary>
    public ActivationKind OutputActivation { get; internal init; }

    /// <summary>All cells.</summary>
    public static IReadOnlyList<CellInfo> All { get; } = [.. RecurrentCells<float>.All.Select(cell => cell.Info)];

    /// <summary>The row of <paramref name="kind"/>.</summary>
    /// <exception cref="ArgumentException">There is no such cell.</exception>
    public static CellInfo Of(CellKind kind) => RecurrentCells<float>.Of(kind).Info;
}
