using NativeRnn.Backends.Managed;

namespace NativeRnn.Backends;

/// <summary>What the rest of the library needs to know of a recurrent cell.</summary>
/// <param name="Kind">The cell.</param>
/// <param name="Name">Its name in recipes, files and messages.</param>
/// <param name="Gates">G: its parameters have G·H rows.</param>
/// <param name="HasCellState">Whether it carries c beside h.</param>
public sealed record CellInfo(CellKind Kind, string Name, int Gates, bool HasCellState)
{
    /// <summary>All cells.</summary>
    public static IReadOnlyList<CellInfo> All { get; } = [.. RecurrentCells<float>.All.Select(cell => cell.Info)];

    /// <summary>The row of <paramref name="kind"/>.</summary>
    public static CellInfo Of(CellKind kind) => RecurrentCells<float>.Of(kind).Info;
}
