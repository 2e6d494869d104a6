using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Peers;

namespace NativeRnn.Cli.Benchmarking.Grid;

/// <summary>How much of the grid to measure.</summary>
internal sealed record GridSettings
{
    /// <summary>The default: a quarter of an hour, with peers half an hour.</summary>
    public static GridSettings Full { get; } = new()
    {
        Rounds = 5,
        Slice = 0.1,
        TrainingSlice = 5,
        MemorySteps = 50,
        Sizes =
        [
            new(35, 20, 200, 200), new(100, 32, 128, 128), new(100, 32, 512, 512), new(50, 64, 256, 256), new(100, 1, 256, 256),
            new(100, 8, 256, 256), new(28, 128, 28, 128), new(35, 20, 650, 650), new(50, 32, 1024, 1024),
        ],
        ForwardSizes = Forward([1, 8, 32], [128, 256, 512]),
        Lengths = [100, 1000, 10_000],
    };

    /// <summary>Seconds instead of minutes: to see that it works.</summary>
    public static GridSettings Quick { get; } = Full with
    {
        Rounds = BenchSettings.FewestRounds,
        Slice = 0.01,
        TrainingSlice = 0.1,
        MemorySteps = 1,
        Sizes = [new(35, 20, 200, 200), new(100, 1, 256, 256)],
        ForwardSizes = Forward([1, 8], [128]),
        Lengths = [100, 1000],
    };

    /// <summary>Measurements of each kind, alternating; medians are printed.</summary>
    public required int Rounds { get; init; }

    /// <summary>Seconds of one measurement of a layer or of the FMA peak; a run that was begun is finished.</summary>
    public required double Slice { get; init; }

    /// <summary>Seconds of one measurement of training.</summary>
    public required double TrainingSlice { get; init; }

    /// <summary>Training steps of the process whose memory is measured.</summary>
    public required int MemorySteps { get; init; }

    /// <summary>The layers whose forward and backward passes are measured.</summary>
    public required IReadOnlyList<LayerSize> Sizes { get; init; }

    /// <summary>The layers that are measured forward only, as LSTM and GRU.</summary>
    public required IReadOnlyList<LayerSize> ForwardSizes { get; init; }

    /// <summary>The numbers of steps over which time must be linear.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>The cells.</summary>
    public IReadOnlyList<CellKind> Cells { get; init; } = PeerCheck.Cells;

    /// <summary>Whether the peers take part.</summary>
    public bool Peers { get; init; }

    /// <summary>Instruction set of the native backend; null for the best.</summary>
    public string? Isa { get; init; }

    /// <summary>The recipes that are trained, and where their data is.</summary>
    public IReadOnlyList<(string Name, string Data)> Recipes { get; init; } = [];

    private static List<LayerSize> Forward(int[] batches, int[] widths) =>
        [.. widths.SelectMany(H => batches.Select(B => new LayerSize(100, B, H, H)))];
}
