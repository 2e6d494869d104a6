using System.Globalization;
using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>The sizes of a layer of any cell.</summary>
internal readonly record struct LayerSize(int T, int B, int I, int H)
{
    /// <summary>How <see cref="Parse"/> wants them.</summary>
    public const string Expected = "T,B,I,H, such as 35,20,200,200; several with semicolons between";

    /// <summary>The sizes of a layer.</summary>
    public static LayerSize Of(RecurrentShape shape) => new(shape.T, shape.B, shape.I, shape.H);

    /// <summary>The layer of a cell.</summary>
    public RecurrentShape With(CellKind cell) => new(cell, T, B, I, H);

    /// <summary>Reads sizes with semicolons between; null when they are no sizes.</summary>
    public static IReadOnlyList<LayerSize>? Parse(string text)
    {
        var sizes = text.Split(';').Select(One).ToArray();
        return sizes.All(size => size is not null) ? [.. sizes.Select(size => size!.Value)] : null;
    }

    public override string ToString() => $"{T}, {B}, {I}, {H}";

    private static LayerSize? One(string text)
    {
        var numbers = text.Split(',').Select(part =>
            int.TryParse(part.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : 0).ToArray();
        return numbers is [var T, var B, var I, var H] && !numbers.Contains(0) ? new LayerSize(T, B, I, H) : null;
    }
}
