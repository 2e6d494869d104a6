using static System.Math;

namespace NativeRnn.Tests.Backends;

/// <summary>
/// The optimizers once more, as their papers and PyTorch's documentation write them, for one parameter in double precision. Each takes
/// parameter and gradient of update n, from 1, and returns the new parameter.
/// </summary>
internal static class PlainOptimizers
{
    public delegate double Step(double p, double g, int n);

    public static Step Sgd(double lr, double momentum, double dampening, bool nesterov, double decay)
    {
        double? buffer = null;
        return (p, g, _) =>
        {
            g += decay * p;
            if (momentum == 0)
                return p - lr * g;
            buffer = buffer is { } before ? momentum * before + (1 - dampening) * g : g;
            return p - lr * (nesterov ? g + momentum * buffer.Value : buffer.Value);
        };
    }

    public static Step Adagrad(double lr, double lrDecay, double initial, double eps, double decay)
    {
        var sum = initial;
        return (p, g, n) =>
        {
            g += decay * p;
            sum += g * g;
            return p - lr / (1 + (n - 1) * lrDecay) * g / (Sqrt(sum) + eps);
        };
    }

    public static Step Adadelta(double lr, double rho, double eps, double decay)
    {
        double v = 0, u = 0;
        return (p, g, _) =>
        {
            g += decay * p;
            v = rho * v + (1 - rho) * g * g;
            var delta = Sqrt(u + eps) / Sqrt(v + eps) * g;
            u = rho * u + (1 - rho) * delta * delta;
            return p - lr * delta;
        };
    }

    public static Step RmsProp(double lr, double alpha, double eps, double momentum, bool centered, double decay)
    {
        double v = 0, mean = 0, buffer = 0;
        return (p, g, _) =>
        {
            g += decay * p;
            v = alpha * v + (1 - alpha) * g * g;
            mean = alpha * mean + (1 - alpha) * g;
            var root = Sqrt(centered ? v - mean * mean : v) + eps;
            buffer = momentum * buffer + g / root;
            return p - lr * buffer;
        };
    }

    public static Step Adam(double lr, double beta1, double beta2, double eps, bool amsgrad, double decay, double decoupled)
    {
        double m = 0, v = 0, highest = 0;
        return (p, g, n) =>
        {
            g += decay * p;
            p -= lr * decoupled * p;
            m = beta1 * m + (1 - beta1) * g;
            v = beta2 * v + (1 - beta2) * g * g;
            highest = Max(highest, v);
            var (mHat, vHat) = (m / (1 - Pow(beta1, n)), (amsgrad ? highest : v) / (1 - Pow(beta2, n)));
            return p - lr * mHat / (Sqrt(vHat) + eps);
        };
    }

    public static Step NAdam(double lr, double beta1, double beta2, double eps, double decay, double psi)
    {
        double m = 0, v = 0, product = 1;
        double Mu(int n) => beta1 * (1 - 0.5 * Pow(0.96, n * psi));
        return (p, g, n) =>
        {
            g += decay * p;
            product *= Mu(n);
            m = beta1 * m + (1 - beta1) * g;
            v = beta2 * v + (1 - beta2) * g * g;
            var mHat = Mu(n + 1) * m / (1 - product * Mu(n + 1)) + (1 - Mu(n)) * g / (1 - product);
            return p - lr * mHat / (Sqrt(v / (1 - Pow(beta2, n))) + eps);
        };
    }

    public static Step AdaMax(double lr, double beta1, double beta2, double eps, double decay)
    {
        double m = 0, u = 0;
        return (p, g, n) =>
        {
            g += decay * p;
            m = beta1 * m + (1 - beta1) * g;
            u = Max(beta2 * u, Abs(g) + eps);
            return p - lr * m / ((1 - Pow(beta1, n)) * u);
        };
    }
}
