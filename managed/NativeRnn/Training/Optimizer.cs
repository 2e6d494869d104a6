using NativeRnn.Models;
using NativeRnn.Numerics;

namespace NativeRnn.Training;

/// <summary>
/// Updates all parameters of a model from their gradients. An optimizer belongs to the model of its first step: its state has that
/// model's layout. A new one is an update rule on both sides (<see cref="Backends.IBackend"/>), a subclass, and a row in
/// <see cref="Recipes.RecipeFactory"/>.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly Dictionary<string, AlignedBuffer> _state = [];
    private readonly Lifetime _lifetime;
    private ParameterArena? _parameters;

    private protected Optimizer(double learningRate)
    {
        LearningRate = Check.AtLeastZero(learningRate, nameof(learningRate));
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
    internal abstract IReadOnlyList<string> StateNames { get; }

    /// <summary>Updates the parameters by <paramref name="gradientScale"/> times their gradients. The gradients stay as they are.</summary>
    /// <param name="model">The model; always the same one.</param>
    /// <param name="gradientScale">Factor of the gradients, for clipping; see <see cref="Clipping"/>. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not a number.</exception>
    /// <exception cref="InvalidOperationException">The optimizer has worked on another model before.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer or the model is gone.</exception>
    public void Step(LanguageModel model, double gradientScale = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        Check.Number(gradientScale, nameof(gradientScale));
        using var call = Use();
        using var use = model.Use();
        Bind(model);
        Update(model, gradientScale);
        Steps++;
    }

    /// <summary>Frees the state; while another thread uses it, when its call returns.</summary>
    public void Dispose()
    {
        _lifetime.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>The rule itself.</summary>
    private protected abstract void Update(LanguageModel model, double gradientScale);

    /// <summary>Makes the state for that model, zero at first.</summary>
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
            _state.Add(name, new AlignedBuffer(length));
    }

    /// <summary>Keeps the state from being freed while a call uses it.</summary>
    internal Lifetime.Call Use() => _lifetime.Enter();

    private void Free()
    {
        foreach (var buffer in _state.Values)
            buffer.Dispose();
    }

    internal Span<float> State(string name) => _state.TryGetValue(name, out var buffer) ? buffer.Span : [];
}
