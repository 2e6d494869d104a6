using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>One of a cell's activations, with its settings; what comes in is limited to [−clip, clip] unless clip is 0.</summary>
internal readonly struct CellActivation<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ActivationFunction<T> _function;
    private readonly T _alpha, _beta, _clip, _low, _high; // the values at the limits: no activation turns on its way between them
    private readonly bool _sigmoid, _tanh;                // the defaults, which are vectorized

    public CellActivation(Activation activation, float clip)
    {
        _function = ActivationFunctions<T>.Of(activation.Kind);
        (_alpha, _beta, _clip) = (T.CreateChecked(activation.Alpha), T.CreateChecked(activation.Beta), T.CreateChecked(clip));
        (_sigmoid, _tanh) = (activation.Kind == ActivationKind.Sigmoid && clip == 0, activation.Kind == ActivationKind.Tanh && clip == 0);
        var (one, other) = (_function.Value(-_clip, _alpha, _beta), _function.Value(_clip, _alpha, _beta));
        (_low, _high) = (T.Min(one, other), T.Max(one, other));
    }

    /// <summary>x becomes the activation's value.</summary>
    public void Apply(Span<T> x)
    {
        if (_sigmoid)
            TensorPrimitives.Sigmoid<T>(x, x);
        else if (_tanh)
            TensorPrimitives.Tanh<T>(x, x);
        else
        {
            for (var u = 0; u < x.Length; u++)
                x[u] = _function.Value(_clip == T.Zero ? x[u] : T.Clamp(x[u], -_clip, _clip), _alpha, _beta);
        }
    }

    /// <summary>y, the value, becomes upper∘slope: the gradient of x. At the limits and beyond the slope is 0.</summary>
    public void Through(ReadOnlySpan<T> upper, Span<T> y, Span<T> scratch)
    {
        scratch = scratch[..y.Length];
        if (_sigmoid)
        {
            TensorPrimitives.Subtract(T.One, y, scratch);
            TensorPrimitives.Multiply(y, scratch, y);
            TensorPrimitives.Multiply(y, upper, y);
        }
        else if (_tanh)
        {
            TensorPrimitives.Multiply<T>(y, y, scratch);
            TensorPrimitives.Subtract(T.One, scratch, scratch);
            TensorPrimitives.Multiply(scratch, upper, y);
        }
        else
        {
            for (var u = 0; u < y.Length; u++)
                y[u] = _clip > T.Zero && (y[u] <= _low || y[u] >= _high) ? T.Zero : upper[u] * _function.Slope(y[u], _alpha, _beta);
        }
    }
}

/// <summary>The activations of a layer; a cell uses those of the roles that it has.</summary>
internal readonly struct CellActivations<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public CellActivations(in RecurrentShape shape)
    {
        var cell = CellInfo.Of(shape.Cell);
        Gate = Choose(shape.GateActivation, cell.GateActivation, shape.Clip);
        Candidate = Choose(shape.CandidateActivation, cell.CandidateActivation, shape.Clip);
        Output = Choose(shape.OutputActivation, cell.OutputActivation, clip: 0);
    }

    public CellActivation<T> Gate { get; }

    public CellActivation<T> Candidate { get; }

    public CellActivation<T> Output { get; }

    private static CellActivation<T> Choose(Activation asked, ActivationKind own, float clip)
    {
        if (own == ActivationKind.Default)
            return default; // the cell has no such role
        return new CellActivation<T>(asked.Kind == ActivationKind.Default ? Activation.Of(own) : asked, clip);
    }
}
