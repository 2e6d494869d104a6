using System.Text.Encodings.Web;
using System.Text.Json;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>The report for programs: one JSON document.</summary>
internal static class BenchJson
{
    /// <summary>Writes the whole report.</summary>
    public static void Write(BenchReport report, Stream stream)
    {
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var writer = new Utf8JsonWriter(stream, options);
        writer.WriteStartObject();
        WriteMachine(writer, report.Machine);
        writer.WriteNumber("rounds", report.Settings.Rounds);
        WriteBackends(writer, report);
        writer.WriteStartArray("layers");
        foreach (var result in report.Layers)
            WriteLayer(writer, result);
        writer.WriteEndArray();
        WriteTraining(writer, report.Training);
        writer.WriteEndObject();
    }

    /// <summary>Where and with what was measured.</summary>
    public static void WriteMachine(Utf8JsonWriter writer, BenchMachine machine)
    {
        writer.WriteString("nativernn", machine.Version);
        writer.WriteString("dotnet", machine.DotNet);
        writer.WriteString("system", machine.OperatingSystem);
        writer.WriteString("processor", machine.Processor);
        writer.WriteNumber("processors", machine.Processors);
        writer.WriteString("isa", machine.Isa);
        writer.WriteString("openblas_core", machine.BlasCore);
        writer.WriteString("openblas", machine.Blas);
        writer.WriteString("compiler", machine.Compiler);
        writer.WriteStartObject("variables");
        foreach (var (name, value) in machine.Variables)
            writer.WriteString(name, value);
        writer.WriteEndObject();
    }

    private static void WriteBackends(Utf8JsonWriter writer, BenchReport report)
    {
        writer.WriteStartArray("backends");
        foreach (var (name, threads, description) in report.Backends)
        {
            writer.WriteStartObject();
            writer.WriteString("backend", name);
            writer.WriteNumber("threads", threads);
            writer.WriteBoolean("installed", true);
            writer.WriteString("description", description);
            writer.WriteEndObject();
        }
        if (report.BlasProblem is { } problem)
        {
            writer.WriteStartObject();
            writer.WriteString("backend", "managed-blas");
            writer.WriteBoolean("installed", false);
            writer.WriteString("problem", problem);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteLayer(Utf8JsonWriter writer, LayerResult result)
    {
        var shape = result.Shape;
        writer.WriteStartObject();
        writer.WriteString("cell", "lstm");
        writer.WriteNumber("T", shape.T);
        writer.WriteNumber("B", shape.B);
        writer.WriteNumber("I", shape.I);
        writer.WriteNumber("H", shape.H);
        writer.WriteString("backend", result.Backend);
        writer.WriteNumber("threads", result.Threads);
        writer.WriteStartObject("forward");
        WriteMeasurement(writer, result.Forward);
        writer.WriteEndObject();
        writer.WriteStartObject("forward_backward");
        WriteMeasurement(writer, result.Both);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTraining(Utf8JsonWriter writer, IEnumerable<TrainingResult> results)
    {
        var recipe = TrainingCase.Generated.Recipe;
        writer.WriteStartObject("training");
        writer.WriteString("recipe", recipe.Name);
        writer.WriteNumber("embedding", recipe.Model.Embedding);
        writer.WriteNumber("hidden", recipe.Model.Hidden);
        writer.WriteNumber("layers", recipe.Model.Layers);
        writer.WriteNumber("batch", recipe.Training.Batch);
        writer.WriteNumber("bptt", recipe.Training.Bptt);
        writer.WriteNumber("vocabulary", TrainingCase.Generated.Vocabulary);
        writer.WriteStartArray("results");
        foreach (var result in results)
        {
            writer.WriteStartObject();
            writer.WriteString("backend", result.Backend);
            writer.WriteNumber("threads", result.Threads);
            writer.WriteNumber("characters_per_second", result.CharactersPerSecond);
            WriteMeasurement(writer, result.Step);
            writer.WriteNumber("peak_memory_bytes", result.PeakMemory);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>The figures of one piece of work.</summary>
    public static void WriteMeasurement(Utf8JsonWriter writer, Measurement measurement)
    {
        writer.WriteNumber("ms", measurement.Seconds * 1e3);
        writer.WriteNumber("gflops", measurement.Gflops);
        writer.WriteNumber("fma_peak_gflops", measurement.Peak);
        writer.WriteNumber("share", measurement.Share);
        writer.WriteStartArray("rounds_ms");
        foreach (var seconds in measurement.Rounds)
            writer.WriteNumberValue(seconds * 1e3);
        writer.WriteEndArray();
    }
}
