using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>Connectionist temporal classification in log space, in double precision; arrays are of type T.</summary>
internal static class CtcLoss
{
    /// <summary>scale · Σ of −log p(target); the settings are those of <see cref="Ctc"/>.</summary>
    public static double Run<T>(in Ctc settings, ReadOnlySpan<T> logits, Span<T> gradient) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sum = 0.0;
        gradient.Clear();
        for (var b = 0; b < settings.Shape.B; b++)
        {
            var labels = settings.Targets.Slice(b * settings.Shape.S, settings.TargetLengths[b]);
            var part = settings.Mean ? 1.0 / Math.Max(1, labels.Length) : 1;
            var logTotal = Sequence(settings, b, labels, logits, gradient, settings.Scale * part);
            sum -= double.IsNegativeInfinity(logTotal) && settings.ZeroInfinity ? 0 : logTotal * part;
        }
        return settings.Scale * sum;
    }

    /// <summary>Returns the log probability of the labels of sequence b.</summary>
    private static double Sequence<T>(in Ctc settings, int b, ReadOnlySpan<int> labels, ReadOnlySpan<T> logits, Span<T> gradient, double scale)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (_, B, C, _) = settings.Shape;
        var steps = settings.InputLengths[b];
        var path = new int[2 * labels.Length + 1]; // blank, first label, blank, …, blank
        for (var s = 0; s < path.Length; s++)
            path[s] = s % 2 == 0 ? settings.Blank : labels[s / 2];
        var logP = new double[steps, C];
        for (var t = 0; t < steps; t++)
            LogSoftmax(logits.Slice((t * B + b) * C, C), logP, t);
        var alpha = Forward(path, logP, steps);
        var logTotal = steps == 0 ? path.Length == 1 ? 0 : double.NegativeInfinity
            : path.Length == 1 ? alpha[steps - 1, 0] : LogAdd(alpha[steps - 1, path.Length - 1], alpha[steps - 1, path.Length - 2]);
        if (gradient.IsEmpty || double.IsNegativeInfinity(logTotal))
            return logTotal;
        var beta = Backward(path, logP, steps);
        for (var t = 0; t < steps; t++)
        {
            var row = gradient.Slice((t * B + b) * C, C);
            for (var c = 0; c < C; c++)
                row[c] = T.CreateChecked(scale * Math.Exp(logP[t, c]));
            for (var s = 0; s < path.Length; s++)
                row[path[s]] -= T.CreateChecked(scale * Math.Exp(alpha[t, s] + beta[t, s] - logTotal));
        }
        return logTotal;
    }

    /// <summary>alpha[t, s]: log probability of all that ends in step t at place s of the path.</summary>
    private static double[,] Forward(int[] path, double[,] logP, int T)
    {
        var alpha = new double[T, path.Length];
        for (var t = 0; t < T; t++)
        {
            for (var s = 0; s < path.Length; s++)
            {
                var sum = t > 0 ? alpha[t - 1, s] : s < 2 ? 0 : double.NegativeInfinity;
                if (t > 0 && s > 0)
                    sum = LogAdd(sum, alpha[t - 1, s - 1]);
                if (t > 0 && Skips(path, s - 2))
                    sum = LogAdd(sum, alpha[t - 1, s - 2]);
                alpha[t, s] = sum + logP[t, path[s]];
            }
        }
        return alpha;
    }

    /// <summary>beta[t, s]: log probability of all that follows step t from place s.</summary>
    private static double[,] Backward(int[] path, double[,] logP, int T)
    {
        var beta = new double[T, path.Length];
        for (var s = 0; s < path.Length - 2; s++)
            beta[T - 1, s] = double.NegativeInfinity;
        for (var t = T - 2; t >= 0; t--)
        {
            for (var s = 0; s < path.Length; s++)
            {
                var sum = beta[t + 1, s] + logP[t + 1, path[s]];
                if (s + 1 < path.Length)
                    sum = LogAdd(sum, beta[t + 1, s + 1] + logP[t + 1, path[s + 1]]);
                if (Skips(path, s))
                    sum = LogAdd(sum, beta[t + 1, s + 2] + logP[t + 1, path[s + 2]]);
                beta[t, s] = sum;
            }
        }
        return beta;
    }

    /// <summary>Whether a path may go from s to s + 2: only between labels that differ.</summary>
    private static bool Skips(int[] path, int s) => s > 0 && s % 2 == 1 && s + 2 < path.Length && path[s] != path[s + 2];

    private static void LogSoftmax<T>(ReadOnlySpan<T> row, double[,] logP, int t) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (top, sum) = (double.NegativeInfinity, 0.0);
        foreach (var x in row)
            top = Math.Max(top, double.CreateChecked(x));
        foreach (var x in row)
            sum += Math.Exp(double.CreateChecked(x) - top);
        for (var c = 0; c < row.Length; c++)
            logP[t, c] = double.CreateChecked(row[c]) - top - Math.Log(sum);
    }

    private static double LogAdd(double x, double y)
    {
        var top = Math.Max(x, y);
        return double.IsNegativeInfinity(top) ? top : top + double.LogP1(Math.Exp(-Math.Abs(x - y)));
    }
}
