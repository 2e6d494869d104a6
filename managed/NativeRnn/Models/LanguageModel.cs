using System.Text;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>
/// Embedding → stacked recurrent layers → dense output over the vocabulary (Mikolov et al. 2010, with LSTMs as in Zaremba et al. 2014).
/// Parameters carry PyTorch's names and shapes: <c>embedding.weight</c> [V, E], <c>rnn.weight_ih_l0</c> [G·H, E], <c>rnn.weight_hh_l0</c>
/// [G·H, H], <c>rnn.bias_ih_l0</c>, <c>rnn.bias_hh_l0</c> [G·H], …, <c>decoder.weight</c> [V, H], <c>decoder.bias</c> [V]; some cells and a projection
/// have others: <see cref="RecurrentParameter"/>.
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private readonly bool _ownsBackend;
    private readonly AlignedBuffer[] _packed;
    private readonly LayerParameters[] _layers;
    private readonly Lock _packing = new();
    private readonly Lifetime _lifetime;
    private long _packedVersion;

    /// <summary>Builds a model and draws its parameters.</summary>
    /// <param name="vocabulary">The tokens that the model reads and writes.</param>
    /// <param name="options">Sizes and cell; null for the defaults.</param>
    /// <param name="backend">What computes; null creates the native one, disposed with the model.</param>
    /// <param name="seed">Seed of the first parameters.</param>
    /// <param name="initScale">Draws all parameters uniformly within plus and minus this, above 0; null: as PyTorch does by default.</param>
    /// <exception cref="ArgumentException">The options do not go together or are too large, or the scale is not a number above 0.</exception>
    /// <exception cref="BackendException">The native library cannot be used here.</exception>
    public LanguageModel(Vocabulary vocabulary, LanguageModelOptions? options = null, IBackend? backend = null, ulong seed = 1, double? initScale = null)
        : this(vocabulary, options ?? new LanguageModelOptions(), backend, initScale) => Initialize(seed, initScale);

    /// <summary>Checks the arguments of either way to build a model before it takes memory.</summary>
    private LanguageModel(Vocabulary vocabulary, LanguageModelOptions options, IBackend? backend, double? initScale)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (initScale is { } bound)
            Check.AboveZero(bound, nameof(initScale));
        options.Require(vocabulary.Count, nameof(options));
        (Vocabulary, Options, _lifetime) = (vocabulary, options, new Lifetime(this, Free));
        Backend = backend ?? Backends.Backend.Create();
        _ownsBackend = backend is null;
        Parameters = ParameterArena.WithTable(Tensors(options, vocabulary.Count));
        _packed = [.. Enumerable.Range(0, options.Layers)
            .Select(layer => new AlignedBuffer(Backend.RecurrentSizes(options.ShapeOf(layer, 1, 1)).Packed))];
        // Parameters stand in the arena in the order of Tensors(): embedding, those of the layers, decoder weight (unless tied) and bias.
        var perLayer = (Parameters.All.Count - (options.TieWeights ? 2 : 3)) / options.Layers;
        _layers = [.. Enumerable.Range(0, options.Layers)
            .Select(layer => new LayerParameters(options.ShapeOf(layer, 1, 1), Parameters.All, 1 + layer * perLayer))];
    }

    /// <summary>The tokens that the model reads and writes.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The sizes and the cell.</summary>
    public LanguageModelOptions Options { get; }

    /// <summary>What computes.</summary>
    public IBackend Backend { get; }

    /// <summary>Values and gradients of all parameters.</summary>
    public ParameterArena Parameters { get; }

    /// <summary>Makes the memory for running batches of up to <paramref name="rows"/> sequences over up to <paramref name="steps"/> steps.</summary>
    /// <param name="steps">T, the most steps of one call.</param>
    /// <param name="rows">B, the sequences side by side.</param>
    /// <param name="training">Whether gradients are wanted; without, less memory is taken.</param>
    /// <param name="regularization">What acts in training; null for nothing.</param>
    /// <exception cref="ArgumentException">Steps or rows are below 1, or too many, or the model cannot be regularized so.</exception>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    public LanguageModelPass CreatePass(int steps, int rows, bool training = true, Regularization? regularization = null)
    {
        using var call = Use();
        return new LanguageModelPass(this, steps, rows, training, regularization ?? Regularization.None);
    }

    /// <summary>The Euclidean norm of all gradients together.</summary>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    public double GradientNorm()
    {
        using var call = Use();
        var sum = 0.0;
        foreach (var (start, length) in Parameters.Touched)
            sum += Backend.SumOfSquares(Parameters.TrackedGradients.Slice(start, length));
        return Math.Sqrt(sum);
    }

    /// <summary>Continues a text.</summary>
    /// <param name="prime">How the text begins; at least one token.</param>
    /// <param name="length">How many tokens to add, at least 1.</param>
    /// <param name="temperature">Divides the logits: below 1 bolder, above 1 wilder, 0 always the likeliest. Default 1.</param>
    /// <param name="topK">Draw from the k likeliest only; 0 for all. Default 0.</param>
    /// <param name="seed">Seed of the draws. Default 1.</param>
    /// <returns>The added text, without the prime.</returns>
    /// <exception cref="DataException">The prime is empty or has a character that is not in the vocabulary.</exception>
    /// <exception cref="TrainingException">The model has diverged: what it predicts is not a finite number.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Length is below 1, top-k is negative, or the temperature is negative or not finite.</exception>
    public string Generate(string prime, int length, double temperature = 1, int topK = 0, ulong seed = 1)
    {
        Check.AtLeast(length, 1, nameof(length));
        Check.FiniteAtLeastZero(temperature, nameof(temperature));
        Check.AtLeast(topK, 0, nameof(topK));
        using var generator = new TextGenerator(this, prime, new Sampling(temperature, topK, seed));
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
            text.Append(generator.NextText());
        return text.ToString();
    }

    /// <summary>Writes the model to a safetensors file, as a whole or not at all.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    public void Save(string path)
    {
        using var call = Use();
        ModelFile.Save(this, path);
    }

    /// <summary>Reads a model that <see cref="Save"/> or a training run wrote.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="backend">What computes; null creates the native one, disposed with the model.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, or not a model of this kind.</exception>
    public static LanguageModel Load(string path, IBackend? backend = null) => ModelFile.Load(path, backend);

    /// <summary>Builds a model with all parameters zero, to be read from a file.</summary>
    internal static LanguageModel Empty(Vocabulary vocabulary, LanguageModelOptions options, IBackend? backend) =>
        new(vocabulary, options, backend, initScale: null);

    /// <summary>Frees the parameters, and the backend if the model created it; while another thread uses the model, when its call returns.</summary>
    public void Dispose() => _lifetime.Dispose();

    /// <summary>Keeps the model from being freed while a call uses it.</summary>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    internal Lifetime.Call Use() => _lifetime.Enter();

    /// <summary>Brings the recurrent weights into the backend's order, if an update came since the last time. Several threads may ask for it.</summary>
    internal void Pack()
    {
        if (Volatile.Read(ref _packedVersion) == Parameters.Version)
            return;
        lock (_packing)
        {
            if (_packedVersion != Parameters.Version)
                PackLayers();
            Volatile.Write(ref _packedVersion, Parameters.Version);
        }
    }

    private void PackLayers()
    {
        for (var layer = 0; layer < Options.Layers; layer++)
            PackLayer(layer, Options.ShapeOf(layer, 1, 1), Layer(layer).Values(RecurrentRole.HiddenWeights), _packed[layer].Span);
    }

    /// <summary>Packs the weights of a layer, <c>weight_hh</c> being the given one.</summary>
    internal void PackLayer(int layer, in RecurrentShape shape, ReadOnlySpan<float> hiddenWeights, Span<float> packed)
    {
        var parameters = Layer(layer);
        Backend.RecurrentPack(shape, new RecurrentWeights
        {
            InputWeights = parameters.Values(RecurrentRole.InputWeights),
            HiddenWeights = hiddenWeights,
            InputBias = parameters.Values(RecurrentRole.InputBias),
            HiddenBias = parameters.Values(RecurrentRole.HiddenBias),
            ProjectionWeights = parameters.Values(RecurrentRole.ProjectionWeights),
            PeepholeWeights = parameters.Values(RecurrentRole.PeepholeWeights),
            InputGain = parameters.Values(RecurrentRole.InputGain),
            HiddenGain = parameters.Values(RecurrentRole.HiddenGain),
            CellGain = parameters.Values(RecurrentRole.CellGain),
            CellBias = parameters.Values(RecurrentRole.CellBias),
        }, packed);
    }

    internal ReadOnlySpan<float> Packed(int layer) => _packed[layer].Span;

    internal Parameter Embedding => Parameters.All[0];

    internal Parameter DecoderWeight => Options.TieWeights ? Embedding : Parameters.All[^2];

    internal Parameter DecoderBias => Parameters.All[^1];

    internal LayerParameters Layer(int layer) => _layers[layer];

    /// <summary>Names and shapes of the parameters, in their order in the arena.</summary>
    internal static IEnumerable<(string Name, int[] Shape)> Tensors(LanguageModelOptions options, int V)
    {
        yield return ("embedding.weight", [V, options.Embedding]);
        for (var layer = 0; layer < options.Layers; layer++)
        {
            foreach (var parameter in RecurrentParameter.Of(options.ShapeOf(layer, 1, 1)))
                yield return ($"rnn.{parameter.NameIn(layer, reverse: false)}", [.. parameter.Shape]);
        }
        if (!options.TieWeights)
            yield return ("decoder.weight", [V, options.OutputWidth]);
        yield return ("decoder.bias", [V]);
    }

    private void Free()
    {
        Parameters.Dispose();
        foreach (var packed in _packed)
            packed.Dispose();
        if (_ownsBackend)
            Backend.Dispose();
    }

    private void Initialize(ulong seed, double? initScale)
    {
        for (var i = 0; i < Parameters.All.Count; i++)
        {
            var parameter = Parameters.All[i];
            if (i == 0 && initScale is null && !Options.TieWeights) // as a dense layer's it would be too large
                Initializer.Normal(parameter.Write(), seed, 0);
            else if (parameter.Name.StartsWith("rnn.ln_", StringComparison.Ordinal))
                parameter.Write().Fill(parameter.Name.Contains("_gain_", StringComparison.Ordinal) ? 1 : 0);
            else
                Initializer.Uniform(parameter.Write(), initScale ?? 1 / Math.Sqrt(Options.Hidden), seed, (ulong)i);
        }
    }
}
