using NativeRnn.Backends;
using NativeRnn.Cli.Verification;
using NativeRnn.Tests.Backends;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Verification;

/// <summary>
/// The reference vectors beside the repository, where there are any, and some that are made here, on every backend: what is supported
/// passes, all else says what is not known.
/// </summary>
public sealed class SharedVectorsTests : IDisposable
{
    private const string Made = "made here";
    private const string Shared = VerificationRunner.DefaultPath;

    private static readonly string[] Supported =
    [
        "loss/cross_entropy", "loss/cross_entropy_sum", "loss/cross_entropy_large_logits", "loss/cross_entropy_ignore",
        "loss/cross_entropy_smoothing", "loss/bce_with_logits", "loss/mse", "loss/mae", "loss/huber", "loss/gaussian_nll", "loss/ctc",
        "optimizer/sgd", "optimizer/sgd_momentum", "optimizer/sgd_nesterov_decay", "optimizer/adagrad", "optimizer/adadelta",
        "optimizer/rmsprop", "optimizer/rmsprop_centered_momentum", "optimizer/adam", "optimizer/adam_amsgrad", "optimizer/adamw",
        "optimizer/nadam", "optimizer/adamax",
        "trajectory/charlm_lstm_sgd", "trajectory/charlm_gru_adam",
    ];

    private readonly TempFolder _made = new();

    /// <summary>No row where the folder is missing: what was not compared does not count as passed. tests/run.sh says so.</summary>
    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var row in TestBackends.All)
            {
                rows.Add(Made, row);
                if (Directory.Exists(Repository.PathOf(Shared)))
                    rows.Add(Shared, row);
            }
            return rows;
        }
    }

    public void Dispose() => _made.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Supported_vectors_pass_and_the_others_say_what_is_not_known(string vectors, string row)
    {
        var folder = vectors == Made ? Make() : Repository.PathOf(vectors);
        using var backend = TestBackends.Create(row, threads: 2);
        var results = VerificationRunner.Run([folder], backend);

        Assert.Equal(Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories).Length, results.Count);
        var supported = vectors == Made ? results.Select(NameOf).Where(name => name != "recurrent/dream").ToArray() : Supported;
        foreach (var result in results)
        {
            if (supported.Contains(NameOf(result)) || (vectors == Shared && NameOf(result).StartsWith("recurrent/", StringComparison.Ordinal)))
                Assert.Empty(result.Failures);
            else if (!result.Passed)
                Assert.Contains("not known", Assert.Single(result.Failures), StringComparison.Ordinal);
        }
        Assert.True(results.Count(result => result.Passed) >= supported.Length);

        string NameOf(CaseResult result) => Path.ChangeExtension(Path.GetRelativePath(folder, result.File), null).Replace('\\', '/');
    }

    /// <summary>A folder of the same kind, made here: every cell, loss and optimizer, and one that is not known.</summary>
    private string Make()
    {
        string Folder(string name) => Directory.CreateDirectory(_made.File(name)).FullName;
        foreach (var cell in CellInfo.All)
            Vectors.Of(cell.Name).Write(Folder("recurrent"), cell.Name);
        Vectors.Of("lstm").Set("cell", "dream").Write(Folder("recurrent"), "dream");
        Vectors.SquaredError().Write(Folder("loss"), "mse");
        Vectors.CrossEntropy().Write(Folder("loss"), "cross_entropy");
        Vectors.Sgd().Write(Folder("optimizer"), "sgd");
        Vectors.Trajectory().Write(Folder("trajectory"), "charlm");
        return _made.Path;
    }
}
