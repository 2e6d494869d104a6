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
    private ParameterArena? _parameters;
    private bool _disposed;

    private protected Optimizer(double learningRate)
    {
        if (!double.IsFinite(learningRate) || learningRate < 0)
            throw new ArgumentOutOfRangeException(nameof(learningRate), learningRate, "the learning rate must be a finite number of at least 0");
        LearningRate = learningRate;
    }

    /// <summary>The name in recipes and checkpoints.</summary>
    public abstract string Kind { get; }

    /// <summary>The step size before the schedule.</summary>
    public double LearningRate { get; }

    /// <summary>The schedule's factor of the step size; may be changed between steps. Default 1.</summary>
    public double RateFactor { get; set; } = 1;

    /// <summary>The step size in force.</summary>
    public double Rate => LearningRate * RateFactor;

    /// <summary>Updates done so far.</summary>
    public long Steps { get; internal set; }

    /// <summary>Tensors that the rule keeps beside the parameters, each of the arena's layout.</summary>
    internal abstract IReadOnlyList<string> StateNames { get; }

    /// <summary>Updates the parameters by <paramref name="gradientScale"/> times their gradients. The gradients stay as they are.</summary>
    /// <param name="model">The model; always the same one.</param>
    /// <param name="gradientScale">Factor of the gradients, for clipping; see <see cref="Clipping"/>. Default 1.</param>
    /// <exception cref="InvalidOperationException">The optimizer has worked on another model before.</exception>
    /// <exception cref="ObjectDisposedException">The optimizer or the model is gone.</exception>
    public void Step(LanguageModel model, double gradientScale = 1)
    {
        Bind(model);
        if (!double.IsFinite(gradientScale) || !double.IsFinite(Rate))
            throw new ArgumentOutOfRangeException(nameof(gradientScale), gradientScale, $"scale and rate must be finite numbers, the rate is {Rate}");
        Steps++;
        Update(model, gradientScale);
    }

    /// <summary>Frees the state.</summary>
    public void Dispose()
    {
        foreach (var buffer in _state.Values)
            buffer.Dispose();
        _disposed = true;
        GC.SuppressFinalize(this);
    }

    /// <summary>The rule itself.</summary>
    private protected abstract void Update(LanguageModel model, double gradientScale);

    /// <summary>Makes the state for that model, zero at first.</summary>
    internal void Bind(LanguageModel model)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(model);
        if (ReferenceEquals(_parameters, model.Parameters))
            return;
        if (_parameters is not null)
            throw new InvalidOperationException("this optimizer keeps the state of another model; use one optimizer per model");
        _parameters = model.Parameters;
        foreach (var name in StateNames)
            _state.Add(name, new AlignedBuffer(_parameters.Values.Length));
    }

    internal Span<float> State(string name) => _state.TryGetValue(name, out var buffer) ? buffer.Span : [];
}
