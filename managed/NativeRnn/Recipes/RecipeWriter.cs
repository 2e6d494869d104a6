using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace NativeRnn.Recipes;

/// <summary>Writes a recipe as JSON, field by field of the table.</summary>
internal static class RecipeWriter
{
    private static readonly JsonWriterOptions Options =
        new() { Indented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Recipe recipe)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            string[] open = [];
            foreach (var field in RecipeFields.All.Where(field => field.IsInForce(recipe)))
            {
                var parts = field.Path.Split('.');
                MoveTo(json, open, parts[..^1]);
                open = parts[..^1];
                json.WritePropertyName(parts[^1]);
                WriteValue(json, field.ValueOf(recipe));
            }
            MoveTo(json, open, []);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>Closes the groups that are <paramref name="open"/> and not in <paramref name="wanted"/>, and opens the others.</summary>
    private static void MoveTo(Utf8JsonWriter json, string[] open, string[] wanted)
    {
        var common = open.AsSpan().CommonPrefixLength(wanted);
        for (var depth = open.Length; depth > common; depth--)
            json.WriteEndObject();
        foreach (var group in wanted[common..])
            json.WriteStartObject(group);
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        if (value is string text)
            json.WriteStringValue(text);
        else if (value is long whole)
            json.WriteNumberValue(whole);
        else if (value is double number)
            json.WriteNumberValue(number);
        else if (value is bool flag)
            json.WriteBooleanValue(flag);
        else
            json.WriteNullValue();
    }
}
