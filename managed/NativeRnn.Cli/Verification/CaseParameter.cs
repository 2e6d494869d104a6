namespace NativeRnn.Cli.Verification;

/// <summary>A parameter that a case begins with, its gradient, and the state of its optimizer.</summary>
internal sealed class CaseParameter(CaseFile file, string name, params long[] shape)
{
    public string Name { get; } = name;

    public float[] Values { get; } = file.Floats(name, shape);

    public float[] Gradient { get; } = new float[shape.Aggregate(1L, (product, size) => product * size)];

    /// <summary>What the optimizer keeps, as in <see cref="Backends.UpdateArrays"/>.</summary>
    public float[] First { get; } = new float[shape.Aggregate(1L, (product, size) => product * size)];

    /// <inheritdoc cref="First"/>
    public float[] Second { get; } = new float[shape.Aggregate(1L, (product, size) => product * size)];

    /// <inheritdoc cref="First"/>
    public float[] Third { get; } = new float[shape.Aggregate(1L, (product, size) => product * size)];

    /// <summary>Compares the gradient with the tensor <c>grad.NAME</c>.</summary>
    public void CompareGradient() => file.Compare($"grad.{Name}", Gradient, shape);

    /// <summary>Compares the values with the tensor of another name.</summary>
    public void CompareValues(string expected) => file.Compare(expected, Values, shape);
}
