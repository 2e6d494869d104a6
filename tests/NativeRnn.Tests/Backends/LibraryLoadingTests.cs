using System.Reflection;
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
        Assert.Equal([Path.GetFullPath("elsewhere/own.so")], NativeLibraryFinder.Candidates("elsewhere/own.so", folder, folder, ["/search"]));

    [Fact]
    public void Places_next_to_the_assembly_come_before_those_of_the_search_path()
    {
        var name = NativeLibraryFinder.FileName;
        var packaged = Path.Combine("runtimes", NativeLibraryFinder.RuntimeIdentifier, "native", name);
        var sub = Path.Combine(folder, "sub");
        Assert.Equal(
            [Path.Combine(folder, packaged), Path.Combine(folder, name), Path.Combine(sub, packaged), Path.Combine(sub, name), $"/search/{name}"],
            NativeLibraryFinder.Candidates(null, folder, sub, ["/search", sub]));
        Assert.Equal(2, NativeLibraryFinder.Candidates("", folder, folder, [folder]).Count);
    }

    [Fact]
    public void The_error_tells_of_every_place_what_was_wrong()
    {
        var missing = Path.Combine(folder, "missing.so");
        var damaged = Path.Combine(folder, "damaged.so");
        File.WriteAllText(damaged, "no library");

        var attempts = NativeLibraryFinder.Try([missing, damaged, folder], out var handle);
        var error = NativeLibraryFinder.Failure(attempts, named: false);

        Assert.Equal(0, handle);
        Assert.Contains($"tried {missing}: missing; {damaged}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"; {folder}: is a folder", error.Message, StringComparison.Ordinal);
        Assert.Contains("Build it with build.sh", error.Message, StringComparison.Ordinal);
        Assert.Contains("--backend managed works", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_place_with_something_wrong_does_not_hide_the_next()
    {
        var damaged = Path.Combine(folder, "damaged.so");
        File.WriteAllText(damaged, "no library");
        var attempts = NativeLibraryFinder.Try([damaged, BrokenLibrary.Real], out var handle);
        Assert.NotEqual(0, handle);
        Assert.Equal([LibraryProblem.Damaged, LibraryProblem.None], attempts.Select(attempt => attempt.Problem));
    }

    [Fact]
    public void A_failed_load_is_tried_again()
    {
        Assert.Throws<BackendException>(() => NativeLibraryResolver.Load("retried", () => throw new BackendException("not yet")));
        Assert.Equal(5, NativeLibraryResolver.Load("retried", () => 5));
        Assert.Equal(5, NativeLibraryResolver.Load("retried", () => throw new BackendException("not again")));
    }

    [Fact]
    public void A_library_that_was_cut_off_is_not_given_to_the_loader()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var whole = File.ReadAllBytes(BrokenLibrary.Real);
        int[] lengths = [0, 1, 5, 63, 64, 65, whole.Length - 1, .. Enumerable.Range(1, 15).Select(part => (int)((long)whole.Length * part / 16))];
        var cut = Path.Combine(folder, "cut.so");
        foreach (var length in lengths)
        {
            File.WriteAllBytes(cut, whole[..length]);
            Assert.Equal((length, LibraryProblem.Damaged), (length, LibraryFile.InspectOwn(cut).Problem));
        }
        Assert.Equal(LibraryProblem.None, LibraryFile.InspectOwn(BrokenLibrary.Real).Problem);
    }

    /// <summary>Here and not through the command: a bit in unused code would load, and one in used code would end the process.</summary>
    [Fact]
    public void A_library_with_any_bit_flipped_is_not_given_to_the_loader()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var flipped = Path.Combine(folder, "flipped.so");
        File.Copy(BrokenLibrary.Real, flipped);
        using var file = new FileStream(flipped, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        var random = new Random(17);
        long[] everywhere =
        [
            .. Enumerable.Range(0, 64), .. Enumerable.Range(1, 90).Select(back => file.Length - back), // header, hash
            .. Enumerable.Range(0, 100).Select(_ => random.NextInt64(file.Length)),
        ];
        foreach (var at in everywhere)
        {
            var bit = random.Next(8);
            Flip(at, bit);
            var attempt = LibraryFile.InspectOwn(flipped);
            Assert.Equal((at, bit, LibraryProblem.Damaged), (at, bit, attempt.Problem));
            Assert.StartsWith("damaged", attempt.Detail, StringComparison.Ordinal);
            Flip(at, bit);
        }
        Assert.Equal(LibraryProblem.None, LibraryFile.InspectOwn(flipped).Problem);

        void Flip(long at, int bit)
        {
            file.Position = at;
            var value = (byte)file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(value ^ (1 << bit)));
        }
    }

    [Fact]
    public void A_damaged_library_is_not_found_by_its_name()
    {
        if (!OperatingSystem.IsLinux())
            return;
        var damaged = Path.Combine(folder, NativeLibraryFinder.FileName);
        File.WriteAllBytes(damaged, File.ReadAllBytes(BrokenLibrary.Real)[..^100]); // some of it beside the hash
        var sound = Path.GetDirectoryName(BrokenLibrary.Real);
        Assert.Equal(damaged, NativeLibraryResolver.DamagedFile(NativeLibraryFinder.FileName, ["/nowhere", folder, sound!])?.Path);
        Assert.Null(NativeLibraryResolver.DamagedFile(NativeLibraryFinder.FileName, [sound!, folder]));
        Assert.Null(NativeLibraryResolver.DamagedFile(NativeLibraryFinder.FileName, []));
    }

    [Fact]
    public void Imports_are_all_looked_up_when_the_library_is_loaded() => Assert.Equal(
        typeof(NativeMethods).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name).Order(), NativeMethods.Names.Order());

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
