namespace NativeRnn.Backends;

/// <summary>Losses of single numbers, x of the input and y of the target; the values are those of <c>nrnn_loss</c>. Equations: docs/math.md.</summary>
public enum PointwiseLossKind
{
    /// <summary>(x − y)².</summary>
    Squared = 0,

    /// <summary>|x − y|.</summary>
    Absolute = 1,

    /// <summary>Huber 1964: quadratic up to a distance δ, linear beyond. The setting is δ.</summary>
    Huber = 2,

    /// <summary>Koenker and Bassett 1978, the pinball loss. The setting is the quantile.</summary>
    Quantile = 3,

    /// <summary>Cross entropy of a logit x and a probability y.</summary>
    Binary = 4,

    /// <summary>Negative log likelihood of a normal distribution; the second half of a row of the input gives the variances.</summary>
    Gaussian = 5,

    /// <summary>The same of Student's t distribution; the setting is its degrees of freedom.</summary>
    StudentT = 6,
}
