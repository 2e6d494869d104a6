namespace NativeRnn.Models;

/// <summary>
/// The ranges of an arena outside which every gradient is zero. A step reads few rows of a large embedding, and clearing, norm and update would
/// spend more time on the other rows than on all else. What lies behind the table is always one range.
/// </summary>
internal sealed class TouchedGradients
{
    private readonly (int Start, int Length)[] _whole;
    private readonly Lock _gate = new(); // two threads that train one model get wrong gradients, but no row twice and so no range too many
    private (int Start, int Length)[] _ranges = []; // what is behind the table, then rows in the order in which they were touched
    private bool[] _seen = [];                      // by row of the table
    private int _width, _count;
    private bool _all = true;

    /// <summary>One range over <paramref name="length"/> gradients.</summary>
    public TouchedGradients(int length) => _whole = [(0, length)];

    /// <summary>The ranges; none overlaps another.</summary>
    public ReadOnlySpan<(int Start, int Length)> Ranges => _all ? _whole : _ranges.AsSpan(0, _count);

    /// <summary>From now on tells apart the rows of a table at the beginning; none of them is touched yet.</summary>
    /// <param name="rows">The rows of the table.</param>
    /// <param name="width">The gradients of a row.</param>
    /// <param name="behind">Where the next tensor begins.</param>
    public void Track(int rows, int width, int behind)
    {
        (_seen, _width, _ranges) = (new bool[rows], width, new (int, int)[rows + 1]);
        (_ranges[0], _count, _all) = ((behind, _whole[0].Length - behind), 1, false);
    }

    /// <summary>Touches rows, which may repeat. As many as the table has, or more, touch it whole: one range is quicker then.</summary>
    public void Add(ReadOnlySpan<int> rows)
    {
        _all |= rows.Length >= _seen.Length;
        if (_all)
            return;
        lock (_gate)
        {
            foreach (var row in rows)
            {
                if (_seen[row])
                    continue;
                _seen[row] = true;
                _ranges[_count++] = (row * _width, _width);
            }
        }
    }

    /// <summary>Touches everything.</summary>
    public void All() => _all = true;

    /// <summary>Touches nothing but what is behind the table.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            for (var i = 1; i < _count; i++)
                _seen[_ranges[i].Start / _width] = false;
            (_count, _all) = (Math.Min(_count, 1), _seen.Length == 0);
        }
    }
}
