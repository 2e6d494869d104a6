using System.Diagnostics;

namespace NativeRnn.Models;

/// <summary>Where the time of training steps goes, part by part, measured on the training thread. Measuring allocates nothing.</summary>
public sealed class StepProfile
{
    private readonly long[] _ticks = new long[Enum.GetValues<StepPart>().Length];
    private long _mark;

    /// <summary>Steps measured.</summary>
    public long Steps { get; private set; }

    /// <summary>The time of all parts together.</summary>
    public TimeSpan Total => Stopwatch.GetElapsedTime(0, _ticks.Sum());

    /// <summary>The time of a part.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    public TimeSpan Of(StepPart part) => (uint)part < (uint)_ticks.Length
        ? Stopwatch.GetElapsedTime(0, _ticks[(int)part])
        : throw new ArgumentOutOfRangeException(nameof(part), part, "unknown part");

    /// <summary>Time counts from here.</summary>
    internal void Start() => _mark = Stopwatch.GetTimestamp();

    /// <summary>The time since the last call belongs to <paramref name="part"/>.</summary>
    internal void Lap(StepPart part)
    {
        var now = Stopwatch.GetTimestamp();
        _ticks[(int)part] += now - _mark;
        _mark = now;
    }

    /// <summary>A step is done.</summary>
    internal void Count() => Steps++;
}
