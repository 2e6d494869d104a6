using NativeRnn.Serialization;

namespace NativeRnn.Data;

/// <summary>
/// The cut for truncated back-propagation through time: the tokens form B contiguous streams of n = (length − 1) / B inputs, stream b
/// starting at token b·n; the target of each input is the token after it.
/// </summary>
public sealed class TokenStreams
{
    private readonly ReadOnlyMemory<int> _tokens;
    private readonly string _source;

    /// <summary>Cuts <paramref name="tokens"/>, without copying them, into <paramref name="batch"/> streams.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="batch">The number of streams, at least 1.</param>
    /// <param name="source">Names the tokens in messages.</param>
    /// <exception cref="ArgumentOutOfRangeException">The batch is below 1.</exception>
    public TokenStreams(ReadOnlyMemory<int> tokens, int batch, string source = "the text")
    {
        ArgumentNullException.ThrowIfNull(source);
        Check.AtLeast(batch, 1, nameof(batch));
        _tokens = tokens;
        _source = OneLine.Clean(source);
        Batch = batch;
        StreamLength = Math.Max(0, tokens.Length - 1) / batch;
    }

    /// <summary>The number of streams, B.</summary>
    public int Batch { get; }

    /// <summary>The inputs in each stream, n.</summary>
    public int StreamLength { get; }

    /// <summary>Makes sure that each stream holds at least <paramref name="bptt"/> inputs, so that one batch can be filled.</summary>
    /// <exception cref="DataException">The tokens are too few.</exception>
    public void Require(int bptt)
    {
        Check.AtLeast(bptt, 1, nameof(bptt));
        if (StreamLength < bptt)
            throw new DataException(
                $"{_source}: {_tokens.Length} tokens are too few, batch {Batch} with bptt {bptt} needs {(long)Batch * bptt + 1}; "
                + "use a smaller batch or bptt, or more text");
    }

    /// <summary>
    /// Writes the tokens of steps <paramref name="start"/> to <paramref name="start"/> + <paramref name="steps"/> − 1 of every stream,
    /// time-major: index t·B + b. Allocates nothing.
    /// </summary>
    /// <param name="start">The first step, from 0.</param>
    /// <param name="steps">The number of steps, T, at least 1.</param>
    /// <param name="inputs">Receives [T, B] tokens.</param>
    /// <param name="targets">Receives [T, B] tokens, each the one after its input.</param>
    /// <exception cref="ArgumentOutOfRangeException">The steps do not lie within the streams.</exception>
    /// <exception cref="ArgumentException">A destination does not hold exactly T·B tokens, or both share memory.</exception>
    public void Fill(int start, int steps, Span<int> inputs, Span<int> targets)
    {
        if (start < 0 || start >= StreamLength)
            throw new ArgumentOutOfRangeException(nameof(start), start, $"the streams have {StreamLength} steps, counted from 0");
        if (steps < 1 || steps > StreamLength - start)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, $"the streams have {StreamLength} steps, of which {StreamLength - start} are left from {start} on");
        if (inputs.Length != (long)steps * Batch)
            throw new ArgumentException($"expected {steps}×{Batch} inputs, got {inputs.Length}", nameof(inputs));
        if (targets.Length != inputs.Length)
            throw new ArgumentException($"expected {steps}×{Batch} targets, got {targets.Length}", nameof(targets));
        if (inputs.Overlaps(targets))
            throw new ArgumentException("inputs and targets share memory; give each an array of its own", nameof(targets));
        var tokens = _tokens.Span;
        for (var b = 0; b < Batch; b++)
        {
            var stream = tokens.Slice(b * StreamLength + start, steps + 1);
            for (var t = 0; t < steps; t++)
            {
                inputs[t * Batch + b] = stream[t];
                targets[t * Batch + b] = stream[t + 1];
            }
        }
    }
}
