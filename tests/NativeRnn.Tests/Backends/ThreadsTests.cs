using NativeRnn.Backends;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Backends;

/// <summary>Backends that compute on one thread refuse to be asked for more, and leave the variable to the native one.</summary>
public class ThreadsTests
{
    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void More_threads_than_a_backend_has_are_refused(string row)
    {
        var options = new BackendOptions { Name = row.Split('/')[0] };
        foreach (var threads in (int[])[0, 1])
            Backend.Create(options with { Threads = threads }).Dispose();
        if (options.Name == "native")
            return;
        var error = Assert.Throws<BackendException>(() => Backend.Create(options with { Threads = 2 }));
        Assert.Contains($"2 threads can be asked of the native backend only; {options.Name} computes on one", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_variable_means_the_native_backend_only()
    {
        var folder = Fixture.Folder(textLength: 3_000);
        string[] train =
        [
            "run", "train", $"{folder}/recipe.json", "--data", $"{folder}/text.txt", "--out", $"{folder}/run", "--backend", "managed",
            "--set", "training.epochs=1",
        ];
        var result = HostProcess.Run([("NATIVERNN_THREADS", "2")], train);
        Directory.Delete(folder, recursive: true);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }
}
