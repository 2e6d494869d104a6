using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>Layer normalization of one row (Ba, Kiros and Hinton 2016): x̂ = (x − mean)/√(variance + 1e-5), the variance biased.</summary>
internal readonly struct LayerNorm<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly T Epsilon = T.CreateChecked(1e-5);

    private readonly T _mean, _rate;

    public LayerNorm(ReadOnlySpan<T> x)
    {
        T sum = T.Zero, squares = T.Zero, count = T.CreateChecked(x.Length);
        foreach (var value in x)
            sum += value;
        _mean = sum / count;
        foreach (var value in x)
            squares += (value - _mean) * (value - _mean);
        _rate = T.One / T.Sqrt(squares / count + Epsilon);
    }

    /// <summary>x̂ of an element.</summary>
    private T this[T x] => (x - _mean) * _rate;

    /// <summary>
    /// The derivatives of y = x̂∘gain: δgain += δy∘x̂, and with u = δy∘gain δx = (u − mean u − x̂·mean(u∘x̂)) / √(variance + 1e-5).
    /// δx may be the memory of x or of δy.
    /// </summary>
    public void Backward(ReadOnlySpan<T> x, ReadOnlySpan<T> gain, ReadOnlySpan<T> yGradient, Span<T> gainGradient, Span<T> xGradient)
    {
        T sum = T.Zero, along = T.Zero, count = T.CreateChecked(x.Length);
        for (var k = 0; k < x.Length; k++)
        {
            gainGradient[k] += yGradient[k] * this[x[k]];
            sum += yGradient[k] * gain[k];
            along += yGradient[k] * gain[k] * this[x[k]];
        }
        for (var k = 0; k < x.Length; k++)
            xGradient[k] = _rate * (yGradient[k] * gain[k] - sum / count - this[x[k]] * (along / count));
    }

    /// <summary>y += x̂∘gain.</summary>
    public void Add(ReadOnlySpan<T> x, ReadOnlySpan<T> gain, Span<T> y)
    {
        for (var k = 0; k < x.Length; k++)
            y[k] += this[x[k]] * gain[k];
    }
}
