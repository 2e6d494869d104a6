using NativeRnn.Backends;
using NativeRnn.Backends.Managed;

namespace NativeRnn.Tests.Backends;

/// <summary>Inputs of losses, and the losses by the managed code in double precision.</summary>
internal static class LossCases
{
    /// <summary>A cross entropy: rows, classes, size of the logits, ε, the class that is ignored, weights of the classes, mean.</summary>
    public static readonly (int N, int V, double Limit, double Smoothing, int? Ignored, float[] Weights, bool Mean)[] CrossEntropies =
    [
        (4, 5, 1, 0, null, [], true),
        (4, 5, 1, 0.1, null, [], false),
        (6, 5, 1, 0, 2, [], true),
        (6, 5, 1, 0.2, 2, [0.5f, 2, 1, 0, 3], true),
        (6, 5, 1, 0, null, [0.5f, 2, 0, 0, 3], false),
        (3, 7, 1e4, 0.1, null, [], true),
        (3, 7, 1e4, 0, 1, [1, 2, 3, 4, 5, 6, 7], false),
        (3, 1, 1e4, 0.3, null, [], true), // one class
        (3, 2, 1, 0.3, null, [0, 0], true),
        (2, 3, 1, 1, null, [], true),
        (5, 300, 3, 0.1, 7, [], true),
    ];

    public static readonly (PointwiseLossKind Kind, double Setting, double Limit, float[] Weights, float[] Positive)[] Pointwise =
    [
        (PointwiseLossKind.Squared, 0, 2, [], []),
        (PointwiseLossKind.Absolute, 0, 2, [0.5f, 0, 2], []),
        (PointwiseLossKind.Huber, 0.7, 2, [], []),
        (PointwiseLossKind.Huber, 0.7, 1e4, [], []),
        (PointwiseLossKind.Quantile, 0.9, 2, [], []),
        (PointwiseLossKind.Binary, 0, 2, [], []),
        (PointwiseLossKind.Binary, 0, 1e4, [1, 0, 2], [3, 0.5f, 1]),
        (PointwiseLossKind.Gaussian, 0, 2, [], []),
        (PointwiseLossKind.Gaussian, 0, 2, [1, 0, 2], []),
        (PointwiseLossKind.StudentT, 3, 2, [], []),
    ];

    /// <summary>T, C, the labels of each sequence, their steps, the size of the logits.</summary>
    public static readonly (int T, int C, int[][] Labels, int[] Steps, double Limit)[] Ctcs =
    [
        (5, 4, [[1, 2], [3], [2, 1, 3]], [5, 3, 4], 1),
        (4, 3, [[], [1]], [4, 2], 1),              // an empty target
        (6, 3, [[1, 1], [2, 2, 2]], [5, 6], 2),    // repeats need a blank between
        (3, 3, [[1, 1], [2]], [3, 1], 1),          // as short as can be
        (4, 3, [[], []], [0, 4], 1),               // no steps, no labels
        (4, 4, [[1, 2, 3], [3, 2]], [4, 4], 1e4),
        (3, 1, [[]], [3], 1),                      // the blank alone
        (30, 7, [[1, 2, 3, 4, 5, 6, 5, 4, 3, 3, 2, 1], [6]], [30, 17], 3),
    ];

    public static double[] Targets(PointwiseLossKind kind, int count) =>
        kind == PointwiseLossKind.Binary ? [.. Numbers.Doubles(8, count).Select(y => Math.Abs(y))] : Numbers.Doubles(8, count);

    public static double Loss(int number, double[] logits, int[] targets, double[] gradient)
    {
        var (N, V, _, smoothing, ignored, weights, mean) = CrossEntropies[number];
        var settings = new CrossEntropy
        {
            Classes = V,
            Scale = 0.5,
            Mean = mean,
            LabelSmoothing = smoothing,
            IgnoreIndex = ignored,
            ClassWeights = weights,
            Targets = targets,
        };
        return Losses.CrossEntropy(settings, new ReadOnlyMatrix<double>(logits, N, V), new Matrix<double>(gradient, N, V));
    }

    public static double Loss(int number, double[] input, double[] target, double[] gradient)
    {
        var (kind, setting, _, weights, positive) = Pointwise[number];
        var settings = new PointwiseLoss { Kind = kind, Columns = 3, Scale = 0.5, Setting = setting, Weights = weights, PositiveWeights = positive };
        return PointwiseLosses.Run(settings, input, target, gradient);
    }

    public static double Loss(int number, bool mean, double[] logits, double[] gradient) =>
        CtcLoss.Run(Settings(number, mean), logits, gradient);

    public static Ctc Settings(int number, bool mean)
    {
        var (T, C, labels, steps, _) = Ctcs[number];
        var S = labels.Max(row => row.Length) + 1;
        return new Ctc
        {
            Shape = (T, labels.Length, C, S),
            Scale = 0.5,
            Mean = mean,
            Targets = labels.SelectMany(row => row.Concat(Enumerable.Repeat(-7, S - row.Length))).ToArray(),
            InputLengths = steps,
            TargetLengths = labels.Select(row => row.Length).ToArray(),
        };
    }
}
