using System.Buffers;
using System.Text.Json;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>
/// <c>metrics.jsonl</c>: one JSON object per report, written at once so that another process can follow. Writing a line allocates nothing.
/// </summary>
internal sealed class MetricsFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private readonly Utf8JsonWriter _json;

    /// <summary>Opens the file and cuts it back to <paramref name="keep"/> bytes, which an earlier <see cref="Flush"/> returned.</summary>
    public MetricsFile(string path, long keep)
    {
        _stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _stream.SetLength(Math.Min(keep, _stream.Length));
        _stream.Seek(0, SeekOrigin.End);
        _json = new Utf8JsonWriter(_line);
    }

    /// <summary>Appends a line.</summary>
    public void Write(in TrainingReport report)
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("step"u8, report.Step);
        _json.WriteNumber("epoch"u8, report.Epoch);
        _json.WriteString("split"u8, report.Split == DataSplit.Train ? "train"u8 : "validation"u8);
        WriteFinite("loss"u8, report.Loss);
        WriteFinite("perplexity"u8, report.Perplexity);
        WriteFinite("bits_per_token"u8, report.BitsPerToken);
        WriteFinite("tokens_per_second"u8, report.TokensPerSecond);
        WriteFinite("grad_norm"u8, report.GradientNorm);
        WriteFinite("learning_rate"u8, report.LearningRate);
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        var whole = _stream.Position;
        try
        {
            _stream.Write(_line.WrittenSpan);
        }
        catch (IOException e)
        {
            _stream.SetLength(whole); // no half line
            throw new CheckpointException($"{_stream.Name}: cannot be written ({OneLine.Clean(e.Message)}); make room and train again, with --resume where there is a checkpoint", e);
        }
    }

    /// <summary>Flushes to disk and returns the length so far.</summary>
    public long Flush()
    {
        _stream.Flush(flushToDisk: true);
        return _stream.Length;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _stream.Dispose();
    }

    /// <summary>JSON has no NaN or infinity: null stands for them.</summary>
    private void WriteFinite(ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value))
            _json.WriteNumber(name, value);
        else
            _json.WriteNull(name);
    }
}
