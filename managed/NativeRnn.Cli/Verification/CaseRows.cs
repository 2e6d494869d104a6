using NativeRnn.Backends;

namespace NativeRnn.Cli.Verification;

/// <summary>The rows of a case as a backend takes them: those of a file with <c>lengths</c> are sorted and packed, others stay as they are.</summary>
internal sealed class CaseRows
{
    private readonly RaggedBatch? batch;
    private readonly int T, B;

    public CaseRows(CaseFile file, int T, int B)
    {
        (this.T, this.B) = (T, B);
        if (!file.HasTensor("lengths"))
            return;
        var lengths = file.Indices("lengths", B);
        for (var b = 0; b < B; b++)
        {
            if (lengths[b] > T)
                throw new VerificationException($"lengths[{b}] is {lengths[b]}, expected 0…{T}, the steps of input");
        }
        batch = new RaggedBatch(lengths);
    }

    /// <summary>Whether no row has a step: there is nothing to run.</summary>
    public bool AreIdle => batch is { Steps: 0 };

    /// <summary>R.</summary>
    public int Count => batch?.Positions ?? T * B;

    public ReadOnlySpan<int> StepRows => batch is null ? [] : batch.StepRows;

    /// <summary>A layer's sizes over these rows.</summary>
    public RecurrentShape ShapeOf(CellKind cell, int I, int H, bool hasBias) => batch is null || AreIdle
        ? new RecurrentShape(cell, T, B, I, H, hasBias)
        : new RecurrentShape(cell, batch.Steps, B, I, H, hasBias) { RaggedRows = batch.Positions };

    /// <summary>[R, width] of [T, B, width].</summary>
    public float[] Pack(float[] padded, int width)
    {
        if (batch is null)
            return padded;
        var packed = new float[Count * width];
        batch.Pack(padded, width, packed);
        return packed;
    }

    /// <summary>[T, B, width] of [R, width].</summary>
    public float[] Unpack(float[] packed, int width)
    {
        if (batch is null)
            return packed;
        var padded = new float[T * B * width];
        batch.Unpack(packed, width, padded);
        return padded;
    }

    /// <summary>A state [B, width] of the file in the backend's order.</summary>
    public float[] Sort(float[] state, int width)
    {
        var sorted = new float[state.Length];
        state.CopyTo(sorted, 0);
        if (state.Length > 0)
            batch?.SortState(state, width, sorted);
        return sorted;
    }

    /// <summary>A state [B, width] of the backend in the file's order.</summary>
    public void Unsort(float[] sorted, int width, Span<float> state)
    {
        sorted.CopyTo(state);
        if (state.Length > 0)
            batch?.UnsortState(sorted, width, state);
    }
}
