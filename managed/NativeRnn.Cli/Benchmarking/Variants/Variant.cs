using NativeRnn.Backends;
using NativeRnn.Cli.Benchmarking.Grid;

namespace NativeRnn.Cli.Benchmarking.Variants;

/// <summary>A layer that does more than the plain cell, and what it may cost.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Cell">The plain cell beside which it is measured.</param>
/// <param name="Change">Makes its shape from the plain one.</param>
/// <param name="Limit">How many times the plain cell's time per operation it may take, on one thread and on more.</param>
internal sealed record Variant(string Name, CellKind Cell, Func<RecurrentShape, RecurrentShape> Change, (double One, double More) Limit)
{
    private static readonly (double, double) Usual = (1.10, 1.10), Normalised = (1.25, 1.25), Ragged = (1.10, 1.15), Activated = (1.5, 1.5);

    /// <summary>How many directions it has: as many layers of half the work each would be.</summary>
    public int Directions { get; private init; } = 1;

    /// <summary>Whether its rows have lengths of their own, uniform in 1…T.</summary>
    public bool IsRagged { get; private init; }

    /// <summary>All that are measured. A new variant is a row here.</summary>
    public static IReadOnlyList<Variant> All { get; } =
    [
        .. Of(CellKind.Lstm), .. Of(CellKind.Gru),
        new("projection to H/2", CellKind.Lstm, shape => shape with { Projection = shape.H / 2 }, Usual),
        new("peepholes", CellKind.Lstm, shape => shape with { Cell = CellKind.LstmPeephole }, Usual),
        new("layer normalisation", CellKind.Lstm, shape => shape with { Cell = CellKind.LstmLayernorm }, Normalised),
        new("relu for tanh", CellKind.Lstm, shape => shape with
        {
            CandidateActivation = Activation.Of(ActivationKind.Relu), OutputActivation = Activation.Of(ActivationKind.Relu),
        }, Activated),
        new("hard sigmoid gates", CellKind.Lstm, shape => shape with { GateActivation = Activation.Of(ActivationKind.HardSigmoid) }, Activated),
    ];

    private static Variant[] Of(CellKind cell) =>
    [
        new("both directions", cell, shape => shape, Usual) { Directions = 2 },
        new("recurrent dropout", cell, shape => shape with { Masked = true }, Usual),
        new("zoneout", cell, shape => shape with { Zoneout = true }, Usual),
        new("lengths in 1…T", cell, shape => shape, Ragged) { IsRagged = true },
    ];

    /// <summary>Its layers on a backend.</summary>
    public IReadOnlyList<LayerWork> Works(IBackend backend, LayerSize size)
    {
        var shape = Change(size.With(Cell));
        if (!IsRagged)
            return [.. Enumerable.Range(0, Directions).Select(direction => new LayerWork(backend, shape with { Reverse = direction == 1 }))];
        var batch = new RaggedBatch([.. Lengths(size)]);
        return [new LayerWork(backend, shape with { T = batch.Steps, RaggedRows = batch.Positions }, batch)];
    }

    /// <summary>Lengths spread evenly over 1…T, the longest T.</summary>
    private static IEnumerable<int> Lengths(LayerSize size) =>
        Enumerable.Range(1, size.B).Select(row => Math.Max(1, (int)Math.Round((double)size.T * row / size.B)));
}
