namespace NativeRnn.Backends.Managed;

/// <summary>Goes over the steps of a batch, upwards or downwards in memory.</summary>
internal ref struct StepWalk(in RecurrentShape shape, ReadOnlySpan<int> stepRows, bool down)
{
    private readonly ReadOnlySpan<int> _stepRows = stepRows; // empty: all rows in every step
    private readonly int _steps = shape.T, _allRows = shape.B;

    /// <summary>Where the step stands in memory.</summary>
    public int Step { get; private set; } = down ? shape.T : -1;

    /// <summary>Its first row in memory.</summary>
    public int First { get; private set; } = down ? (int)shape.Rows : 0;

    /// <summary>The rows at work in it.</summary>
    public int Rows { get; private set; }

    public bool MoveNext()
    {
        Step += down ? -1 : 1;
        if (Step < 0 || Step == _steps)
            return false;
        First += down ? 0 : Rows;
        Rows = _stepRows.IsEmpty ? _allRows : _stepRows[Step];
        First -= down ? Rows : 0;
        return true;
    }
}
