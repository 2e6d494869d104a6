using System.Globalization;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>Sizes of memory for people.</summary>
internal static class Size
{
    /// <summary>E.g. "512 MiB", "23.5 GiB".</summary>
    public static string Of(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0} MiB");
}
