using System.Numerics;
using NativeRnn.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>Zoneout of one state, h or c: number n·width + u of the stream decides for unit u at position n = t·B + b.</summary>
internal readonly struct UnitZoneout<T>(float rate, ulong seed, ulong stream, bool expected) where T : unmanaged, IFloatingPointIeee754<T>
{
    public bool IsNone => rate == 0;

    /// <summary>new ← kept∘previous + (1−kept)∘new.</summary>
    public void Mix(int position, ReadOnlySpan<T> previous, Span<T> current)
    {
        for (var u = 0; u < current.Length; u++)
            current[u] += Kept(position, current.Length, u) * (previous[u] - current[u]);
    }

    /// <summary>The derivatives of <see cref="Mix"/>: what reaches the previous state past the cell; the rest stays.</summary>
    public void Split(int position, Span<T> gradient, Span<T> previousGradient)
    {
        for (var u = 0; u < gradient.Length; u++)
        {
            previousGradient[u] = Kept(position, gradient.Length, u) * gradient[u];
            gradient[u] -= previousGradient[u];
        }
    }

    /// <summary>How much of its value a unit keeps.</summary>
    private T Kept(int position, int width, int unit)
    {
        if (expected)
            return T.CreateChecked(rate);
        return Philox.Uniform(seed, stream, (ulong)position * (ulong)width + (ulong)unit) < rate ? T.One : T.Zero;
    }
}
