using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>Draws a text from a <see cref="LanguageModel"/>, one token at a time.</summary>
public sealed class TextGenerator : IDisposable
{
    private const ulong Stream = 0x53414D504C45; // "SAMPLE": apart from the streams of the initializers

    private readonly LanguageModel _model;
    private readonly StreamingSession _session;
    private readonly Sampling _sampling;
    private readonly float[] _logits;
    private readonly int[] _order;
    private readonly double[] _weights;
    private ulong _drawn;
    private int _last;

    /// <summary>Reads the prime.</summary>
    /// <exception cref="DataException">The prime has no token, or a character that is not in the vocabulary.</exception>
    public TextGenerator(LanguageModel model, string prime, Sampling sampling)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prime);
        var tokens = model.Vocabulary.Encode(prime, "the prime");
        if (tokens.Length == 0)
            throw new DataException($"the prime is empty; give at least one {model.Vocabulary.Unit} to continue from");

        var V = model.Vocabulary.Count;
        (_model, _sampling, _logits, _order, _weights) = (model, sampling, new float[V], new int[V], new double[V]);
        _session = new StreamingSession(model);
        _session.Read(tokens.AsSpan(0, tokens.Length - 1));
        _last = tokens[^1];
    }

    /// <summary>Draws the next token; the model reads it when the one after is asked for.</summary>
    /// <exception cref="ObjectDisposedException">The generator is gone.</exception>
    /// <exception cref="TrainingException">The model has diverged: what it predicts is not a finite number.</exception>
    public int Next()
    {
        _session.Step(_last).CopyTo(_logits);
        _drawn++;
        return _last = Draw();
    }

    /// <summary>Draws the next token and returns what it adds to the text.</summary>
    /// <exception cref="ObjectDisposedException">The generator is gone.</exception>
    /// <exception cref="TrainingException">The model has diverged: what it predicts is not a finite number.</exception>
    public string NextText()
    {
        var before = _last;
        return _model.Vocabulary.TextOf(Next(), before);
    }

    /// <summary>Frees the memory of the session.</summary>
    public void Dispose() => _session.Dispose();

    private int Draw()
    {
        for (var i = 0; i < _order.Length; i++)
            _order[i] = i;
        // Ties go to the lower id, so that the order does not depend on how the sort works.
        Array.Sort(_order, (a, b) => _logits[a] != _logits[b] ? _logits[b].CompareTo(_logits[a]) : a.CompareTo(b));
        if (!float.IsFinite(_logits[_order[0]]) || !float.IsFinite(_logits[_order[^1]])) // infinity is first in that order, NaN last
            throw new TrainingException("what the model predicts is not a finite number; the model has diverged, take an earlier one");
        if (_sampling.Temperature == 0)
            return _order[0];

        var candidates = _sampling.TopK == 0 ? _order.Length : Math.Min(_sampling.TopK, _order.Length);
        var total = 0.0;
        for (var i = 0; i < candidates; i++)
            total += _weights[i] = Math.Exp((_logits[_order[i]] - (double)_logits[_order[0]]) / _sampling.Temperature);
        var rest = Philox.Uniform(_sampling.Seed, Stream, _drawn) * total;
        var chosen = 0;
        while (chosen < candidates - 1 && (rest -= _weights[chosen]) >= 0)
            chosen++;
        return _order[chosen];
    }
}
