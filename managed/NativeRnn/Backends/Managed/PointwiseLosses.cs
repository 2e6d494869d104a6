using System.Numerics;
using static System.Math;

namespace NativeRnn.Backends.Managed;

/// <summary>Losses of single numbers, one after the other in double precision; arrays are of type T.</summary>
internal static class PointwiseLosses
{
    /// <summary>scale · Σ of weight · loss; the arrays and settings are those of <see cref="PointwiseLoss"/>.</summary>
    public static double Run<T>(in PointwiseLoss settings, ReadOnlySpan<T> input, ReadOnlySpan<T> target, Span<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (n, width) = (settings.Columns, settings.InputColumns);
        var sum = 0.0;
        for (var i = 0; i < target.Length; i++)
        {
            var (row, column) = Math.DivRem(i, n);
            var x = row * width + column;
            var weight = settings.Weights.IsEmpty ? 1.0 : settings.Weights[column];
            var positive = settings.PositiveWeights.IsEmpty ? 1.0 : settings.PositiveWeights[column];
            var spread = width > n ? double.CreateChecked(input[x + n]) : 0;
            var (loss, dx, dspread) = Point(settings, double.CreateChecked(input[x]), spread, double.CreateChecked(target[i]), positive);
            sum += weight * loss;
            if (gradient.IsEmpty)
                continue;
            gradient[x] = T.CreateChecked(settings.Scale * weight * dx);
            if (width > n)
                gradient[x + n] = T.CreateChecked(settings.Scale * weight * dspread);
        }
        return settings.Scale * sum;
    }

    private static (double Loss, double Dx, double Dspread) Point(in PointwiseLoss settings, double x, double spread, double y, double positive)
    {
        var error = x - y;
        return settings.Kind switch
        {
            PointwiseLossKind.Squared => (error * error, 2 * error, 0),
            PointwiseLossKind.Absolute => (Abs(error), SignOf(error), 0),
            PointwiseLossKind.Huber => Huber(settings.Setting, error),
            PointwiseLossKind.Quantile => Quantile(settings.Setting, -error),
            PointwiseLossKind.Binary => Binary(x, y, positive),
            PointwiseLossKind.Gaussian => Gaussian(Max(Softplus(spread), settings.Floor), error, Sigmoid(spread)),
            _ => StudentT(settings.Setting, Max(Softplus(spread), settings.Floor), error, Sigmoid(spread)),
        };
    }

    private static (double, double, double) Huber(double delta, double error) => Abs(error) > delta
        ? (delta * (Abs(error) - 0.5 * delta), delta * SignOf(error), 0)
        : (0.5 * error * error, error, 0);

    private static (double, double, double) Quantile(double quantile, double below)
    {
        var factor = below > 0 ? quantile : quantile - 1;
        return (factor * below, -factor * Abs(SignOf(below)), 0);
    }

    private static (double, double, double) Binary(double x, double y, double positive)
    {
        var weight = 1 + (positive - 1) * y;
        return ((1 - y) * x + weight * Softplus(-x), 1 - y - weight * Sigmoid(-x), 0);
    }

    private static (double, double, double) Gaussian(double v, double error, double slope)
    {
        var ratio = error / v;
        return (0.5 * (Log(v) + error * ratio), ratio, 0.5 * (1 / v - ratio * ratio) * slope);
    }

    private static (double, double, double) StudentT(double nu, double v, double error, double slope)
    {
        var square = error * error;
        return (0.5 * (Log(v) + (nu + 1) * Log1P(square / (nu * v))), (nu + 1) * error / (nu * v + square),
            0.5 / v * (1 - (nu + 1) * square / (nu * v + square)) * slope);
    }

    /// <summary>0 stays 0, and a NaN one.</summary>
    private static double SignOf(double x) => x > 0 ? 1 : x < 0 ? -1 : x;

    private static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Exp(-x)) : Exp(x) / (1 + Exp(x));

    private static double Softplus(double x) => Max(x, 0) + Log1P(Exp(-Abs(x)));

    private static double Log1P(double x) => double.LogP1(x);
}
