namespace NativeRnn.Training;

/// <summary>Ranges of settings.</summary>
internal static class Check
{
    /// <summary>Throws unless low ≤ value &lt; high.</summary>
    public static void InRange(double value, double low, double high, string parameter)
    {
        if (!(value >= low && value < high))
            throw new ArgumentOutOfRangeException(parameter, value, $"must be at least {low} and below {high}");
    }

    /// <summary>Throws unless the value is a finite number above 0.</summary>
    public static void AboveZero(double value, string parameter)
    {
        if (!double.IsFinite(value) || value <= 0)
            throw new ArgumentOutOfRangeException(parameter, value, "must be a finite number above 0");
    }

    /// <summary>Throws unless the value is a finite number of at least 0.</summary>
    public static void AtLeastZero(double value, string parameter)
    {
        if (!double.IsFinite(value) || value < 0)
            throw new ArgumentOutOfRangeException(parameter, value, "must be a finite number of at least 0");
    }
}
