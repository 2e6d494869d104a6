namespace NativeRnn.Cli;

/// <summary>Variables of the environment that reach what computes, by name: our own and those of BLAS libraries.</summary>
internal static class SetVariables
{
    /// <summary>The start of the names of our variables.</summary>
    public const string OwnPrefix = "NATIVERNN_";

    /// <summary>The start of the names of OpenBLAS's; most of them reach the OpenBLAS of the native backend too.</summary>
    public const string OpenBlasPrefix = "OPENBLAS_";

    private static readonly string[] AllPrefixes = [OwnPrefix, OpenBlasPrefix, "OMP_", "GOTO_", "MKL_"];

    private static readonly string[] PeerPrefixes = ["GOMP_", "ONEDNN_", "DNNL_", "ATEN_"];

    /// <summary>Those that are set.</summary>
    public static IReadOnlyList<(string Name, string Value)> All() => StartingWith(AllPrefixes);

    /// <summary>Those that are set, and those that the peers of <c>bench</c> read.</summary>
    public static IReadOnlyList<(string Name, string Value)> OfBench() => StartingWith([.. AllPrefixes, .. PeerPrefixes]);

    private static List<(string, string)> StartingWith(string[] prefixes)
    {
        var variables = Environment.GetEnvironmentVariables();
        return
        [
            .. variables.Keys.Cast<string>().Where(name => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal).Select(name => (name, variables[name] as string ?? "")),
        ];
    }
}
