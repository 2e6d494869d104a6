using System.Globalization;
using NativeRnn.Training;

namespace NativeRnn.Cli.Display;

/// <summary>One line per report on standard output. Showing a report allocates nothing, which string interpolation would.</summary>
internal sealed class PlainProgress : ProgressDisplay
{
    private readonly StandardOutput _output = new();
    private readonly byte[] _line = new byte[512];
    private int _length;

    public override void Show(in TrainingReport report)
    {
        _length = 0;
        Append("step "u8, report.Step);
        Append("/"u8, report.TotalSteps);
        Append(" epoch "u8, report.Epoch);
        Append(report.Split == DataSplit.Train ? " train"u8 : " validation"u8);
        Append(" loss "u8, report.Loss, "F4");
        Append(" bits "u8, report.BitsPerToken, "F3");
        Append(" perplexity "u8, report.Perplexity, "F2");
        Append(" tokens/s "u8, report.TokensPerSecond, "F0");
        if (report.Split == DataSplit.Train)
        {
            Append(" grad norm "u8, report.GradientNorm, "F3");
            Append(" rate "u8, report.LearningRate, "G4");
        }
        Append("\n"u8);
        _output.Write(_line.AsSpan(0, _length));
    }

    public override void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    private void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_line.AsSpan(_length));
        _length += text.Length;
    }

    private void Append(ReadOnlySpan<byte> label, long value)
    {
        Append(label);
        value.TryFormat(_line.AsSpan(_length), out var written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    private void Append(ReadOnlySpan<byte> label, double value, string format)
    {
        Append(label);
        value.TryFormat(_line.AsSpan(_length), out var written, format, CultureInfo.InvariantCulture);
        _length += written;
    }
}
