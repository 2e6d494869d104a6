using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NativeRnn.Backends.Native;

namespace NativeRnn.Cli.Diagnostics;

/// <summary>A diagnosis as one JSON object. What is unknown or does not exist is null; sizes are bytes.</summary>
internal static class DiagnosisJson
{
    public static string Write(Diagnosis diagnosis, IReadOnlyList<Advice> advice)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("healthy", !advice.Any(line => line.Wrong));
            Versions(writer, diagnosis);
            Library(writer, diagnosis);
            Machine(writer, diagnosis);
            SelfTests(writer, diagnosis);
            writer.WriteStartObject("variables");
            foreach (var (name, value) in diagnosis.Variables)
                writer.WriteString(name, value);
            writer.WriteEndObject();
            writer.WriteStartArray("advice");
            foreach (var line in advice)
            {
                writer.WriteStartObject();
                writer.WriteBoolean("wrong", line.Wrong);
                writer.WriteString("text", line.Text);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Versions(Utf8JsonWriter writer, Diagnosis diagnosis)
    {
        writer.WriteStartObject("versions");
        writer.WriteString("nativernn", diagnosis.Version);
        writer.WriteString("dotnet", RuntimeInformation.FrameworkDescription);
        writer.WriteString("system", RuntimeInformation.OSDescription);
        writer.WriteString("architecture", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant());
        writer.WriteEndObject();
    }

    private static void Library(Utf8JsonWriter writer, Diagnosis diagnosis)
    {
        var (native, chosen) = (diagnosis.Native, diagnosis.Error.Length == 0 ? diagnosis.Native : null);
        writer.WriteStartObject("library");
        writer.WriteString("path", diagnosis.Loads ? diagnosis.Attempts[^1].Path : null);
        Number(writer, "abi", native?.AbiVersion);
        writer.WriteString("openblas", native?.BlasVersion);
        writer.WriteString("core_type", native?.BlasCore);
        writer.WriteStartArray("instruction_sets");
        foreach (var isa in native?.Isas ?? [])
            writer.WriteStringValue(isa);
        writer.WriteEndArray();
        writer.WriteString("chosen", chosen?.Isa);
        Number(writer, "threads", chosen?.Threads);
        writer.WriteString("error", diagnosis.Error.Length == 0 ? null : diagnosis.Error);
        writer.WriteStartArray("tried");
        foreach (var attempt in diagnosis.Attempts.Where(attempt => attempt.Problem != LibraryProblem.None))
        {
            writer.WriteStartObject();
            writer.WriteString("path", attempt.Path);
            writer.WriteString("problem", JsonNamingPolicy.SnakeCaseLower.ConvertName(attempt.Problem.ToString()));
            writer.WriteString("detail", attempt.Detail);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Machine(Utf8JsonWriter writer, Diagnosis diagnosis)
    {
        var machine = diagnosis.Machine;
        writer.WriteStartObject("machine");
        writer.WriteNumber("processors", machine.Processors);
        writer.WriteString("affinity", machine.Affinity.Length == 0 ? null : machine.Affinity);
        writer.WriteNumber("allowed_processors", machine.AllowedProcessors);
        Number(writer, "quota", machine.CpuQuota);
        writer.WriteNumber("memory", machine.MemoryBytes);
        Number(writer, "memory_limit", machine.ContainerLimitBytes);
        writer.WriteNumber("memory_available", machine.AvailableMemoryBytes);
        writer.WriteEndObject();
    }

    private static void SelfTests(Utf8JsonWriter writer, Diagnosis diagnosis)
    {
        writer.WriteStartArray("self_test");
        foreach (var result in diagnosis.SelfTest)
        {
            writer.WriteStartObject();
            writer.WriteString("instruction_set", result.Isa);
            writer.WriteBoolean("passed", result.Passed);
            writer.WriteNumber("arrays", result.Arrays);
            Number(writer, "largest_error", double.IsFinite(result.LargestError) ? result.LargestError : null);
            writer.WriteString("where", result.Where);
            writer.WriteString("failure", result.Passed ? null : result.Failure);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
            writer.WriteNumber(name, number);
        else
            writer.WriteNull(name);
    }
}
