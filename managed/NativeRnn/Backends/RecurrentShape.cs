namespace NativeRnn.Backends;

/// <summary>The sizes of one recurrent layer in one direction, over one batch, and what its cell is asked to be.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="T">Steps; of a ragged batch those of the longest row.</param>
/// <param name="B">Rows: sequences that run side by side.</param>
/// <param name="I">Inputs per step.</param>
/// <param name="H">Hidden units.</param>
/// <param name="HasBias">Whether the layer has <c>bias_ih</c> and <c>bias_hh</c>.</param>
public readonly record struct RecurrentShape(CellKind Cell, int T, int B, int I, int H, bool HasBias = true)
{
    /// <summary>The cell.</summary>
    public CellKind Cell { get; init => field = Check.Known(value, nameof(Cell)); } = Check.Known(Cell, nameof(Cell));

    /// <summary>Floats from one row of <c>x</c> and <c>dx</c> to the next; 0 means <see cref="I"/>.</summary>
    public int InputStride { get; init; }

    /// <summary>Floats from one row of <c>y</c> and <c>dy</c> to the next; 0 means <see cref="OutputWidth"/>.</summary>
    public int OutputStride { get; init; }

    /// <summary>
    /// Whether the layer runs from the last step to the first: h(0) is the state before step T−1 in memory, h(T) that after step 0.
    /// </summary>
    public bool Reverse { get; init; }

    /// <summary>P: h is projected to so many columns by <c>weight_hr</c> [P, H]; 0: it is not. For cells with c only.</summary>
    public int Projection { get; init; }

    /// <summary>The activation of the gates; default: the cell's own.</summary>
    public Activation GateActivation { get; init; }

    /// <summary>The activation of the candidate, or of h where the cell has no gates; default: the cell's own.</summary>
    public Activation CandidateActivation { get; init; }

    /// <summary>The activation of c on its way to h; default: the cell's own.</summary>
    public Activation OutputActivation { get; init; }

    /// <summary>The sums before the activations of gates and candidate are limited to [−Clip, Clip]; 0: they are not.</summary>
    public float Clip { get; init; }

    /// <summary>R: rows of a ragged batch, all its steps together; 0: it is not ragged, and R is T·B.</summary>
    public int RaggedRows { get; init; }

    /// <summary>Whether the calls have a <see cref="RecurrentForward.HiddenMask"/>.</summary>
    public bool Masked { get; init; }

    /// <summary>Whether the calls have <see cref="RecurrentForward.Zoneout"/>.</summary>
    public bool Zoneout { get; init; }

    /// <summary>Columns of h and y: P with a projection, else H.</summary>
    public int OutputWidth => Projection > 0 ? Projection : H;

    internal int ActualInputStride => InputStride == 0 ? I : InputStride;

    internal int ActualOutputStride => OutputStride == 0 ? OutputWidth : OutputStride;

    /// <summary>R, of any batch.</summary>
    internal long Rows => RaggedRows > 0 ? RaggedRows : (long)T * B;

    /// <summary>Columns of c; 0 where the cell has none.</summary>
    internal int CellWidth => CellInfo.Of(Cell).HasCellState ? H : 0;

    /// <summary>Rows and columns of <c>weight_hh</c>; a diagonal is one row.</summary>
    internal (int Rows, int Columns) HiddenWeights => CellInfo.Of(Cell).Recurrence switch
    {
        Recurrence.Matrix => (CellInfo.Of(Cell).Gates * H, OutputWidth),
        Recurrence.Diagonal => (1, H),
        _ => (0, H),
    };

    // Numbers of the parameters that not every layer has.
    internal long BiasLength => HasBias ? (long)CellInfo.Of(Cell).Gates * H : 0;

    internal long HiddenBiasLength => CellInfo.Of(Cell).Recurrence == Recurrence.None ? 0 : BiasLength;

    internal long ProjectionLength => (long)Projection * H;

    internal long PeepholeLength => CellInfo.Of(Cell).HasPeepholes ? 3L * H : 0;

    internal long GainLength => CellInfo.Of(Cell).HasLayerNorm ? (long)CellInfo.Of(Cell).Gates * H : 0;

    internal long CellGainLength => CellInfo.Of(Cell).HasLayerNorm ? H : 0;
}

/// <summary>How many floats of memory a recurrent layer wants from its caller.</summary>
/// <param name="Packed">The recurrent weights in the order in which the backend reads them; valid until the next update.</param>
/// <param name="Reserve">What the forward pass keeps for the backward pass, which destroys it.</param>
/// <param name="Workspace">Scratch of one call; may be shared between layers.</param>
public readonly record struct RecurrentSizes(long Packed, long Reserve, long Workspace);
