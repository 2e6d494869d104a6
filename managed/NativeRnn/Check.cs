namespace NativeRnn;

/// <summary>Ranges of settings. Every check returns the value, so that a property can be set to it.</summary>
internal static class Check
{
    /// <summary>The bounds of what computes in single precision: below lie 0 and numbers of fewer digits, above lies infinity.</summary>
    public const double Smallest = 1.2e-38, Largest = 3.4e38;

    /// <summary>Throws unless low ≤ value ≤ high.</summary>
    public static double Within(double value, double low, double high, string parameter) => value >= low && value <= high
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, $"must be a number from {low} to {high}");

    /// <summary>Throws unless low ≤ value ≤ high.</summary>
    public static int Within(int value, int low, int high, string parameter) => value >= low && value <= high
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, $"must be from {low} to {high}");

    /// <summary>Throws unless the value is at least <paramref name="low"/>.</summary>
    public static int AtLeast(int value, int low, string parameter) => value >= low
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, $"must be at least {low}");

    /// <summary>Throws unless 0 ≤ value &lt; 1.</summary>
    public static double Fraction(double value, string parameter) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, "must be at least 0 and below 1");

    /// <summary>Throws unless single precision holds the value as a number above 0.</summary>
    public static double AboveZero(double value, string parameter) => Within(value, Smallest, Largest, parameter);

    /// <summary>Throws unless single precision holds the value as a number of at least 0.</summary>
    public static double AtLeastZero(double value, string parameter) => Within(value, 0, Largest, parameter);

    /// <summary>Throws unless single precision holds the value as a number.</summary>
    public static double Number(double value, string parameter) => Within(value, -Largest, Largest, parameter);

    /// <summary>Throws unless the value, which stays in double precision, is a finite number of at least 0.</summary>
    public static double FiniteAtLeastZero(double value, string parameter) => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, "must be a finite number of at least 0");

    /// <summary>Throws unless the enumeration has the value.</summary>
    public static T Known<T>(T value, string parameter) where T : struct, Enum => Enum.IsDefined(value)
        ? value
        : throw new ArgumentOutOfRangeException(parameter, value, $"must be one of {string.Join(", ", Enum.GetNames<T>())}");
}
