using NativeRnn.Backends;

namespace NativeRnn.Models;

/// <summary>
/// Runs a <see cref="LanguageModel"/> over one sequence as its tokens come. A session has its own state and memory, so several threads may run
/// sessions of one model at once, each its own, while nobody changes the parameters. One session on two threads at once is an
/// <see cref="InvalidOperationException"/>. A step allocates nothing.
/// </summary>
public sealed class StreamingSession : IDisposable
{
    private readonly LanguageModel _model;
    private readonly LanguageModelPass _pass;
    private readonly float[] _logits;

    /// <summary>Begins with a state of zero.</summary>
    /// <param name="model">The model; stays the caller's.</param>
    public StreamingSession(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _pass = model.CreatePass(1, 1, training: false);
        _logits = new float[model.Vocabulary.Count];
    }

    /// <summary>Reads a token.</summary>
    /// <returns>The logits [V] of the token that follows; valid until the next call.</returns>
    /// <exception cref="ArgumentException">The token is not in the vocabulary.</exception>
    public ReadOnlySpan<float> Step(int token)
    {
        ArgumentChecks.Indices([token], _model.Vocabulary.Count, nameof(token));
        _pass.Forward([token]);
        _pass.LastLogits(_logits);
        return _logits;
    }

    /// <summary>Reads tokens without computing what follows them.</summary>
    /// <exception cref="ArgumentException">A token is not in the vocabulary.</exception>
    public void Read(ReadOnlySpan<int> tokens)
    {
        ArgumentChecks.Indices(tokens, _model.Vocabulary.Count, nameof(tokens));
        foreach (ref readonly var token in tokens)
            _pass.Forward(new ReadOnlySpan<int>(in token));
    }

    /// <summary>Forgets what was read.</summary>
    public void Reset()
    {
        using var call = _pass.UseAlone();
        _pass.State.Reset();
    }

    /// <summary>A copy of the state: h of every layer, then c of every layer where the cell has it.</summary>
    public float[] SaveState()
    {
        using var call = _pass.UseAlone();
        return [.. _pass.State.Hidden, .. _pass.State.Cell];
    }

    /// <summary>Goes on from a state that <see cref="SaveState"/> of any session of a model of the same sizes returned.</summary>
    /// <exception cref="ArgumentException">The state is of another size, or has values that are not finite.</exception>
    public void RestoreState(ReadOnlySpan<float> state)
    {
        using var call = _pass.UseAlone();
        var hidden = _pass.State.Hidden;
        var cell = _pass.State.Cell;
        if (state.Length != hidden.Length + cell.Length)
            throw new ArgumentException($"the state has {state.Length} values, expected {hidden.Length + cell.Length}", nameof(state));
        for (var i = 0; i < state.Length; i++)
        {
            if (!float.IsFinite(state[i]))
                throw new ArgumentException($"state[{i}] is {state[i]}, expected a finite number; the model that left it has diverged", nameof(state));
        }
        state[..hidden.Length].CopyTo(hidden);
        state[hidden.Length..].CopyTo(cell);
    }

    /// <summary>Frees the session's memory; the model stays.</summary>
    public void Dispose() => _pass.Dispose();
}
