namespace NativeRnn.Numerics;

/// <summary>
/// The counter-based random numbers Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
/// A number depends on seed, stream and position alone, so results do not depend on threads or on the order of evaluation. The C
/// library computes the same numbers (<c>nrnn_philox</c>).
/// </summary>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57; // the paper's table 2
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;             // golden ratio and √3 − 1
    private const int Rounds = 10;

    /// <summary>The four words of one block: ten rounds over <paramref name="counter"/> with the key bumped between them.</summary>
    public static (uint, uint, uint, uint) Block((uint, uint, uint, uint) counter, (uint, uint) key)
    {
        var (c0, c1, c2, c3) = counter;
        var (k0, k1) = key;
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += Weyl0;
            k1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>Element <paramref name="position"/> of a stream as a random word.</summary>
    public static uint Word(ulong seed, ulong stream, ulong position)
    {
        var index = position / 4;
        var block = Block(((uint)index, (uint)(index >> 32), (uint)stream, (uint)(stream >> 32)), ((uint)seed, (uint)(seed >> 32)));
        return (position % 4) switch { 0 => block.Item1, 1 => block.Item2, 2 => block.Item3, _ => block.Item4 };
    }

    /// <summary>Element <paramref name="position"/> of a stream, uniform in [0, 1) with 24 random bits.</summary>
    public static float Uniform(ulong seed, ulong stream, ulong position) => (Word(seed, stream, position) >> 8) * (1f / (1 << 24));

    /// <summary>Elements <paramref name="offset"/>… of a stream, each uniform in [0, 1).</summary>
    public static void FillUniform(ulong seed, ulong stream, ulong offset, Span<float> uniform)
    {
        for (var i = 0; i < uniform.Length; i++)
            uniform[i] = Uniform(seed, stream, offset + (ulong)i);
    }

    /// <summary>Standard normal numbers by the Box-Muller transform; number i uses elements 2i and 2i + 1 of the stream.</summary>
    public static void FillNormal(ulong seed, ulong stream, Span<float> normal)
    {
        for (var i = 0; i < normal.Length; i++)
        {
            var position = 2 * (ulong)i;
            var radius = Math.Sqrt(-2 * Math.Log(1 - (double)Uniform(seed, stream, position)));
            normal[i] = (float)(radius * Math.Cos(2 * Math.PI * Uniform(seed, stream, position + 1)));
        }
    }
}
