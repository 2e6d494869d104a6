using System.Numerics.Tensors;
using NativeRnn.Backends;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>Dropout (Srivastava et al. 2014) on the way into one layer: y = x∘m, where m is 0 or 1/(1−rate).</summary>
internal sealed class Dropout : IDisposable
{
    private readonly IBackend _backend;
    private readonly double _rate;
    private readonly ulong _seed;
    private readonly int _layer;
    private readonly AlignedBuffer _mask;

    /// <summary>Makes the memory.</summary>
    /// <param name="backend">What draws.</param>
    /// <param name="regularization">The rate and the seed.</param>
    /// <param name="layer">The layer that it leads into.</param>
    /// <param name="rate">How often an entry is dropped.</param>
    /// <param name="steps">The most steps.</param>
    /// <param name="row">Entries of a step, all sequences together.</param>
    public Dropout(IBackend backend, Regularization regularization, int layer, double rate, int steps, int row)
    {
        (_backend, _rate, _seed, _layer) = (backend, rate, regularization.Seed, layer);
        _mask = new AlignedBuffer((long)(regularization.Variational ? 1 : steps) * row);
        Output = new AlignedBuffer((long)steps * row);
    }

    /// <summary>y.</summary>
    public AlignedBuffer Output { get; }

    /// <summary>Draws m for a step and computes y.</summary>
    public void Forward(long step, ReadOnlySpan<float> input)
    {
        var mask = _mask.Span[..Math.Min(_mask.Length, input.Length)];
        _backend.DropoutMask(_seed, TrainingStream.Dropout.Of(_layer, step), 0, _rate, mask);
        input.CopyTo(Output.Span);
        Backward(Output.Span[..input.Length]);
    }

    /// <summary>Turns ∂L/∂y into ∂L/∂x.</summary>
    public void Backward(Span<float> gradient)
    {
        for (var first = 0; first < gradient.Length; first += _mask.Length)
        {
            var part = gradient.Slice(first, Math.Min(_mask.Length, gradient.Length - first));
            TensorPrimitives.Multiply(part, _mask.Span[..part.Length], part);
        }
    }

    public void Dispose()
    {
        _mask.Dispose();
        Output.Dispose();
    }
}
