namespace NativeRnn.Backends;

/// <summary>
/// Softmax cross entropy over classes: scale · Σ over rows of (1 − ε)·w[target]·(−log p[target]) + ε/V · Σ over classes of w[v]·(−log p[v]).
/// </summary>
public readonly ref struct CrossEntropy()
{
    /// <summary>V.</summary>
    public int Classes { get; init; }

    /// <summary>Factor of the sum.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Whether the sum is divided by the weights of the targets that count; 0 where none counts.</summary>
    public bool Mean { get; init; }

    /// <summary>ε, the part of a target that all classes share, 0 to 1.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Rows with this target, a class or not, do not count; null where all count.</summary>
    public int? IgnoreIndex { get; init; }

    /// <summary>w [V], at least 0; empty for 1.</summary>
    public ReadOnlySpan<float> ClassWeights { get; init; }

    /// <summary>Logits [N, V].</summary>
    public ReadOnlySpan<float> Logits { get; init; }

    /// <summary>Targets [N].</summary>
    public ReadOnlySpan<int> Targets { get; init; }

    /// <summary>Overwritten unless empty: the gradient [N, V]; may be the memory of the logits.</summary>
    public Span<float> LogitsGradient { get; init; }
}

/// <summary>A loss of single numbers: scale · Σ of weight · loss.</summary>
public readonly ref struct PointwiseLoss()
{
    /// <summary>Which loss.</summary>
    public PointwiseLossKind Kind { get; init; }

    /// <summary>Numbers in a row of the target.</summary>
    public int Columns { get; init; }

    /// <summary>Factor of the sum.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>What the kind says.</summary>
    public double Setting { get; init; }

    /// <summary>The least variance. Default 1e-6.</summary>
    public double Floor { get; init; } = 1e-6;

    /// <summary>Weights of the columns; empty for 1.</summary>
    public ReadOnlySpan<float> Weights { get; init; }

    /// <summary>Weights of the positive class by column, for <see cref="PointwiseLossKind.Binary"/>; empty for 1.</summary>
    public ReadOnlySpan<float> PositiveWeights { get; init; }

    /// <summary>[N, columns], or [N, 2·columns] where half of a row gives the variances, through softplus.</summary>
    public ReadOnlySpan<float> Input { get; init; }

    /// <summary>[N, columns].</summary>
    public ReadOnlySpan<float> Target { get; init; }

    /// <summary>Overwritten unless empty: the gradient, of the shape of the input.</summary>
    public Span<float> InputGradient { get; init; }

    /// <summary>Numbers in a row of the input.</summary>
    internal int InputColumns => Kind is PointwiseLossKind.Gaussian or PointwiseLossKind.StudentT ? 2 * Columns : Columns;
}

/// <summary>
/// Connectionist temporal classification (Graves et al. 2006): scale · Σ over sequences of −log p(target | softmax of the logits). A target that no
/// path through the steps can spell gives an infinite loss and no gradient.
/// </summary>
public readonly ref struct Ctc()
{
    /// <summary>Steps, sequences, classes, and the room for the labels of a target.</summary>
    public (int T, int B, int C, int S) Shape { get; init; }

    /// <summary>The class that is no label.</summary>
    public int Blank { get; init; }

    /// <summary>Factor of the sum.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Whether the loss of a sequence is divided by the length of its target, where that is above 0.</summary>
    public bool Mean { get; init; }

    /// <summary>Whether an infinite loss counts as 0.</summary>
    public bool ZeroInfinity { get; init; }

    /// <summary>[T, B, C].</summary>
    public ReadOnlySpan<float> Logits { get; init; }

    /// <summary>[B, S]; what is beyond the lengths is not read.</summary>
    public ReadOnlySpan<int> Targets { get; init; }

    /// <summary>[B], 0 to T.</summary>
    public ReadOnlySpan<int> InputLengths { get; init; }

    /// <summary>[B], 0 to S.</summary>
    public ReadOnlySpan<int> TargetLengths { get; init; }

    /// <summary>Overwritten unless empty: the gradient [T, B, C], zero beyond the lengths.</summary>
    public Span<float> LogitsGradient { get; init; }

    /// <summary>Scratch; see <see cref="IBackend.CtcWorkspace"/>.</summary>
    public Span<float> Workspace { get; init; }
}
