namespace NativeRnn.Training;

/// <summary>Clipping of gradients by their global norm (Pascanu, Mikolov and Bengio 2013).</summary>
public static class Clipping
{
    /// <summary>
    /// The factor that brings gradients of this norm to at most <paramref name="maxNorm"/>: max/(norm + 1e-6) as in PyTorch, or 1 where
    /// the norm is small enough or <paramref name="maxNorm"/> is null.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="norm"/> is not a finite number of at least 0: the gradients are past mending. Or <paramref name="maxNorm"/> is not a number
    /// above 0.
    /// </exception>
    public static double Scale(double norm, double? maxNorm)
    {
        Check.FiniteAtLeastZero(norm, nameof(norm));
        if (maxNorm is not { } max)
            return 1;
        Check.AboveZero(max, nameof(maxNorm));
        return norm > max ? max / (norm + 1e-6) : 1;
    }
}
