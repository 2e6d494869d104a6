namespace NativeRnn.Models;

/// <summary>One tensor of a model's parameters, with PyTorch's name and shape, inside a <see cref="ParameterArena"/>.</summary>
public sealed class Parameter
{
    private readonly ParameterArena _arena;

    internal Parameter(ParameterArena arena, string name, int[] shape, int offset)
    {
        (_arena, Name, Shape, Offset) = (arena, name, shape, offset);
        Length = shape.Aggregate(1, (product, size) => checked(product * size));
    }

    /// <summary>For example <c>rnn.weight_ih_l0</c>.</summary>
    public string Name { get; }

    /// <summary>Sizes, slowest first.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The number of values.</summary>
    public int Length { get; }

    /// <summary>Where its first value is in the arena.</summary>
    internal int Offset { get; }

    /// <summary>The values, row-major.</summary>
    public ReadOnlySpan<float> Values => _arena.Values.Slice(Offset, Length);

    /// <summary>The gradients, row-major; a backward pass adds to them.</summary>
    public Span<float> Gradients => (Offset == 0 ? _arena.Gradients : _arena.TrackedGradients).Slice(Offset, Length);

    /// <summary>The same for those who write no other rows than they say by <see cref="ParameterArena.TouchRows"/>.</summary>
    internal Span<float> TrackedGradients => _arena.TrackedGradients.Slice(Offset, Length);

    /// <summary>The values for writing; tells the model that what it derived from them is out of date.</summary>
    public Span<float> Write() => _arena.Write().Slice(Offset, Length);

    /// <summary>This tensor's part of something that has the arena's layout, such as an optimizer's state.</summary>
    internal Span<float> In(Span<float> arena) => arena.Slice(Offset, Length);
}
