namespace NativeRnn.Tests;

/// <summary>The repository around the tests, found from where they run, so that it may be moved after it was built.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    /// <summary>The path of a file or folder, given from the root of the repository.</summary>
    public static string PathOf(string path) => Path.GetFullPath(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "NativeRnn.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"no repository around {AppContext.BaseDirectory}");
        return folder;
    }
}
