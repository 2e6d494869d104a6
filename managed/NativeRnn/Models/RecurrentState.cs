using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>The state of a stack of recurrent layers over a batch: h and, where the cell has one, c, each [L, B, H].</summary>
public sealed class RecurrentState : IDisposable
{
    private readonly int _layerLength;
    private AlignedBuffer _hidden, _cell;

    internal RecurrentState(int layers, int rows, int hidden, bool hasCell)
    {
        _layerLength = checked(rows * hidden);
        _hidden = new AlignedBuffer((long)layers * _layerLength);
        _cell = new AlignedBuffer(hasCell ? (long)layers * _layerLength : 0);
    }

    /// <summary>h [L, B, H].</summary>
    public Span<float> Hidden => _hidden.Span;

    /// <summary>c [L, B, H]; empty for cells without one.</summary>
    public Span<float> Cell => _cell.Span;

    /// <summary>Sets the state to zero.</summary>
    public void Reset()
    {
        Hidden.Clear();
        Cell.Clear();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _hidden.Dispose();
        _cell.Dispose();
    }

    /// <summary>Exchanges the values with those of a state of the same size.</summary>
    internal void Swap(RecurrentState other)
    {
        (_hidden, other._hidden) = (other._hidden, _hidden);
        (_cell, other._cell) = (other._cell, _cell);
    }

    internal Span<float> HiddenOf(int layer) => Hidden.Slice(layer * _layerLength, _layerLength);

    internal Span<float> CellOf(int layer) => _cell.Length == 0 ? [] : Cell.Slice(layer * _layerLength, _layerLength);
}
