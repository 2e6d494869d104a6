using NativeRnn.Backends;

namespace NativeRnn.Tests.Backends;

/// <summary>
/// Everything that may be asked of a recurrent layer beside its sizes, one row each; null where the cell has no such thing. Finite
/// differences and comparisons of backends run over all rows, and <see cref="Ask"/> is complete: see <see cref="CellFiniteDifferenceTests"/>.
/// </summary>
internal static class RecurrentOptions
{
    private static readonly Dictionary<string, Func<RecurrentRequest, CellInfo, RecurrentRequest?>> Rows = new()
    {
        ["plain"] = (request, _) => request,
        ["without bias"] = (request, _) => request with { Shape = request.Shape with { HasBias = false } },
        ["strided"] = (request, _) => request with { Shape = request.Shape with { InputStride = request.Shape.I + 3, OutputStride = request.Shape.H + 2 } },
        ["ragged"] = (request, _) => Ragged(request),
        ["projected"] = (request, cell) => Projected(request, cell),
        ["masked"] = (request, cell) => Masked(request, cell),
        ["zoneout"] = (request, cell) => Zoneout(request, cell, expected: false),
        ["expected zoneout"] = (request, cell) => Zoneout(request, cell, expected: true),
        ["clipped"] = (request, _) => request with { Shape = request.Shape with { Clip = 0.25f } },
        ["other activations"] = (request, cell) => Activated(request, cell),
        ["ragged, projected, masked, clipped, activated"] = (request, cell) =>
            Projected(Ragged(Activated(request with { Shape = request.Shape with { Clip = 0.5f } }, cell)), cell) is { } asked ? Masked(asked, cell) : null,
        ["ragged, masked, zoneout"] = (request, cell) =>
            Zoneout(Ragged(request), cell, expected: false) is var asked && cell.Recurrence != Recurrence.None ? Masked(asked, cell) : asked,
    };

    public static IEnumerable<string> Names => Rows.Keys;

    /// <summary>The request with what the row of this name asks for.</summary>
    public static RecurrentRequest? Ask(string name, RecurrentRequest request) => Rows[name](request, CellInfo.Of(request.Shape.Cell));

    /// <summary>Lengths that fall from T by turns; the last row has no step where there are three.</summary>
    private static RecurrentRequest Ragged(RecurrentRequest request)
    {
        var (T, B) = (request.Shape.T, request.Shape.B);
        int[] stepRows = [.. Enumerable.Range(0, T).Select(t => Math.Max(1, (B > 2 ? B - 1 : B) - t * B / T))];
        return request with { StepRows = stepRows, Shape = request.Shape with { RaggedRows = stepRows.Sum() } };
    }

    private static RecurrentRequest? Projected(RecurrentRequest request, CellInfo cell) => cell.HasCellState && !cell.HasLayerNorm
        ? request with { Shape = request.Shape with { Projection = (request.Shape.H + 1) / 2 } }
        : null;

    private static RecurrentRequest? Masked(RecurrentRequest request, CellInfo cell) =>
        cell.Recurrence == Recurrence.None ? null : request with { Shape = request.Shape with { Masked = true } };

    private static RecurrentRequest Zoneout(RecurrentRequest request, CellInfo cell, bool expected) => request with
    {
        Shape = request.Shape with { Zoneout = true },
        Zoneout = new Zoneout(0.25f, cell.HasCellState ? 0.5f : 0, Seed: 3, Stream: 4, expected),
    };

    private static RecurrentRequest Activated(RecurrentRequest request, CellInfo cell) => request with
    {
        Shape = request.Shape with
        {
            GateActivation = cell.GateActivation == ActivationKind.Default ? default : Activation.Of(ActivationKind.HardSigmoid),
            CandidateActivation = Activation.Of(ActivationKind.Softsign),
            OutputActivation = cell.OutputActivation == ActivationKind.Default ? default : new Activation(ActivationKind.ScaledTanh, 1.5f, 0.75f),
        },
    };
}
