using System.Globalization;
using System.Text.Json;
using NativeRnn.Serialization;

namespace NativeRnn.Cli.Verification;

/// <summary>
/// A file with reference numbers. It remembers which tensors were asked for, so that one that no code looks at fails the case, and
/// collects the differences that <see cref="Compare(string, ReadOnlySpan{float}, long[])"/> finds.
/// </summary>
internal sealed class CaseFile(string path)
{
    /// <summary>A number may be off by this, times the tensor's largest expected magnitude where that is above 1.</summary>
    public const double Tolerance = 2e-5;

    private const int ShownPerTensor = 3, ShownUnknown = 8;

    private readonly SafetensorsFile file = SafetensorsFile.Read(path);
    private readonly HashSet<string> used = [];
    private readonly List<string> differences = [];

    /// <summary>What is wrong so far. Tensors that nothing looked at come alone, because they make all numbers doubtful.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            var unknown = file.Tensors.Keys.Except(used).Order(StringComparer.Ordinal).ToList();
            return unknown.Count == 0 ? differences : [$"holds tensors that are not known: {Shown(unknown)}"];
        }
    }

    /// <summary>Fails the case if its metadata has any other key.</summary>
    public void KnowOnly(params IEnumerable<string> keys)
    {
        var unknown = file.Metadata.Keys.Except(keys).Order(StringComparer.Ordinal).Select(key => $"{key} = {file.Metadata[key]}").ToList();
        if (unknown.Count > 0)
            throw new VerificationException($"has settings that are not known: {Shown(unknown)}");
    }

    public string Text(string key, string? missing = null) =>
        file.Metadata.GetValueOrDefault(key) ?? missing ?? throw new VerificationException($"lacks the metadata '{key}'");

    /// <summary>One of the names of a table.</summary>
    public TRow Row<TRow>(string key, IEnumerable<TRow> table, Func<TRow, string> name)
    {
        var text = Text(key);
        foreach (var row in table)
        {
            if (name(row) == text)
                return row;
        }
        throw new VerificationException($"{key} '{OneLine.Cut(text)}' is not known; known are {string.Join(", ", table.Select(name))}");
    }

    public int Size(string key) => Whole(key, 1, "a positive whole number");

    /// <summary>A size that may be 0, which it is where it is absent.</summary>
    public int SizeOrNone(string key) => HasSetting(key) ? Whole(key, 0, "a whole number, 0 for none") : 0;

    public double Number(string key, double? missing = null)
    {
        if (missing is { } value && !file.Metadata.ContainsKey(key))
            return value;
        return double.TryParse(Text(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new VerificationException($"{key} is '{OneLine.Cut(Text(key))}', expected a number");
    }

    /// <summary>As many numbers, a tensor of this name or a list in the metadata; empty where there is neither.</summary>
    public float[] Numbers(string name, int count)
    {
        if (Has(name))
            return Floats(name, count);
        if (!file.Metadata.TryGetValue(name, out var text))
            return [];
        try
        {
            var numbers = JsonDocument.Parse(text).RootElement.EnumerateArray().Select(number => number.GetSingle()).ToArray();
            if (numbers.Length == count)
                return numbers;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
        }
        throw new VerificationException($"{name} is '{text}', expected a list of {count} numbers");
    }

    public bool Flag(string key, string? missing = null) => Text(key, missing) switch
    {
        "true" => true,
        "false" => false,
        var text => throw new VerificationException($"{key} is '{OneLine.Cut(text)}', expected true or false"),
    };

    /// <summary>Whether there is such a setting.</summary>
    public bool HasSetting(string key) => file.Metadata.ContainsKey(key);

    /// <summary>Whether there is such a tensor.</summary>
    public bool HasTensor(string name) => file.Tensors.ContainsKey(name);

    /// <summary>The shape of a tensor, which must have this many dimensions, all positive.</summary>
    public int[] Shape(string name, int dimensions)
    {
        var shape = Tensor(name).Shape;
        if (shape.Length != dimensions || shape.Any(size => size is < 1 or > int.MaxValue))
            throw new VerificationException($"{name} has the shape {Write(shape)}, expected {dimensions} positive sizes");
        return [.. shape.Select(size => (int)size)];
    }

    /// <summary>The shape of a tensor, whatever it is.</summary>
    public long[] Shape(string name) => Tensor(name).Shape;

    public bool Has(string tensor) => file.Tensors.ContainsKey(tensor);

    public float[] Floats(string name, params long[] shape) => Shaped(name, shape).ToFloats();

    /// <summary>Indices; all must fit 32 bits.</summary>
    public int[] Indices(string name, params long[] shape) => Integers(name, 0, shape);

    /// <summary>Whole numbers of 32 bits from <paramref name="least"/> on.</summary>
    public int[] Integers(string name, int least, params long[] shape)
    {
        var values = Shaped(name, shape).ToInt64s();
        if (values.Any(value => value < least || value > int.MaxValue))
            throw new VerificationException($"{name} holds values outside {least}…{int.MaxValue}");
        return [.. values.Select(value => (int)value)];
    }

    /// <summary>Compares a result with the tensor of this name by <see cref="Tolerance"/>.</summary>
    public void Compare(string name, ReadOnlySpan<float> got, params long[] shape)
    {
        var expected = Floats(name, shape);
        var bound = Tolerance * Math.Max(1.0, expected.Length == 0 ? 0 : expected.Max(Math.Abs));
        Compare(name, got, expected, _ => bound);
    }

    /// <summary>Compares a result with the tensor of this name; elements may be off by <paramref name="relative"/> times the expected.</summary>
    public void CompareRelative(string name, ReadOnlySpan<float> got, double relative) =>
        Compare(name, got, Floats(name, got.Length), expected => relative * Math.Abs(expected));

    private void Compare(string name, ReadOnlySpan<float> got, float[] expected, Func<float, double> bound)
    {
        if (got.Length != expected.Length)
            throw new VerificationException($"{name} has {expected.Length} elements, the result {got.Length}");
        if (!expected.All(float.IsFinite))
            throw new VerificationException($"{name} holds numbers that are not finite");
        var wrong = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            if (Math.Abs((double)got[i] - expected[i]) <= bound(expected[i])) // false for NaN
                continue;
            if (++wrong <= ShownPerTensor)
                differences.Add(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}]: got {got[i]:R}, expected {expected[i]:R}"));
        }
        if (wrong > ShownPerTensor)
            differences.Add($"{name}: {wrong} of {expected.Length} elements are wrong");
    }

    private int Whole(string key, int least, string expected) =>
        int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size >= least
            ? size
            : throw new VerificationException($"{key} is '{OneLine.Cut(Text(key))}', expected {expected}");

    private SafetensorsTensor Shaped(string name, long[] shape)
    {
        var tensor = Tensor(name);
        return tensor.Shape.AsSpan().SequenceEqual(shape)
            ? tensor
            : throw new VerificationException($"{name} has the shape {Write(tensor.Shape)}, expected {Write(shape)}");
    }

    private SafetensorsTensor Tensor(string name)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor))
            throw new VerificationException($"lacks the tensor {name}");
        used.Add(name);
        return tensor;
    }

    private static string Write(long[] shape) => $"[{OneLine.Short(shape)}]";

    /// <summary>Some of what a file holds beyond what is known: it may hold anything.</summary>
    private static string Shown(List<string> texts) =>
        string.Join(", ", texts.Take(ShownUnknown).Select(OneLine.Cut)) + (texts.Count > ShownUnknown ? $", and {texts.Count - ShownUnknown} more" : "");
}
