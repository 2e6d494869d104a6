namespace NativeRnn.Backends;

/// <summary>What an update reads and writes; all of the same length.</summary>
public readonly ref struct UpdateArrays
{
    /// <summary>Updated: the parameters.</summary>
    public Span<float> Parameters { get; init; }

    /// <summary>Their gradients.</summary>
    public ReadOnlySpan<float> Gradients { get; init; }

    /// <summary>Updated: the first array that the rule keeps, in the order in which <see cref="UpdateKind"/> names them.</summary>
    public Span<float> First { get; init; }

    /// <summary>Updated: the second one. Empty where <see cref="UpdateKind.RmsProp"/> is not centred.</summary>
    public Span<float> Second { get; init; }

    /// <summary>Updated: the third one. Empty where <see cref="UpdateKind.RmsProp"/> has no momentum and <see cref="UpdateKind.Adam"/> is not AMSGrad.</summary>
    public Span<float> Third { get; init; }

    /// <summary>A part of all of them.</summary>
    internal UpdateArrays Slice(int start, int length) => new()
    {
        Parameters = Parameters.Slice(start, length),
        Gradients = Gradients.Slice(start, length),
        First = Slice(First, start, length),
        Second = Slice(Second, start, length),
        Third = Slice(Third, start, length),
    };

    private static Span<float> Slice(Span<float> span, int start, int length) => span.IsEmpty ? [] : span.Slice(start, length);
}
