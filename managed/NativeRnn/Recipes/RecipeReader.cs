using System.Text;
using System.Text.Json;
using NativeRnn.Serialization;

namespace NativeRnn.Recipes;

/// <summary>Collects the values that a file and overrides state, checks each against the table, and remembers where it stood.</summary>
internal sealed class RecipeReader
{
    private readonly string _source;
    private readonly Dictionary<string, (object? Value, string Where)> _values = [];
    private readonly Dictionary<string, string> _groups = []; // path to place; the root is ""
    private readonly Dictionary<string, string> _overrides = []; // path to what set it

    public RecipeReader(string source) => _source = OneLine.Clean(source);

    /// <summary>Reads the fields of a recipe in valid UTF-8.</summary>
    /// <exception cref="RecipeException">It is not JSON, or a field is unknown, repeated, or holds what it may not.</exception>
    public void ReadFile(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            ReadGroup(ref reader, utf8, "");
            reader.Read(); // anything but spaces after it is a JsonException
        }
        catch (JsonException e)
        {
            throw new RecipeException(
                $"{_source}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: this is not JSON; check the commas, quotes and braces here and just "
                + "before (no comment may stand in JSON, and no comma after the last field)",
                e);
        }
    }

    /// <summary>Sets one field from "path=value"; the value is JSON, or else text.</summary>
    /// <exception cref="RecipeException">The field is unknown, was overridden already, or may not hold the value.</exception>
    public void Override(string assignment)
    {
        var where = $"--set {Shown(assignment)}";
        var equals = assignment.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
            throw new RecipeException($"{where}: expected path=value, for instance training.epochs=3");
        var (path, text) = (assignment[..equals], assignment[(equals + 1)..]);
        if (RecipeFields.IsGroup(path))
            throw new RecipeException($"{where}: {path} is a group of fields; {Suggestion.For(path + ".")}");
        var field = Known(path, where);
        if (!_overrides.TryAdd(path, where))
            throw new RecipeException($"{where}: {path} is set already, by {_overrides[path]}; leave one of the two out");
        if (!TryParse(text, out var value) || (field is RecipeField.Text && value is not string && !(field.Nullable && value is null)))
            value = text;
        _values[path] = (Accept(field, value, text.Length == 0 ? "nothing" : Shown(text), where), where);
    }

    /// <summary>The recipe, once everything that states fields was read.</summary>
    /// <exception cref="RecipeException">A required field is missing, or fields contradict each other.</exception>
    public Recipe Finish()
    {
        foreach (var field in RecipeFields.All)
        {
            if (field.Required && !_values.ContainsKey(field.Path))
                throw new RecipeException($"{WhereMissing(field.Path)}: {field.Path} is missing; add it with {field.Expected}");
        }
        var recipe = RecipeFields.Build(_values.ToDictionary(pair => pair.Key, pair => pair.Value.Value));
        RequireOwnOptimizer(recipe.Training.Optimizer.Kind);
        RequireConsistent(recipe);
        return recipe;
    }

    /// <summary>Throws where a field of another optimizer is stated.</summary>
    private void RequireOwnOptimizer(OptimizerKind kind)
    {
        foreach (var field in RecipeFields.All)
        {
            if (!field.BelongsTo(kind) && _values.TryGetValue(field.Path, out var stated))
                throw new RecipeException(
                    $"{stated.Where}: {field.Path} belongs to the optimizer{(field.OnlyFor.Length == 1 ? "" : "s")} "
                    + $"{string.Join(", ", field.OnlyFor.Select(only => $"\"{RecipeFields.NameOf(only)}\""))}, the recipe uses "
                    + $"\"{RecipeFields.NameOf(kind)}\"; remove the field or change {RecipeFields.KindPath}");
        }
    }

    /// <summary>Throws where fields that are each in their range contradict each other.</summary>
    private void RequireConsistent(Recipe recipe)
    {
        var model = RecipeFactory.OptionsOf(recipe.Model);
        Refuse("model", model.Fault);
        Refuse("training.regularization", RecipeFactory.RegularizationOf(recipe.Training.Regularization, recipe.Seed).FaultFor(model));
        if (recipe.Training.Optimizer is { Nesterov: true, Momentum: 0 })
            throw new RecipeException(
                $"{_values[RecipeFields.NesterovPath].Where}: {RecipeFields.NesterovPath} needs momentum; "
                + $"set {RecipeFields.MomentumPath} above 0, for instance 0.9");
        if (recipe.Training.Optimizer is { Nesterov: true, Dampening: > 0 })
            throw new RecipeException(
                $"{_values[RecipeFields.DampeningPath].Where}: {RecipeFields.DampeningPath} must be 0 with {RecipeFields.NesterovPath}; "
                + "remove one of the two");
        var data = recipe.Data;
        if (data is { Tokenizer: not TokenizerKind.Words, VocabularySize: not null } or { Tokenizer: not TokenizerKind.Words, MinCount: > 1 })
        {
            var path = data.VocabularySize is null ? RecipeFields.MinCountPath : RecipeFields.VocabularySizePath;
            throw new RecipeException(
                $"{_values[path].Where}: {path} belongs to the tokenizer \"{RecipeFields.NameOf(TokenizerKind.Words)}\", the recipe uses "
                + $"\"{RecipeFields.NameOf(data.Tokenizer)}\"; remove the field or change {RecipeFields.TokenizerPath}");
        }
        if (data is { TrainFile: null, ValidationFile: not null } or { TrainFile: null, TestFile: not null })
        {
            var path = data.ValidationFile is null ? RecipeFields.TestFilePath : RecipeFields.ValidationFilePath;
            throw new RecipeException(
                $"{_values[path].Where}: {path} lies in the folder given as data, beside {RecipeFields.TrainFilePath}; add that field");
        }
        if (data.ValidationFile is not null && _values.TryGetValue(RecipeFields.ValidationFractionPath, out var fraction))
            throw new RecipeException(
                $"{fraction.Where}: {RecipeFields.ValidationFractionPath} holds out the end of the text to train on, and "
                + $"{RecipeFields.ValidationFilePath} ({_values[RecipeFields.ValidationFilePath].Where}) names a text of its own; leave one of the two out");
    }

    /// <summary>Throws where a property of what the group describes cannot be as the recipe has it.</summary>
    private void Refuse(string group, (string Property, string Problem)? fault)
    {
        if (fault is not var (property, problem))
            return;
        var path = $"{group}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(property)}";
        throw new RecipeException($"{_values[path].Where}: {path} {problem}");
    }

    private void ReadGroup(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, string group)
    {
        var start = Where(utf8, reader.TokenStartIndex);
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new RecipeException(
                $"{start}: {(group.Length == 0 ? "the recipe" : group)} is {Found(ref reader)}, expected an object with fields in {{ }}");
        _groups.Add(group, start);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var where = Where(utf8, reader.TokenStartIndex);
            var name = Decode(ref reader, where);
            var path = group.Length == 0 ? name : $"{group}.{name}";
            reader.Read();
            if (_values.ContainsKey(path) || (path.Length > 0 && _groups.ContainsKey(path)))
                throw new RecipeException($"{where}: {path} stands here a second time; remove one of the two");
            if (path == "$schema" && reader.TokenType != JsonTokenType.String)
                throw new RecipeException($"{where}: $schema: expected text, found {Found(ref reader)}");
            if (path == "$schema")
                continue; // for editors
            if (RecipeFields.IsGroup(path) && !name.Contains('.'))
                ReadGroup(ref reader, utf8, path);
            else if (name.Contains('.'))
                throw new RecipeException($"{where}: {Shown(path)} is not a field here; write groups as nested objects");
            else
                _values.Add(path, ReadValue(ref reader, Known(path, where), Where(utf8, reader.TokenStartIndex)));
        }
    }

    private static (object?, string) ReadValue(ref Utf8JsonReader reader, RecipeField field, string where)
    {
        var shown = Found(ref reader);
        return (Accept(field, Scalar(ref reader, where), shown, where), where);
    }

    private static object? Accept(RecipeField field, object? found, string shown, string where)
    {
        if (found is null && field.Nullable)
            return null;
        if (found is not null && field.TryAccept(found, out var value))
            return value;
        throw new RecipeException($"{where}: {field.Path}: expected {field.Expected}, found {shown}");
    }

    /// <summary>Text, a long, a double, a bool, or null; an object or array is returned as something no field accepts.</summary>
    private static object? Scalar(ref Utf8JsonReader reader, string where) => reader.TokenType switch
    {
        JsonTokenType.String => Decode(ref reader, where),
        JsonTokenType.Number => reader.TryGetInt64(out var whole) ? whole : reader.GetDouble(),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.Null => null,
        _ => reader.TokenType,
    };

    private static bool TryParse(string text, out object? value)
    {
        value = null;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
            reader.Read();
            value = Scalar(ref reader, "--set");
            return value is JsonTokenType || !reader.Read();
        }
        catch (Exception e) when (e is JsonException or RecipeException)
        {
            return false;
        }
    }

    private static string Decode(ref Utf8JsonReader reader, string where)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e) // an escaped lone surrogate
        {
            throw new RecipeException($"{where}: the text holds half of a surrogate pair, which is no character; mend the escape", e);
        }
    }

    private static string Found(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => Shown($"\"{Encoding.UTF8.GetString(reader.ValueSpan)}\""),
        _ => Shown(Encoding.UTF8.GetString(reader.ValueSpan)),
    };

    private static string Shown(string raw) => OneLine.Clean(raw.Length <= 60 ? raw : raw[..60] + "…");

    private static RecipeField Known(string path, string where) => RecipeFields.Find(path)
        ?? throw new RecipeException($"{where}: {Shown(path)} is not a field here; {Suggestion.For(path)}");

    private string Where(ReadOnlySpan<byte> utf8, long offset) => $"{_source}:{utf8[..(int)offset].Count((byte)'\n') + 1}";

    /// <summary>The place of the innermost group that is there and should hold the field.</summary>
    private string WhereMissing(string path)
    {
        var group = path;
        do
            group = group[..Math.Max(0, group.LastIndexOf('.'))];
        while (group.Length > 0 && !_groups.ContainsKey(group));
        return _groups.GetValueOrDefault(group, _source);
    }
}
