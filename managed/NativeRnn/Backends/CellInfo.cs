using NativeRnn.Backends.Managed;

namespace NativeRnn.Backends;

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

    /// <summary>Whether it carries c beside h.</summary>
    public bool HasCellState { get; }

    /// <summary>All cells.</summary>
    public static IReadOnlyList<CellInfo> All { get; } = [.. RecurrentCells<float>.All.Select(cell => cell.Info)];

    /// <summary>The row of <paramref name="kind"/>.</summary>
    /// <exception cref="ArgumentException">There is no such cell.</exception>
    public static CellInfo Of(CellKind kind) => RecurrentCells<float>.Of(kind).Info;
}
