using NativeRnn.Backends;
using NativeRnn.Backends.Blas;
using NativeRnn.Backends.Native;

namespace NativeRnn.Tests.Backends;

/// <summary>Where libraries are looked for, and what is said when none can be used.</summary>
public sealed class LibraryLoadingTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nativernn").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_variable_leaves_no_other_place() =>
        Assert.Equal([Path.GetFullPath("elsewhere/own.so")], NativeLibraryFinder.Candidates("elsewhere/own.so", folder, folder));

    [Fact]
    public void Places_next_to_the_assembly_come_before_the_system()
    {
        var name = NativeLibraryFinder.FileName;
        var packaged = Path.Combine("runtimes", NativeLibraryFinder.RuntimeIdentifier, "native", name);
        var sub = Path.Combine(folder, "sub");
        Assert.Equal(
            [Path.Combine(folder, packaged), Path.Combine(folder, name), Path.Combine(sub, packaged), Path.Combine(sub, name), name],
            NativeLibraryFinder.Candidates(null, folder, sub));
        Assert.Equal(3, NativeLibraryFinder.Candidates("", folder, folder).Count);
    }

    [Fact]
    public void The_error_tells_of_every_place_what_was_wrong()
    {
        var missing = Path.Combine(folder, "missing.so");
        var damaged = Path.Combine(folder, "damaged.so");
        File.WriteAllText(damaged, "no library");

        var error = Assert.Throws<BackendException>(() => NativeLibraryFinder.Open([missing, damaged]));

        Assert.Contains($"{missing}: missing", error.Message, StringComparison.Ordinal);
        Assert.Matches($"{damaged}: (?!missing).+;? ?Build it", error.Message);
        Assert.Contains("--backend managed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Another_library_is_told_from_that_of_the_kernels()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var error = Assert.Throws<BackendException>(() => NativeLibraryFinder.Open(["libm.so.6"]));
        Assert.Contains("libm.so.6: found, but it is not a library of NativeRnn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_of_managed_blas_names_all_it_tried_and_how_to_install_one()
    {
        var error = Assert.Throws<BackendException>(() => CblasLibrary.Open(["libnone1.so", "libnone2.so"]));
        Assert.Contains("libnone1.so", error.Message, StringComparison.Ordinal);
        Assert.Contains("libnone2.so", error.Message, StringComparison.Ordinal);
        Assert.Contains("apt-get install libopenblas0", error.Message, StringComparison.Ordinal);
        Assert.Contains("--backend managed", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void An_unknown_backend_is_an_error_that_suggests_the_nearest()
    {
        var error = Assert.Throws<BackendException>(() => Backend.Create(new BackendOptions { Name = "mangaed" }));
        Assert.Contains("did you mean 'managed'?", error.Message, StringComparison.Ordinal);
        Assert.All(Backend.Names, name => Assert.Contains(name, error.Message, StringComparison.Ordinal));
        Assert.Equal(["native", "managed", "managed-blas"], Backend.Names);
    }
}
