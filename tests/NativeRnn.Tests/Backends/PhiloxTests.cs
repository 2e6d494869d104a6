using NativeRnn.Numerics;

namespace NativeRnn.Tests.Backends;

/// <summary>The random numbers: the known answers of their authors, and the same numbers from every backend.</summary>
public class PhiloxTests
{
    [Theory]
    [InlineData(new[] { 0u, 0u, 0u, 0u }, new[] { 0u, 0u }, new[] { 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u })]
    [InlineData(new[] { ~0u, ~0u, ~0u, ~0u }, new[] { ~0u, ~0u }, new[] { 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu })]
    [InlineData(new[] { 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u }, new[] { 0xa4093822u, 0x299f31d0u },
        new[] { 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u })]
    public void Known_answers(uint[] counter, uint[] key, uint[] expected)
    {
        var (w0, w1, w2, w3) = Philox.Block((counter[0], counter[1], counter[2], counter[3]), (key[0], key[1]));
        Assert.Equal((expected[0], expected[1], expected[2], expected[3]), (w0, w1, w2, w3));
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_backend_gives_the_same_bits(string row)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        foreach (var (seed, stream, offset, count) in new (ulong, ulong, ulong, int)[]
            { (0, 0, 0, 1), (1, 2, 3, 1003), (ulong.MaxValue, 1ul << 40, (1ul << 34) - 5, 77), (0xa4093822299f31d0, 7, 2, 100_001) })
        {
            var uniform = new float[count];
            backend.Philox(seed, stream, offset, uniform);
            for (var i = 0; i < count; i++)
                Assert.Equal(Philox.Uniform(seed, stream, offset + (ulong)i), uniform[i]);
        }
    }

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_mask_of_dropout_is_zero_where_the_number_is_below_the_rate(string row)
    {
        using var backend = TestBackends.Create(row, threads: 2);
        var mask = new float[70_003];
        foreach (var rate in new[] { 0, 0.3, 0.999 })
        {
            backend.DropoutMask(5, 6, 7, rate, mask);
            for (var i = 0; i < mask.Length; i++)
                Assert.Equal(Philox.Uniform(5, 6, 7 + (ulong)i) < (float)rate ? 0 : (float)(1 / (1 - rate)), mask[i]);
        }
    }

    [Fact]
    public void Native_answers_the_known_block_of_zeros()
    {
        using var backend = TestBackends.Create("native");
        var uniform = new float[4];
        backend.Philox(0, 0, 0, uniform);
        Assert.Equal(new uint[] { 0x6627e8, 0xe169c5, 0xbc57ac, 0x9b00db }, uniform.Select(x => (uint)(x * (1 << 24))));
    }
}
