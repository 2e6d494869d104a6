namespace NativeRnn.Backends;

/// <summary>
/// Sequences of different lengths side by side, the longest first, so that the rows at work in a step are the first ones and no time goes
/// into padding. Made once per batch from the lengths; packs padded arrays [T, B, W], brings states [B, W] into its order, and back.
/// </summary>
public sealed class RaggedBatch
{
    private readonly int[] _lengths, _order, _stepRows;

    /// <summary>Sorts the rows; those that are equally long keep their order.</summary>
    /// <param name="lengths">The steps of every row, in any order; 0 is allowed.</param>
    /// <exception cref="ArgumentException">There are none, one is negative, or they are too many steps in all.</exception>
    public RaggedBatch(ReadOnlySpan<int> lengths)
    {
        ArgumentChecks.Positive(lengths.Length, nameof(lengths));
        _lengths = lengths.ToArray();
        for (var b = 0; b < _lengths.Length; b++)
        {
            if (_lengths[b] < 0)
                throw new ArgumentException($"lengths[{b}] is {_lengths[b]}, expected at least 0", nameof(lengths));
        }
        ArgumentChecks.Addressable("the packed rows", _lengths.Sum(length => (double)length), nameof(lengths));
        Positions = _lengths.Sum();
        _order = [.. Enumerable.Range(0, _lengths.Length).OrderByDescending(b => _lengths[b])];
        _stepRows = new int[_lengths[_order[0]]];
        var rows = _lengths.Length;
        for (var t = 0; t < _stepRows.Length; t++)
        {
            while (_lengths[_order[rows - 1]] <= t)
                rows--;
            _stepRows[t] = rows;
        }
    }

    /// <summary>B: the rows, those without a step too.</summary>
    public int Rows => _order.Length;

    /// <summary>T: the steps of the longest row; 0 where no row has any.</summary>
    public int Steps => _stepRows.Length;

    /// <summary>R: the steps of all rows together, which are the rows of packed arrays.</summary>
    public int Positions { get; }

    /// <summary>How many rows are at work in each step: <see cref="RecurrentForward.StepRows"/>.</summary>
    public ReadOnlySpan<int> StepRows => _stepRows;

    /// <summary>The place of the caller's rows: the row at place k is <c>Order[k]</c>.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>packed [R, W] ← padded [any T, B, W], without what is past a row's length.</summary>
    /// <exception cref="ArgumentException">An array is too short.</exception>
    public void Pack(ReadOnlySpan<float> padded, int width, Span<float> packed)
    {
        Check(padded.Length, packed.Length, width);
        var n = 0;
        for (var t = 0; t < Steps; t++)
        {
            for (var k = 0; k < _stepRows[t]; k++, n++)
                Row(padded, t * Rows + _order[k], width).CopyTo(packed.Slice(n * width, width));
        }
    }

    /// <summary>padded [any T, B, W] ← packed [R, W], and zeros past a row's length.</summary>
    /// <exception cref="ArgumentException">An array is too short.</exception>
    public void Unpack(ReadOnlySpan<float> packed, int width, Span<float> padded)
    {
        Check(padded.Length, packed.Length, width);
        padded.Clear();
        var n = 0;
        for (var t = 0; t < Steps; t++)
        {
            for (var k = 0; k < _stepRows[t]; k++, n++)
                Row(packed, n, width).CopyTo(padded.Slice((t * Rows + _order[k]) * width, width));
        }
    }

    /// <summary>sorted [B, W] ← state [B, W] in the caller's order.</summary>
    /// <exception cref="ArgumentException">An array is too short.</exception>
    public void SortState(ReadOnlySpan<float> state, int width, Span<float> sorted)
    {
        CheckState(state.Length, sorted.Length, width);
        for (var k = 0; k < Rows; k++)
            Row(state, _order[k], width).CopyTo(sorted.Slice(k * width, width));
    }

    /// <summary>state [B, W] in the caller's order ← sorted [B, W].</summary>
    /// <exception cref="ArgumentException">An array is too short.</exception>
    public void UnsortState(ReadOnlySpan<float> sorted, int width, Span<float> state)
    {
        CheckState(state.Length, sorted.Length, width);
        for (var k = 0; k < Rows; k++)
            Row(sorted, k, width).CopyTo(state.Slice(_order[k] * width, width));
    }

    private static ReadOnlySpan<float> Row(ReadOnlySpan<float> rows, int row, int width) => rows.Slice(row * width, width);

    private void Check(int padded, int packed, int width)
    {
        ArgumentChecks.Positive(width, nameof(width));
        if (padded < (double)Steps * Rows * width)
            throw new ArgumentException($"padded holds {padded} elements, expected {(double)Steps * Rows * width}", nameof(padded));
        if (packed < (double)Positions * width)
            throw new ArgumentException($"packed holds {packed} elements, expected {(double)Positions * width}", nameof(packed));
    }

    private void CheckState(int state, int sorted, int width)
    {
        ArgumentChecks.Positive(width, nameof(width));
        if (state < (double)Rows * width)
            throw new ArgumentException($"state holds {state} elements, expected {(double)Rows * width}", nameof(state));
        if (sorted < (double)Rows * width)
            throw new ArgumentException($"sorted holds {sorted} elements, expected {(double)Rows * width}", nameof(sorted));
    }
}
