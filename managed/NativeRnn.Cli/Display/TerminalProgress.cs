using System.Globalization;
using NativeRnn.Training;
using Spectre.Console;

namespace NativeRnn.Cli.Display;

/// <summary>
/// Two live lines: a bar with the time left, and the last report; evaluations stay above them. A thread of its own draws four times a
/// second from the trainer's step count, so that training only leaves its last report behind; drawing allocates, training does not.
/// </summary>
internal sealed class TerminalProgress : ProgressDisplay
{
    private const int Margin = 24; // room for percentage and times beside the bar

    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);

    private readonly Trainer _trainer;
    private readonly long _firstStep;
    private readonly long _start = System.Diagnostics.Stopwatch.GetTimestamp();
    private readonly ManualResetEventSlim _done = new();
    private readonly Lock _gate = new();
    private readonly Thread _drawing;
    private TrainingReport? _last;

    public TerminalProgress(Trainer trainer)
    {
        (_trainer, _firstStep) = (trainer, trainer.Progress.Step);
        _drawing = new Thread(Draw) { IsBackground = true, Name = "progress" };
        _drawing.Start();
    }

    public override void Show(in TrainingReport report)
    {
        if (report.Split == DataSplit.Validation)
        {
            Say(string.Create(CultureInfo.InvariantCulture,
                $"epoch {report.Epoch}: validation loss {report.Loss:F4}, {report.BitsPerToken:F3} bits, perplexity {report.Perplexity:F2}"));
            return;
        }
        lock (_gate)
            _last = report;
    }

    public override void Say(string line) => AnsiConsole.MarkupLineInterpolated($"{line}");

    public override void Dispose()
    {
        _done.Set();
        _drawing.Join();
        _done.Dispose();
        base.Dispose();
    }

    private void Draw() => AnsiConsole.Live(Picture()).Overflow(VerticalOverflow.Crop).Start(context =>
    {
        while (!_done.Wait(Redraw))
            context.UpdateTarget(Picture());
        context.UpdateTarget(Picture());
    });

    private Rows Picture()
    {
        TrainingReport? last;
        lock (_gate)
            last = _last;
        return new Rows(Bar(), last is { } report ? Numbers(report) : new Text("waiting for the first report"));
    }

    private Markup Bar()
    {
        var (step, total) = (_trainer.Progress.Step, Math.Max(1, _trainer.TotalSteps));
        var width = Math.Clamp(AnsiConsole.Profile.Width - Margin, 4, 60);
        var full = (int)(width * Math.Min(step, total) / total);
        var elapsed = System.Diagnostics.Stopwatch.GetElapsedTime(_start);
        var left = step > _firstStep ? $"{elapsed / (step - _firstStep) * (total - step):h\\:mm\\:ss} left" : "";
        return new Markup($"[green]{new string('━', full)}[/][grey]{new string('─', width - full)}[/] {100 * step / total,3}% {left}").Overflow(Overflow.Crop);
    }

    private static Text Numbers(in TrainingReport report)
    {
        // What matters most comes first: a narrow window cuts the end.
        var text = string.Create(CultureInfo.InvariantCulture,
            $"epoch {report.Epoch}  loss {report.Loss:F3}  {report.BitsPerToken:F2} bits  ppl {report.Perplexity:F2}  {report.TokensPerSecond:N0} tok/s  |g| {report.GradientNorm:F2}  lr {report.LearningRate:G3}");
        return new Text(text).Overflow(Overflow.Ellipsis);
    }
}
