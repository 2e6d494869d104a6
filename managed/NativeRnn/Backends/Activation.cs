using System.Globalization;

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

    /// <summary>As recipes and files write it: <c>default</c>, <c>tanh</c>, <c>hard_sigmoid(0.25, 0.5)</c>; without settings they are ONNX's.</summary>
    public override string ToString() => SettingsOf(Kind) switch
    {
        1 when Alpha != Of(Kind).Alpha => string.Create(CultureInfo.InvariantCulture, $"{NameOf(Kind)}({Alpha})"),
        2 when this != Of(Kind) => string.Create(CultureInfo.InvariantCulture, $"{NameOf(Kind)}({Alpha}, {Beta})"),
        _ => NameOf(Kind),
    };

    /// <summary>Reads what <see cref="ToString"/> writes; settings may be left out from the end.</summary>
    internal static bool TryParse(string text, out Activation activation)
    {
        var open = text.IndexOf('(', StringComparison.Ordinal);
        var name = open < 0 ? text : text[..open].TrimEnd();
        string[] settings = open < 0 ? [] : text.EndsWith(')') ? text[(open + 1)..^1].Split(',') : [""];
        var kind = Enum.GetValues<ActivationKind>().FirstOrDefault(kind => NameOf(kind) == name);
        activation = Of(kind);
        if (NameOf(kind) != name || settings.Length > SettingsOf(kind))
            return false;
        var values = new float[settings.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.TryParse(settings[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !float.IsFinite(values[i]))
                return false;
        }
        activation = activation with { Alpha = values.Length > 0 ? values[0] : activation.Alpha, Beta = values.Length > 1 ? values[1] : activation.Beta };
        return true;
    }

    private static string NameOf(ActivationKind kind) => kind == ActivationKind.Default ? "default" : ActivationInfo.Of(kind).Name;

    /// <summary>2: α and β, 1: α, 0: none.</summary>
    private static int SettingsOf(ActivationKind kind) => kind switch
    {
        ActivationKind.HardSigmoid or ActivationKind.ScaledTanh or ActivationKind.Affine => 2,
        ActivationKind.Elu or ActivationKind.LeakyRelu or ActivationKind.ThresholdedRelu => 1,
        _ => 0,
    };
}
