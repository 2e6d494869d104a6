using System.Globalization;
using NativeRnn.Training;
using Spectre.Console;

namespace NativeRnn.Cli.Display;

/// <summary>
/// A live bar with loss, speed and time left; evaluations stay above it. Spectre.Console draws on a thread of its own and runs only inside
/// a callback, so the callback waits here until the display is disposed.
/// </summary>
internal sealed class TerminalProgress : ProgressDisplay
{
    private readonly TaskCompletionSource _done = new();
    private readonly ProgressTask _bar;
    private readonly Task _drawing;

    public TerminalProgress()
    {
        var ready = new TaskCompletionSource<ProgressTask>();
        _drawing = AnsiConsole.Progress()
            .AutoClear(false)
            .Columns(new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new RemainingTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(context =>
            {
                ready.SetResult(context.AddTask("starting", maxValue: double.MaxValue));
                return _done.Task;
            });
        _bar = ready.Task.GetAwaiter().GetResult();
    }

    public override void Show(in TrainingReport report)
    {
        _bar.MaxValue = report.TotalSteps;
        _bar.Value = report.Step;
        var numbers = string.Create(CultureInfo.InvariantCulture,
            $"epoch {report.Epoch}  loss {report.Loss:F3}  {report.BitsPerToken:F2} bits  ppl {report.Perplexity:F2}");
        if (report.Split == DataSplit.Validation)
            Say($"epoch {report.Epoch}: validation {numbers[(numbers.IndexOf("loss", StringComparison.Ordinal))..]}");
        else
            _bar.Description = string.Create(CultureInfo.InvariantCulture,
                $"{numbers}  {report.TokensPerSecond:N0} tok/s  |g| {report.GradientNorm:F2}  lr {report.LearningRate:G3}");
    }

    public override void Say(string line) => AnsiConsole.MarkupLineInterpolated($"{line}");

    public override void Dispose()
    {
        _bar.StopTask();
        _done.TrySetResult();
        _drawing.GetAwaiter().GetResult();
        base.Dispose();
    }
}
