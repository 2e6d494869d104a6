namespace NativeRnn.Backends;

/// <summary>The sizes of one recurrent layer in one direction, over one batch.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="T">Steps.</param>
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

    /// <summary>Floats from one row of <c>y</c> and <c>dy</c> to the next; 0 means <see cref="H"/>.</summary>
    public int OutputStride { get; init; }

    /// <summary>
    /// Whether the layer runs from the last step to the first: h(0) is the state before step T−1 in memory, h(T) that after step 0.
    /// </summary>
    public bool Reverse { get; init; }

    internal int ActualInputStride => InputStride == 0 ? I : InputStride;

    internal int ActualOutputStride => OutputStride == 0 ? H : OutputStride;
}

/// <summary>How many floats of memory a recurrent layer wants from its caller.</summary>
/// <param name="Packed">The recurrent weights in the order in which the backend reads them; valid until the next update.</param>
/// <param name="Reserve">What the forward pass keeps for the backward pass, which destroys it.</param>
/// <param name="Workspace">Scratch of one call; may be shared between layers.</param>
public readonly record struct RecurrentSizes(long Packed, long Reserve, long Workspace);
