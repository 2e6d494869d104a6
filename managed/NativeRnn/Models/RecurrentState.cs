using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>The state of a stack of recurrent layers over a batch: h [L, B, P or H] and, where the cell has one, c [L, B, H].</summary>
public sealed class RecurrentState : IDisposable
{
    private readonly int _layers;
    private AlignedBuffer _hidden, _cell;

    /// <summary>A state of zero for layers of that shape.</summary>
    internal RecurrentState(int layers, in RecurrentShape shape)
    {
        _layers = layers;
        _hidden = new AlignedBuffer((long)layers * shape.B * shape.OutputWidth);
        _cell = new AlignedBuffer((long)layers * shape.B * shape.CellWidth);
    }

    /// <summary>h [L, B, H], of projected layers [L, B, P].</summary>
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

    internal Span<float> HiddenOf(int layer) => Of(layer, Hidden);

    internal Span<float> CellOf(int layer) => Of(layer, Cell);

    private Span<float> Of(int layer, Span<float> all) => all.Slice(layer * (all.Length / _layers), all.Length / _layers);
}
