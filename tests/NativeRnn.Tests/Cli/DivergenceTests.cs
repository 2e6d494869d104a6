using NativeRnn.Serialization;
using NativeRnn.TestHost;

namespace NativeRnn.Tests.Cli;

/// <summary>Runs whose loss or parameters stop being numbers: what was good is kept, and what never was is in nobody's way.</summary>
public sealed class DivergenceTests : IDisposable
{
    private readonly string _folder = Fixture.Folder(textLength: 6_000);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("training.optimizer.kind=adam")]
    [InlineData("training.optimizer.kind=sgd", "training.optimizer.weight_decay=1e10", "training.checkpoint_every=1")] // no step is worth keeping
    public void Before_anything_was_kept_it_leaves_nothing(params string[] fields)
    {
        var failed = Train([.. fields, "training.optimizer.learning_rate=1e38"]);
        Assert.True(failed.ExitCode == 2, $"exit code {failed.ExitCode}: {failed.Errors}{failed.Output}");
        Assert.Contains("; start a new run with a lower learning rate", failed.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run));
        Assert.Equal(0, Train().ExitCode);
    }

    [Fact]
    public void After_a_checkpoint_it_keeps_the_checkpoint()
    {
        // Every step makes the parameters ten times larger, until they are none.
        var failed = Train("training.optimizer.kind=sgd", "training.optimizer.learning_rate=1", "training.optimizer.weight_decay=11", "training.checkpoint_every=1");
        Assert.True(failed.ExitCode == 2, $"exit code {failed.ExitCode}: {failed.Errors}{failed.Output}");
        foreach (var tensor in SafetensorsFile.Read(Path.Combine(Run, "last.safetensors")).Tensors.Values.Where(tensor => tensor.DType == "F32"))
            Assert.DoesNotContain(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span).ToArray(), value => !float.IsFinite(value));
        Assert.Matches(@"step [1-9]\d*,", HostProcess.Run("run", "info", Run).Output);
    }

    private string Run => Path.Combine(_folder, "run");

    private HostProcess.Result Train(params string[] fields) => HostProcess.Run(
        ["run", "train", $"{_folder}/recipe.json", "--data", $"{_folder}/text.txt", "--out", Run, "--set", "training.epochs=1", .. Sets(fields)]);

    private static IEnumerable<string> Sets(string[] fields) => fields.SelectMany(field => new[] { "--set", field });
}
