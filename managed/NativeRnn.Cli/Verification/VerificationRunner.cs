using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Verification;

/// <summary>
/// Compares a backend with reference numbers in files: the engine of <c>nativernn verify</c>. Whatever cannot be read, found or
/// understood counts as failed, nothing is passed over. A new kind of case is a row of the table.
/// </summary>
internal static class VerificationRunner
{
    /// <summary>Where to look when no path is given.</summary>
    public const string DefaultPath = "../shared/vectors";

    private static readonly ICaseVerifier[] Verifiers =
        [new RecurrentVerifier(), new LossVerifier(), new OptimizerVerifier(), new TrajectoryVerifier()];

    /// <summary>Runs all files and folders; the exit code is 0 when there was a case and all passed, 1 otherwise.</summary>
    /// <exception cref="BackendException">The backend cannot be created.</exception>
    public static int Run(IReadOnlyList<string> paths, BackendOptions options, bool json, TextWriter output)
    {
        using var backend = Backend.Create(options);
        var results = Run(paths, backend);
        if (json)
            output.WriteLine(WriteJson(results));
        else
            WriteLines(results, output);
        return results.Count > 0 && results.All(result => result.Passed) ? 0 : 1;
    }

    /// <summary>The results in the order of the paths; those of a folder are sorted by name.</summary>
    public static IReadOnlyList<CaseResult> Run(IReadOnlyList<string> paths, IBackend backend) =>
        [.. (paths.Count == 0 ? [DefaultPath] : paths).SelectMany(path => RunPath(path, backend))];

    private static IEnumerable<CaseResult> RunPath(string path, IBackend backend)
    {
        if (File.Exists(path))
            return [Verify(path, backend)];
        if (!Directory.Exists(path))
            return [new CaseResult(path, ["no such file or folder"])];
        try
        {
            var files = Directory.GetFiles(path, "*.safetensors", SearchOption.AllDirectories);
            Array.Sort(files, StringComparer.Ordinal);
            return files.Length == 0
                ? [new CaseResult(path, ["no *.safetensors in this folder"])]
                : files.Select(file => Verify(file, backend));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [new CaseResult(path, [exception.Message])];
        }
    }

    private static CaseResult Verify(string path, IBackend backend)
    {
        try
        {
            var file = new CaseFile(path);
            file.Row("kind", Verifiers, verifier => verifier.Kind).Verify(file, backend);
            return new CaseResult(path, file.Failures);
        }
        catch (Exception exception) when (exception is VerificationException or NativeRnnException or ArgumentException
            or InvalidOperationException or OverflowException)
        {
            var itself = $"{OneLine.Clean(path)}: "; // what reads a file names it
            return new CaseResult(path, [exception.Message.StartsWith(itself, StringComparison.Ordinal) ? exception.Message[itself.Length..] : exception.Message]);
        }
    }

    private static void WriteLines(IReadOnlyList<CaseResult> results, TextWriter output)
    {
        foreach (var result in results)
        {
            foreach (var failure in result.Failures)
                output.WriteLine($"FAILED {OneLine.Clean(result.File)}: {OneLine.Clean(failure)}");
        }
        output.WriteLine($"{results.Count(result => result.Passed)} passed, {results.Count(result => !result.Passed)} failed");
    }

    private static string WriteJson(IReadOnlyList<CaseResult> results)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            writer.WriteStartObject();
            writer.WriteNumber("passed", results.Count(result => result.Passed));
            writer.WriteNumber("failed", results.Count(result => !result.Passed));
            writer.WriteStartArray("cases");
            foreach (var result in results)
            {
                writer.WriteStartObject();
                writer.WriteString("file", result.File);
                writer.WriteBoolean("passed", result.Passed);
                writer.WriteStartArray("failures");
                foreach (var failure in result.Failures)
                    writer.WriteStringValue(failure);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
