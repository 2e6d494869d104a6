using System.Text;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>
/// Embedding → stacked recurrent layers → dense output over the vocabulary (Mikolov et al. 2010, with LSTMs as in Zaremba et al. 2014).
/// Parameters carry PyTorch's names and shapes: <c>embedding.weight</c> [V, E], <c>rnn.weight_ih_l0</c> [G·H, E], <c>rnn.weight_hh_l0</c>
/// [G·H, H], <c>rnn.bias_ih_l0</c>, <c>rnn.bias_hh_l0</c> [G·H], …, <c>decoder.weight</c> [V, H], <c>decoder.bias</c> [V].
/// </summary>
public sealed class LanguageModel : IDisposable
{
    private readonly bool _ownsBackend;
    private readonly AlignedBuffer[] _packed;
    private readonly Lock _packing = new();
    private long _packedVersion;
    private bool _disposed;

    /// <summary>Builds a model and draws its parameters.</summary>
    /// <param name="vocabulary">The tokens that the model reads and writes.</param>
    /// <param name="options">Sizes; null for the defaults.</param>
    /// <param name="backend">What computes; null creates the native one, disposed with the model.</param>
    /// <param name="seed">Seed of the first parameters.</param>
    /// <param name="initScale">Draws all parameters uniformly within plus and minus this, above 0; null: as PyTorch does by default.</param>
    /// <exception cref="ArgumentException">A size is below 1 or too large, or the scale is not a finite number above 0.</exception>
    /// <exception cref="BackendException">The native library cannot be used here.</exception>
    public LanguageModel(Vocabulary vocabulary, LanguageModelOptions? options = null, IBackend? backend = null, ulong seed = 1, double? initScale = null)
        : this(vocabulary, options ?? new LanguageModelOptions(), backend, ownsBackend: backend is null) => Initialize(seed, initScale);

