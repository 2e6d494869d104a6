using System.Text.Json;
using NativeRnn.Recipes;

namespace NativeRnn.Tests.Recipes;

/// <summary>Holds the published schema against the table of fields, in both directions.</summary>
public class RecipeSchemaTests
{
    private static readonly JsonElement Root = ReadSchema();

    [Fact]
    public void The_schema_has_the_fields_of_the_table_and_no_others()
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var expected = RecipeFields.All.Where(field => field.BelongsTo(kind)).Select(field => field.Path);
            Assert.Equal(expected.Order(), Leaves(Root, "", kind).Select(leaf => leaf.Path).Where(path => path != "$schema").Order());
        }
    }

    [Fact]
    public void Types_ranges_and_defaults_are_those_of_the_table()
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var schema = Leaves(Root, "", kind).ToDictionary(leaf => leaf.Path, leaf => leaf.Schema);
            foreach (var field in RecipeFields.All.Where(field => schema.ContainsKey(field.Path)))
                Assert.Equal((field.Path, Expected(field, kind)), (field.Path, Compact(schema[field.Path])));
        }
    }

    [Fact]
    public void Groups_require_what_the_table_requires_and_allow_nothing_else()
    {
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            foreach (var (path, group) in Groups(Root, "", kind))
            {
                var prefix = path.Length == 0 ? "" : path + ".";
                var required = RecipeFields.All.Where(field => field.Required && field.Path.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(field => field.Path[prefix.Length..].Split('.')[0]).Distinct();
                var stated = group.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!) : [];
                Assert.Equal((path, string.Join(' ', required.Order())), (path, string.Join(' ', stated.Order())));
                Assert.False(group.GetProperty("additionalProperties").GetBoolean(), path);
                Assert.False(string.IsNullOrEmpty(group.GetProperty("description").GetString()), path);
            }
        }
    }

    [Fact]
    public void The_library_carries_the_published_schema()
    {
        using var stream = typeof(Recipe).Assembly.GetManifestResourceStream("recipe.schema.json")!;
        Assert.Equal(File.ReadAllText(SchemaPath), new StreamReader(stream).ReadToEnd());
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", Root.GetProperty("$schema").GetString());
    }

    private static string SchemaPath => Repository.PathOf("managed/NativeRnn/Recipes/recipe.schema.json");

    private static JsonElement ReadSchema()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SchemaPath));
        return document.RootElement.Clone();
    }

    /// <summary>What the table says of a field, in the keywords of the schema, sorted.</summary>
    private static string Expected(RecipeField field, OptimizerKind kind)
    {
        var words = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        switch (field)
        {
            case RecipeField.Choice when field.Path == RecipeFields.KindPath:
                words["const"] = RecipeFields.NameOf(kind);
                break;
            case RecipeField.Choice choice:
                words["enum"] = choice.Choices;
                break;
            case RecipeField.Text text:
                words["type"] = OrNull("string", field);
                if (text.Longest is { } longest)
                    (words["minLength"], words["maxLength"]) = (1, longest);
                break;
            case RecipeField.ActivationText:
                words["type"] = "string";
                break;
            case RecipeField.Flag:
                words["type"] = "boolean";
                break;
            case RecipeField.Whole whole:
                (words["type"], words["minimum"], words["maximum"]) = (OrNull("integer", field), whole.Minimum, whole.Maximum);
                break;
            case RecipeField.Number number:
                words["type"] = OrNull("number", field);
                words["minimum"] = number.Minimum;
                words[number.OpenMaximum ? "exclusiveMaximum" : "maximum"] = number.Maximum;
                break;
            default:
                Assert.Fail($"the schema test does not know {field.GetType()}");
                break;
        }
        if (!field.Required)
            words["default"] = RecipeFields.DefaultOf(field, kind);
        return string.Join("; ", words.Select(word => $"{word.Key} {Normal(JsonSerializer.SerializeToElement(word.Value))}"));
    }

    private static object OrNull(string type, RecipeField field) => field.Nullable ? new[] { type, "null" } : type;

    private static string Compact(JsonElement schema)
    {
        Assert.False(string.IsNullOrEmpty(schema.GetProperty("description").GetString()));
        return string.Join("; ", schema.EnumerateObject().Where(word => word.Name != "description")
            .OrderBy(word => word.Name, StringComparer.Ordinal).Select(word => $"{word.Name} {Normal(word.Value)}"));
    }

    private static string Normal(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble().ToString("R") : JsonSerializer.Serialize(value);

    private static IEnumerable<(string Path, JsonElement Schema)> Leaves(JsonElement schema, string path, OptimizerKind kind) =>
        Groups(schema, path, kind).SelectMany(group => group.Schema.GetProperty("properties").EnumerateObject()
            .Where(property => !IsGroup(property.Value))
            .Select(property => (group.Path.Length == 0 ? property.Name : $"{group.Path}.{property.Name}", property.Value)));

    private static IEnumerable<(string Path, JsonElement Schema)> Groups(JsonElement schema, string path, OptimizerKind kind)
    {
        if (schema.TryGetProperty("oneOf", out var variants))
        {
            Assert.Equal(Enum.GetValues<OptimizerKind>().Length, variants.GetArrayLength());
            schema = variants.EnumerateArray().Single(variant =>
                variant.GetProperty("properties").GetProperty("kind").GetProperty("const").GetString() == RecipeFields.NameOf(kind));
        }
        yield return (path, schema);
        foreach (var property in schema.GetProperty("properties").EnumerateObject().Where(property => IsGroup(property.Value)))
        {
            foreach (var group in Groups(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", kind))
                yield return group;
        }
    }

    private static bool IsGroup(JsonElement schema) => schema.TryGetProperty("properties", out _) || schema.TryGetProperty("oneOf", out _);
}
