using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Numerics;

namespace NativeRnn.Training;

/// <summary>
/// Updates all parameters of a model from their gradients. An optimizer belongs to the model of its first step: its state has that
/// model's layout. A new one is a rule (<see cref="UpdateKind"/>), a subclass, and a row in <see cref="Recipes.RecipeFactory"/>.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly string?[] _slots;
    private readonly Dictionary<string, AlignedBuffer> _state = [];
    private readonly Lifetime _lifetime;
    private ParameterArena? _parameters;

    /// <summary>Names what the rule keeps, in the order of <see cref="UpdateArrays"/>; null for what it does without.</summary>
    private protected Optimizer(double learningRate, params string?[] slots)
    {
        LearningRate = Check.AtLeastZero(learningRate, nameof(learningRate));
        _slots = slots;
        StateNames = [.. slots.OfType<string>()];
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>The name in recipes and checkpoints.</summary>
    public abstract string Kind { get; }

    /// <summary>The step size before the schedule.</summary>
    public double LearningRate { get; }

    /// <summary>The schedule's factor of the step size, at least 0; may be changed between steps. Default 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The factor, or the step size that it makes, is not a number of at least 0.</exception>
    public double RateFactor
    {
        get;
        set
        {
            Check.AtLeastZero(LearningRate * Check.AtLeastZero(value, nameof(RateFactor)), nameof(RateFactor));
            field = value;
        }
    } = 1;

    /// <summary>The step size in force.</summary>
    public double Rate => LearningRate * RateFactor;

    /// <summary>Updates done so far.</summary>
    public long Steps { get; internal set; }

    /// <summary>Tensors that the rule keeps beside the parameters, each of the arena's layout.</summary>
    internal IReadOnlyList<string> StateNames { get; }

    /// <summary>The parameters to evaluate in place of the model's own; empty where these are the ones.</summary>
    internal virtual Span<float> AveragedParameters => [];

    /// <summary>What the state begins with.</summary>
    private protected virtual float FirstValue => 0;

    /// <summary>Updates the parameters by <paramref name="gradientScale"/> times their gradients. The gradients stay as they are.</summary>
    /// <param name="model">The model; always the same one.</param>
    /// <param name="gradientScale">Factor of the gradients, for clipping by their norm; see <see cref="Clipping"/>. Default 1.</param>
    /// <param name="gradientLimit">Each gradient, after that, is cut to ± this; null for no limit. Default null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a number, or the limit none above 0.</exception>
    /// <exception cref="InvalidOperationException">The optimizer has worked on another model before.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer or the model is gone.</exception>
    public void Step(LanguageModel model, double gradientScale = 1, double? gradientLimit = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Check.Number(gradientScale, nameof(gradientScale));
        if (gradientLimit is { } limit)
            Check.AboveZero(limit, nameof(gradientLimit));
        using var call = Use();
        using var use = model.Use();
        Bind(model);
        var rule = Rule(Steps + 1);
        Update(model, rule with
        {
            // Corrected for its bias, a rate can be more than single precision holds: then the model diverges, which is told of as that.
            Rate = Math.Min(rule.Rate, Check.Largest),
            MeanRate = Math.Min(rule.MeanRate, Check.Largest),
            Shrink = Math.Min(rule.Shrink, Check.Largest),
            GradientScale = gradientScale,
            Limit = gradientLimit ?? 0,
        });
        Steps++;
    }

    /// <summary>Frees the state; while another thread uses it, when its call returns.</summary>
    public void Dispose()
    {
        _lifetime.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The rule of that update, counted from 1.</summary>
    private protected abstract UpdateRule Rule(long step);

    /// <summary>Hears of every evaluation there was, the newest last: after each one, and when a run is resumed.</summary>
    internal virtual void Observe(IReadOnlyList<ValidationPoint> history)
    {
    }

    /// <summary>Makes the state for that model.</summary>
    internal void Bind(LanguageModel model)
    {
        _lifetime.ThrowIfDisposed();
        if (ReferenceEquals(_parameters, model.Parameters))
            return;
        if (_parameters is not null)
            throw new InvalidOperationException("this optimizer keeps the state of another model; use one optimizer per model");
        var length = model.Parameters.Values.Length; // throws where the model is gone, before this is bound to it
        _parameters = model.Parameters;
        foreach (var name in StateNames)
        {
            var buffer = new AlignedBuffer(length);
            buffer.Span.Fill(FirstValue);
            _state.Add(name, buffer);
        }
    }

    /// <summary>Keeps the state from being freed while a call uses it.</summary>
    internal Lifetime.Call Use() => _lifetime.Enter();

    private void Free()
    {
        foreach (var buffer in _state.Values)
            buffer.Dispose();
    }

    private void Update(LanguageModel model, in UpdateRule rule)
    {
        var arrays = new UpdateArrays
        {
            Parameters = model.Parameters.Write(),
            Gradients = model.Parameters.TrackedGradients,
            First = Slot(0),
            Second = Slot(1),
            Third = Slot(2),
        };
        if (!rule.LeavesZeros)
        {
            model.Backend.Update(rule, arrays);
            return;
        }
        foreach (var (start, length) in model.Parameters.Touched)
            model.Backend.Update(rule, arrays.Slice(start, length));
    }

    private Span<float> Slot(int index) => index < _slots.Length && _slots[index] is { } name ? State(name) : [];

    internal Span<float> State(string name) => _state.TryGetValue(name, out var buffer) ? buffer.Span : [];
}