    private LanguageModel(Vocabulary vocabulary, LanguageModelOptions options, IBackend? backend, bool ownsBackend)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        options.Validate(vocabulary.Count);
        (Vocabulary, Options) = (vocabulary, options);
        Backend = backend ?? Backends.Backend.Create();
        _ownsBackend = ownsBackend;
        Parameters = ParameterArena.WithTable(Tensors(options, vocabulary.Count));
        _packed = [.. Enumerable.Range(0, options.Layers)
            .Select(layer => new AlignedBuffer(Backend.RecurrentSizes(options.ShapeOf(layer, 1, 1)).Packed))];
    }

    /// <summary>The tokens that the model reads and writes.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The sizes.</summary>
    public LanguageModelOptions Options { get; }

    /// <summary>What computes.</summary>
    public IBackend Backend { get; }

    /// <summary>Values and gradients of all parameters.</summary>
    public ParameterArena Parameters { get; }

    /// <summary>Makes the memory for running batches of up to <paramref name="rows"/> sequences over up to <paramref name="steps"/> steps.</summary>
    /// <param name="steps">T, the most steps of one call.</param>
    /// <param name="rows">B, the sequences side by side.</param>
    /// <param name="training">Whether gradients are wanted; without, less memory is taken.</param>
    /// <exception cref="ArgumentException">Steps or rows are below 1, or too many.</exception>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    public LanguageModelPass CreatePass(int steps, int rows, bool training = true)
    {
        ThrowIfDisposed();
        return new LanguageModelPass(this, steps, rows, training);
    }

    /// <summary>The Euclidean norm of all gradients together.</summary>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    public double GradientNorm()
    {
        ThrowIfDisposed();
        var sum = 0.0;
        foreach (var (start, length) in Parameters.Touched)
            sum += Backend.SumOfSquares(Parameters.TrackedGradients.Slice(start, length));
        return Math.Sqrt(sum);
    }

    /// <summary>Continues a text.</summary>
    /// <param name="prime">How the text begins; at least one token.</param>
    /// <param name="length">How many tokens to add.</param>
    /// <param name="temperature">Divides the logits: below 1 bolder, above 1 wilder, 0 always the likeliest. Default 1.</param>
    /// <param name="topK">Draw from the k likeliest only; 0 for all. Default 0.</param>
    /// <param name="seed">Seed of the draws. Default 1.</param>
    /// <returns>The added text, without the prime.</returns>
    /// <exception cref="DataException">The prime is empty or has a character that is not in the vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Length or top-k is negative, or the temperature is negative or not finite.</exception>
    public string Generate(string prime, int length, double temperature = 1, int topK = 0, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
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
        ThrowIfDisposed();
        ModelFile.Save(this, path);
    }

    /// <summary>Reads a model that <see cref="Save"/> or a training run wrote.</summary>
    /// <param name="path">A safetensors file.</param>
    /// <param name="backend">What computes; null creates the native one, disposed with the model.</param>
    /// <exception cref="CheckpointException">The file is missing, damaged, or not a model of this kind.</exception>
    public static LanguageModel Load(string path, IBackend? backend = null) => ModelFile.Load(path, backend);

    /// <summary>Builds a model with all parameters zero, to be read from a file.</summary>
    internal static LanguageModel Empty(Vocabulary vocabulary, LanguageModelOptions options, IBackend? backend) =>
        new(vocabulary, options, backend, ownsBackend: backend is null);

    /// <summary>Frees the parameters, and the backend if the model created it.</summary>
    public void Dispose()
    {
        Parameters.Dispose();
        foreach (var packed in _packed)
            packed.Dispose();
        if (_ownsBackend)
            Backend.Dispose();
        _disposed = true;
    }

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
        {
            var parameters = Layer(layer);
            Backend.RecurrentPack(Options.ShapeOf(layer, 1, 1), new RecurrentWeights
            {
                InputWeights = parameters.InputWeights.Values,
                HiddenWeights = parameters.HiddenWeights.Values,
                InputBias = parameters.InputBias.Values,
                HiddenBias = parameters.HiddenBias.Values,
            }, _packed[layer].Span);
        }
    }

    internal ReadOnlySpan<float> Packed(int layer) => _packed[layer].Span;

    // Parameters stand in the arena in the order of Tensors(): embedding, four per layer, decoder weight and bias.
    internal Parameter Embedding => Parameters.All[0];

    internal Parameter DecoderWeight => Parameters.All[^2];

    internal Parameter DecoderBias => Parameters.All[^1];

    internal LayerParameters Layer(int layer)
    {
        var first = 1 + 4 * layer;
        var all = Parameters.All;
        return new LayerParameters(all[first], all[first + 1], all[first + 2], all[first + 3]);
    }

    /// <summary>Names and shapes of the parameters, in their order in the arena.</summary>
    internal static IEnumerable<(string Name, int[] Shape)> Tensors(LanguageModelOptions options, int V)
    {
        var (E, H) = (options.Embedding, options.Hidden);
        var rows = checked(CellInfo.Of(options.Cell).Gates * H);
        yield return ("embedding.weight", [V, E]);
        for (var layer = 0; layer < options.Layers; layer++)
        {
            yield return ($"rnn.weight_ih_l{layer}", [rows, options.InputOf(layer)]);
            yield return ($"rnn.weight_hh_l{layer}", [rows, H]);
            yield return ($"rnn.bias_ih_l{layer}", [rows]);
            yield return ($"rnn.bias_hh_l{layer}", [rows]);
        }
        yield return ("decoder.weight", [V, H]);
        yield return ("decoder.bias", [V]);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    private void Initialize(ulong seed, double? initScale)
    {
        if (initScale is { } bound && !(double.IsFinite(bound) && bound > 0))
            throw new ArgumentOutOfRangeException(nameof(initScale), bound, "the scale of first values must be a finite number above 0");
        for (var i = 0; i < Parameters.All.Count; i++)
        {
            if (i == 0 && initScale is null)
                Initializer.Normal(Embedding.Write(), seed, 0);
            else
                Initializer.Uniform(Parameters.All[i].Write(), initScale ?? 1 / Math.Sqrt(Options.Hidden), seed, (ulong)i);
        }
    }
}
