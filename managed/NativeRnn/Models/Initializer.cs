using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>
/// First values of parameters. Each tensor draws from a Philox stream of its own, numbered by its place in the arena, so that its
/// values do not depend on the sizes of the others.
/// </summary>
internal static class Initializer
{
    /// <summary>Uniform in [−bound, bound): PyTorch's default for recurrent and dense layers with bound = 1/√fan.</summary>
    public static void Uniform(Span<float> values, double bound, ulong seed, ulong stream)
    {
        Philox.FillUniform(seed, stream, 0, values);
        foreach (ref var value in values)
            value = (float)((2 * value - 1) * bound);
    }

    /// <summary>Standard normal: PyTorch's default for embeddings.</summary>
    public static void Normal(Span<float> values, ulong seed, ulong stream) => Philox.FillNormal(seed, stream, values);
}
