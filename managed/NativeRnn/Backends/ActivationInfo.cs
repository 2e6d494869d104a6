using NativeRnn.Backends.Managed;

namespace NativeRnn.Backends;

/// <summary>What the rest of the library needs to know of an activation.</summary>
public sealed record ActivationInfo
{
    internal ActivationInfo(ActivationKind kind, string name, float alpha = 0, float beta = 0) =>
        (Kind, Name, Alpha, Beta) = (kind, name, alpha, beta);

    /// <summary>The activation.</summary>
    public ActivationKind Kind { get; }

    /// <summary>Its name in files and messages.</summary>
    public string Name { get; }

    /// <summary>ONNX's α; 0 where there is none.</summary>
    public float Alpha { get; }

    /// <summary>ONNX's β; 0 where there is none.</summary>
    public float Beta { get; }

    /// <summary>All activations.</summary>
    public static IReadOnlyList<ActivationInfo> All { get; } = [.. ActivationFunctions<float>.All.Select(function => function.Info)];

    /// <summary>The row of <paramref name="kind"/>.</summary>
    /// <exception cref="ArgumentException">There is no such activation.</exception>
    public static ActivationInfo Of(ActivationKind kind) => ActivationFunctions<float>.Of(kind).Info;
}
