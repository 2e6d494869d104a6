using NativeRnn.Cli.Benchmarking.Grid;

namespace NativeRnn.Cli.Benchmarking.Variants;

/// <summary>A variant of one size on some threads, beside the plain cell.</summary>
/// <param name="Variant">What it is.</param>
/// <param name="Size">The plain layer.</param>
/// <param name="Threads">The threads of both.</param>
/// <param name="Plain">The plain cell.</param>
/// <param name="Varied">The variant.</param>
internal sealed record VariantRow(Variant Variant, LayerSize Size, int Threads, Measurement Plain, Measurement Varied)
{
    /// <summary>Its time per operation, as a multiple of the plain cell's.</summary>
    public double Cost => Plain.Gflops / Varied.Gflops;

    /// <summary>What its cost may be.</summary>
    public double Limit => Threads == 1 ? Variant.Limit.One : Variant.Limit.More;

    /// <summary>Whether it is.</summary>
    public Verdict Verdict => new(Variant.Name, Backends.CellInfo.Of(Variant.Cell).Name, Threads, Limit, Cost, $"{Size}") { AtMost = true };
}
