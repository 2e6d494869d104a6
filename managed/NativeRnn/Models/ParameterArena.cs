using NativeRnn.Numerics;

namespace NativeRnn.Models;

/// <summary>
/// All parameters of a model in one aligned piece of memory, their gradients in a second of the same layout, so that a norm or an
/// optimizer is one loop. Each tensor starts on a cache line; what lies between stays zero under every optimizer.
/// </summary>
public sealed class ParameterArena : IDisposable
{
    private readonly AlignedBuffer _values, _gradients;
    private readonly Dictionary<string, Parameter> _byName = [];
    private readonly TouchedGradients _touched;
    private readonly Lifetime _lifetime;

    /// <summary>Lays out the tensors in the order given, values and gradients zero.</summary>
    /// <param name="tensors">Names and shapes.</param>
    /// <exception cref="ArgumentException">A name stands twice or is null, a size is below 1, or there are more than 2³¹ − 1 values.</exception>
    public ParameterArena(params IEnumerable<(string Name, int[] Shape)> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var all = new List<Parameter>();
        long end = 0;
        foreach (var (name, shape) in tensors)
        {
            if (name is null || shape is null)
                throw new ArgumentException("a name or a shape is null", nameof(tensors));
            var length = shape.Aggregate(1.0, (product, size) => product * size);
            if (shape.Any(size => size < 1) || end + length > int.MaxValue - AlignedBuffer.AlignmentFloats)
                throw new ArgumentException($"{name}: the shape [{string.Join(", ", shape)}] does not fit", nameof(tensors));
            var parameter = new Parameter(this, name, [.. shape], (int)end);
            if (!_byName.TryAdd(name, parameter))
                throw new ArgumentException($"{name} stands twice", nameof(tensors));
            all.Add(parameter);
            end = (end + parameter.Length + AlignedBuffer.AlignmentFloats - 1) / AlignedBuffer.AlignmentFloats * AlignedBuffer.AlignmentFloats;
        }
        All = all;
        _values = new AlignedBuffer(end);
        _gradients = new AlignedBuffer(end);
        _touched = new TouchedGradients((int)end);
        _lifetime = new Lifetime(this, Free);
    }

    /// <summary>
    /// The same, with the first tensor being a table [V, E] of which a step reads few rows: what clears, measures or reads gradients then
    /// leaves out the rows that <see cref="TouchRows"/> was not told of.
    /// </summary>
    internal static ParameterArena WithTable(IEnumerable<(string Name, int[] Shape)> tensors)
    {
        var arena = new ParameterArena(tensors);
        var behind = arena.All.Count > 1 ? arena.All[1].Offset : arena._gradients.Length;
        arena._touched.Track(arena.All[0].Shape[0], arena.All[0].Shape[1], behind);
        return arena;
    }

    /// <summary>The parameters in their order in memory.</summary>
    public IReadOnlyList<Parameter> All { get; }

    /// <summary>The number of trainable values, gaps not counted.</summary>
    public long Count => All.Sum(parameter => (long)parameter.Length);

    /// <summary>Rises whenever the values may have changed; what is derived from them (packed weights) compares it.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>All values, gaps included.</summary>
    public ReadOnlySpan<float> Values => _values.Span;

    /// <summary>All gradients, gaps included.</summary>
    public Span<float> Gradients
    {
        get
        {
            _touched.All(); // whoever has it may write anywhere
            return _gradients.Span;
        }
    }

    /// <summary>The same for those who write into the table no other rows than they say by <see cref="TouchRows"/>.</summary>
    internal Span<float> TrackedGradients => _gradients.Span;

    /// <summary>The ranges outside which all gradients are zero.</summary>
    internal ReadOnlySpan<(int Start, int Length)> Touched => _touched.Ranges;

    /// <summary>The parameter of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public Parameter this[string name] => _byName.TryGetValue(name ?? throw new ArgumentNullException(nameof(name)), out var parameter)
        ? parameter
        : throw new ArgumentException($"no parameter {name}; there are {string.Join(", ", _byName.Keys)}", nameof(name));

    /// <summary>All values for writing.</summary>
    public Span<float> Write()
    {
        Version++;
        return _values.Span;
    }

    /// <summary>Exchanges all values with others of the same layout.</summary>
    internal void Swap(Span<float> others)
    {
        var values = Write();
        for (var i = 0; i < values.Length; i++)
            (values[i], others[i]) = (others[i], values[i]);
    }

    /// <summary>Sets every gradient to zero.</summary>
    /// <exception cref="ObjectDisposedException">The memory is gone.</exception>
    public void ClearGradients()
    {
        using var call = _lifetime.Enter();
        foreach (var (start, length) in Touched)
            _gradients.Span.Slice(start, length).Clear();
        _touched.Reset();
    }

    /// <summary>Tells that rows of the table got gradients; they may repeat.</summary>
    internal void TouchRows(ReadOnlySpan<int> rows) => _touched.Add(rows);

    /// <summary>Frees the memory. Spans of it that were taken before must not be used any more.</summary>
    public void Dispose() => _lifetime.Dispose();

    private void Free()
    {
        _values.Dispose();
        _gradients.Dispose();
    }
}
