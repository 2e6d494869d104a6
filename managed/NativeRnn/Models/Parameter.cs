namespace NativeRnn.Models;

/// <summary>One tensor of a model's parameters, with PyTorch's name and shape, inside a <see cref="ParameterArena"/>.</summary>
public sealed class Parameter
{
    private readonly ParameterArena _arena;
    private readonly int _offset;

    internal Parameter(ParameterArena arena, string name, int[] shape, int offset)
    {
        (_arena, Name, Shape, _offset) = (arena, name, shape, offset);
        Length = shape.Aggregate(1, (product, size) => checked(product * size));
    }

    /// <summary>For example <c>rnn.weight_ih_l0</c>.</summary>
    public string Name { get; }

    /// <summary>Sizes, slowest first.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>The number of values.</summary>
    public int Length { get; }

    /// <summary>The values, row-major.</summary>
    public ReadOnlySpan<float> Values => _arena.Values.Slice(_offset, Length);

    /// <summary>The gradients, row-major; a backward pass adds to them.</summary>
    public Span<float> Gradients => _arena.Gradients.Slice(_offset, Length);

    /// <summary>The values for writing; tells the model that what it derived from them is out of date.</summary>
    public Span<float> Write() => _arena.Write().Slice(_offset, Length);

    /// <summary>This tensor's part of something that has the arena's layout, such as an optimizer's state.</summary>
    internal Span<float> In(Span<float> arena) => arena.Slice(_offset, Length);
}
