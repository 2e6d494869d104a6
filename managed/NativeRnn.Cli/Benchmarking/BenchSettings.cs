using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>How much to measure.</summary>
internal sealed record BenchSettings
{
    /// <summary>A median of fewer says nothing.</summary>
    public const int FewestRounds = 3;

    /// <summary>The default: a minute or two.</summary>
    public static BenchSettings Full { get; } = new()
    {
        Rounds = 7,
        Slice = 0.1,
        TrainingSlice = 1,
        WarmUp = 0.5,
        MemorySteps = 5,
        Shapes = [Lstm(100, 32, 512, 512), Lstm(64, 32, 64, 256), Lstm(35, 20, 200, 200), Lstm(100, 32, 128, 128), Lstm(100, 1, 256, 256)],
    };

    /// <summary>A few seconds: to see that it works.</summary>
    public static BenchSettings Quick { get; } = new()
    {
        Rounds = FewestRounds,
        Slice = 0.02,
        TrainingSlice = 0.1,
        WarmUp = 0.1,
        MemorySteps = 1,
        Shapes = [Lstm(35, 20, 200, 200), Lstm(100, 1, 256, 256)],
    };

    /// <summary>Measurements of each kind. The managed backend, being slow, gets the first <see cref="FewestRounds"/> only.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seconds of one measurement of a layer or of the FMA peak; a run that was begun is finished.</summary>
    public required double Slice { get; init; }

    /// <summary>Seconds of one measurement of training.</summary>
    public required double TrainingSlice { get; init; }

    /// <summary>Seconds for which each backend runs before anything counts, so that the compiler is done with it.</summary>
    public required double WarmUp { get; init; }

    /// <summary>Training steps of the process whose memory is measured.</summary>
    public required int MemorySteps { get; init; }

    /// <summary>The layers.</summary>
    public required IReadOnlyList<RecurrentShape> Shapes { get; init; }

    /// <summary>Instruction set of the native backend; null for the best.</summary>
    public string? Isa { get; init; }

    /// <summary>The rounds that a backend takes part in.</summary>
    public int RoundsOf(string backend) => backend == "managed" ? FewestRounds : Rounds;

    private static RecurrentShape Lstm(int T, int B, int I, int H) => new(CellKind.Lstm, T, B, I, H);
}
