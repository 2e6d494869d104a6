using System.Runtime.CompilerServices;
using NativeRnn.Cli.Verification;
using NativeRnn.Tests.Backends;

namespace NativeRnn.Tests.Verification;

/// <summary>
/// The reference vectors beside the repository, where there are any, on every backend: what is supported passes, all else says what
/// is not known.
/// </summary>
public class SharedVectorsTests
{
    private static readonly string[] Basic =
    [
        "t1_b1_i1_h1", "t5_b3_i4_h8", "t9_b17_i16_h33", "t12_b2_i7_h5", "layers3", "nobias", "bidirectional", "layers2_bidirectional",
    ];

    private static readonly string[] Supported =
    [
        .. Recurrent("lstm", Basic), .. Recurrent("gru", Basic), .. Recurrent("rnn_tanh", Basic), .. Recurrent("rnn_relu", Basic),
        .. Recurrent("gru_reset_before", "t1_b1_i1_h1", "t5_b3_i4_h8", "t12_b2_i7_h5"),
        "loss/cross_entropy", "loss/cross_entropy_sum", "loss/cross_entropy_large_logits", "loss/mse",
        "optimizer/sgd", "optimizer/sgd_momentum", "optimizer/sgd_nesterov_decay", "optimizer/adam",
        "trajectory/charlm_lstm_sgd", "trajectory/charlm_gru_adam",
    ];

    [Theory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Supported_vectors_pass_and_the_others_say_what_is_not_known(string row)
    {
        if (Folder() is not { } folder)
            return;
        using var backend = TestBackends.Create(row, threads: 2);
        var results = VerificationRunner.Run([folder], backend);

        Assert.Equal(Directory.GetFiles(folder, "*.safetensors", SearchOption.AllDirectories).Length, results.Count);
        foreach (var result in results)
        {
            var name = Path.ChangeExtension(Path.GetRelativePath(folder, result.File), null).Replace('\\', '/');
            if (Supported.Contains(name))
                Assert.Empty(result.Failures);
            else if (!result.Passed)
                Assert.Contains("not known", Assert.Single(result.Failures), StringComparison.Ordinal);
        }
        Assert.True(results.Count(result => result.Passed) >= Supported.Length);
    }

    private static IEnumerable<string> Recurrent(string cell, params string[] cases) => cases.Select(name => $"recurrent/{cell}_{name}");

    /// <summary>../shared/vectors as seen from the root of the repository; null where it does not exist.</summary>
    private static string? Folder([CallerFilePath] string thisFile = "")
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", ".."));
        var folder = Path.GetFullPath(Path.Combine(root, VerificationRunner.DefaultPath));
        return Directory.Exists(folder) ? folder : null;
    }
}
