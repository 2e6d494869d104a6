using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>An activation of x with its α and β.</summary>
/// <param name="Info">Name and settings.</param>
/// <param name="Value">y from x, α, β. A NaN stays one.</param>
/// <param name="Slope">dy/dx from y, α, β: the sums before the activations need not be kept.</param>
internal sealed record ActivationFunction<T>(ActivationInfo Info, Func<T, T, T, T> Value, Func<T, T, T, T> Slope);

/// <summary>The activations that the managed backend knows: one row each, in the order of <see cref="ActivationKind"/>.</summary>
internal static class ActivationFunctions<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly ActivationFunction<T>[] Rows =
    [
        new(new(ActivationKind.Sigmoid, "sigmoid"), (x, _, _) => T.One / (T.One + T.Exp(-x)), (y, _, _) => y * (T.One - y)),
        new(new(ActivationKind.Tanh, "tanh"), (x, _, _) => T.Tanh(x), (y, _, _) => T.One - y * y),
        new(new(ActivationKind.Relu, "relu"), (x, _, _) => T.Max(T.Zero, x), (y, _, _) => y > T.Zero ? T.One : T.Zero),
        new(new(ActivationKind.HardSigmoid, "hard_sigmoid", 0.2f, 0.5f), (x, a, b) => T.Max(T.Zero, T.Min(T.One, a * x + b)),
            (y, a, _) => y > T.Zero && y < T.One ? a : T.Zero),
        new(new(ActivationKind.Softsign, "softsign"), (x, _, _) => x / (T.One + T.Abs(x)), (y, _, _) => (T.One - T.Abs(y)) * (T.One - T.Abs(y))),
        new(new(ActivationKind.Softplus, "softplus"), (x, _, _) => T.Max(T.Zero, x) + T.LogP1(T.Exp(-T.Abs(x))), (y, _, _) => -T.ExpM1(-y)),
        new(new(ActivationKind.Elu, "elu", 1), (x, a, _) => x > T.Zero ? x : a * T.ExpM1(x), (y, a, _) => y > T.Zero ? T.One : y + a),
        new(new(ActivationKind.LeakyRelu, "leaky_relu", 0.01f), (x, a, _) => x > T.Zero ? x : a * x, (y, a, _) => y > T.Zero ? T.One : a),
        new(new(ActivationKind.ThresholdedRelu, "thresholded_relu", 1), (x, a, _) => x <= a ? T.Zero : x,
            (y, _, _) => y > T.Zero ? T.One : T.Zero),
        new(new(ActivationKind.ScaledTanh, "scaled_tanh", 1, 1), (x, a, b) => a * T.Tanh(b * x), (y, a, b) => b * (a - y * y / a)),
        new(new(ActivationKind.Affine, "affine", 1), (x, a, b) => a * x + b, (_, a, _) => a),
    ];

    public static IReadOnlyList<ActivationFunction<T>> All => Rows;

    public static ActivationFunction<T> Of(ActivationKind kind) => kind is > ActivationKind.Default && (int)kind <= Rows.Length
        ? Rows[(int)kind - 1]
        : throw new ArgumentException($"unknown activation {kind}", nameof(kind));
}
