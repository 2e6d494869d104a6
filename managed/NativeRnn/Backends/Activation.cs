namespace NativeRnn.Backends;

/// <summary>The functions that a cell may pass its sums through. The values are those of <c>nrnn_activation_kind</c>.</summary>
public enum ActivationKind
{
    /// <summary>The cell's own.</summary>
    Default = 0,

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    Sigmoid = 1,

    /// <summary>tanh x.</summary>
    Tanh = 2,

    /// <summary>max(0, x).</summary>
    Relu = 3,

    /// <summary>max(0, min(1, α·x + β)).</summary>
    HardSigmoid = 4,

    /// <summary>x / (1 + |x|).</summary>
    Softsign = 5,

    /// <summary>ln(1 + eˣ).</summary>
    Softplus = 6,

    /// <summary>x above 0, else α·(eˣ − 1).</summary>
    Elu = 7,

    /// <summary>x above 0, else α·x.</summary>
    LeakyRelu = 8,

    /// <summary>x above α, else 0.</summary>
    ThresholdedRelu = 9,

    /// <summary>α·tanh(β·x).</summary>
    ScaledTanh = 10,

    /// <summary>α·x + β.</summary>
    Affine = 11,
}

/// <summary>An activation with its settings. <c>default</c> means the cell's own.</summary>
/// <param name="Kind">The function.</param>
/// <param name="Alpha">Its α, where it has one.</param>
/// <param name="Beta">Its β, where it has one.</param>
public readonly record struct Activation(ActivationKind Kind, float Alpha, float Beta)
{
    /// <summary>The function.</summary>
    public ActivationKind Kind { get; init => field = Check.Known(value, nameof(Kind)); } = Check.Known(Kind, nameof(Kind));

    /// <summary>The function with the settings that ONNX gives it.</summary>
    /// <exception cref="ArgumentException">There is no such function.</exception>
    public static Activation Of(ActivationKind kind) =>
        kind == ActivationKind.Default ? default : new Activation(kind, ActivationInfo.Of(kind).Alpha, ActivationInfo.Of(kind).Beta);
}
