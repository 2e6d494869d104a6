using System.Text.Encodings.Web;
using System.Text.Json;
using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>The report for programs: one JSON document.</summary>
internal static class GridJson
{
    /// <summary>Writes the whole report.</summary>
    public static void Write(GridReport report, Stream stream)
    {
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using var writer = new Utf8JsonWriter(stream, options);
        writer.WriteStartObject();
        BenchJson.WriteMachine(writer, report.Machine);
        writer.WriteNumber("rounds", report.Settings.Rounds);
        WriteArray(writer, "peers", report.Peers.Select(peer => (peer.Peer.Name, peer.Description)), WritePeer);
        WriteArray(writer, "missing_peers", report.Problems.Select(problem => (problem.Key.Name, problem.Value)), WritePeer);
        WriteArray(writer, "layers", report.Rows, WriteRow);
        WriteArray(writer, "recipes", report.Recipes, WriteRecipe);
        WriteArray(writer, "skipped_recipes", report.Skipped.Select(skipped => (skipped.Key, skipped.Value)), WritePeer);
        WriteMemory(writer, report);
        WriteArray(writer, "stress", report.Stress, WriteStress);
        WriteArray(writer, "lengths", report.Lengths, WriteLength);
        writer.WriteNumber("repeated_turns", report.Turns?.Repeated ?? 0);
        writer.WriteNumber("disturbed_turns", report.Turns?.Disturbed ?? 0);
        WriteArray(writer, "verdicts", report.Verdicts, WriteVerdict);
        writer.WriteNumber("held", report.Verdicts.Count(verdict => verdict.Holds == true));
        writer.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            write(writer, item);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WritePeer(Utf8JsonWriter writer, (string Name, string Text) line)
    {
        writer.WriteString("name", line.Name);
        writer.WriteString("text", line.Text);
    }

    private static void WriteRow(Utf8JsonWriter writer, GridRow row)
    {
        writer.WriteString("cell", CellInfo.Of(row.Shape.Cell).Name);
        writer.WriteString("mode", row.Training ? "train" : "forward");
        writer.WriteNumber("T", row.Shape.T);
        writer.WriteNumber("B", row.Shape.B);
        writer.WriteNumber("I", row.Shape.I);
        writer.WriteNumber("H", row.Shape.H);
        writer.WriteNumber("threads", row.Threads);
        BenchJson.WriteMeasurement(writer, row.Ours);
        WriteArray(writer, "peers", row.Peers, (writer, result) => WriteResult(writer, result, row.Ours));
    }

    private static void WriteResult(Utf8JsonWriter writer, PeerResult result, Measurement ours)
    {
        writer.WriteString("name", result.Peer.Name);
        writer.WriteNumber("threads", result.Setting.Threads);
        if (result.Peer.CallsBlas)
            writer.WriteNumber("blas_threads", result.Setting.BlasThreads);
        if (result.Note.Length > 0)
            writer.WriteString("note", result.Note);
        writer.WriteNumber("ratio", result.Time.Seconds / ours.Seconds);
        BenchJson.WriteMeasurement(writer, result.Time);
    }

    private static void WriteRecipe(Utf8JsonWriter writer, RecipeRow row)
    {
        writer.WriteString("recipe", row.Recipe);
        writer.WriteNumber("threads", row.Threads);
        writer.WriteNumber("tokens_per_second", row.TokensPerSecond(row.Ours));
        BenchJson.WriteMeasurement(writer, row.Ours);
        WriteArray(writer, "peers", row.Theirs is { } theirs ? [theirs] : (PeerResult[])[], (writer, result) =>
        {
            writer.WriteNumber("tokens_per_second", row.TokensPerSecond(result.Time));
            WriteResult(writer, result, row.Ours);
        });
    }

    private static void WriteMemory(Utf8JsonWriter writer, GridReport report)
    {
        writer.WriteStartObject("peak_memory_bytes");
        if (report.Memory is { } memory)
            writer.WriteNumber("nativernn", memory.Ours);
        if (report.Memory?.Theirs is { } theirs)
            writer.WriteNumber("PyTorch", theirs);
        writer.WriteEndObject();
    }

    private static void WriteStress(Utf8JsonWriter writer, StressResult result)
    {
        writer.WriteString("condition", result.Condition);
        writer.WriteNumber("T", result.Size.T);
        writer.WriteNumber("B", result.Size.B);
        writer.WriteNumber("I", result.Size.I);
        writer.WriteNumber("H", result.Size.H);
        writer.WriteNumber("threads", result.Threads);
        writer.WriteNumber("one_thread_ms", result.OneThread.Seconds * 1e3);
        writer.WriteNumber("ms", result.Stressed.Seconds * 1e3);
        writer.WriteNumber("ratio", result.Ratio);
    }

    private static void WriteLength(Utf8JsonWriter writer, (int T, double Seconds) length)
    {
        writer.WriteNumber("T", length.T);
        writer.WriteNumber("ms_per_step", length.Seconds * 1e3);
    }

    private static void WriteVerdict(Utf8JsonWriter writer, Verdict verdict)
    {
        writer.WriteString("what", verdict.What);
        writer.WriteString("of", verdict.Subject);
        writer.WriteNumber("threads", verdict.Threads);
        writer.WriteString("unit", verdict.Unit);
        writer.WriteString("direction", verdict.AtMost ? "at_most" : "at_least");
        writer.WriteNumber("required", verdict.Required);
        if (verdict.Reached is { } reached)
            writer.WriteNumber("reached", reached);
        else
            writer.WriteNull("reached");
        writer.WriteString("verdict", verdict.Text);
        writer.WriteString("detail", verdict.Detail);
    }
}
