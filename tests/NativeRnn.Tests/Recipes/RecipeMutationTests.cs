using System.Text;
using NativeRnn.Recipes;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Recipes;

public sealed class RecipeMutationTests : IDisposable
{
    private static readonly string[] Fragments =
        ["{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud800", "-", "1e999", "null", "true", "\n", ".", "\0", "99999999999999999999"];

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mutated_recipes_are_read_or_refused_in_one_line()
    {
        var random = new Random(20240607);
        var refused = 0;
        for (var round = 0; round < 800; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(round % 2 == 0 ? RecipeSamples.Minimal : RecipeSamples.Full).ToList();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                Mutate(bytes, random);
            var path = _folder.Write("mutated.json", [.. bytes]);
            if (!OneLineError.SucceedsOrThrows<RecipeException>(() => RecipeFile.Parse(RecipeFile.Read(path).ToJson(), "again"), path))
                refused++;
        }
        Assert.InRange(refused, 400, 799);
    }

    [Fact]
    public void Mutated_overrides_are_read_or_refused_in_one_line()
    {
        var random = new Random(7);
        foreach (var field in RecipeFields.All)
        {
            for (var round = 0; round < 30; round++)
            {
                var bytes = Encoding.UTF8.GetBytes($"{field.Path}=0.5").ToList();
                Mutate(bytes, random);
                var text = Encoding.UTF8.GetString([.. bytes]);
                OneLineError.SucceedsOrThrows<RecipeException>(() => RecipeFile.Parse(RecipeSamples.Minimal, "x", [text]), "--set ");
            }
        }
    }

    private static void Mutate(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(5))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at - 1));
                break;
            case 2:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Fragments[random.Next(Fragments.Length)]));
                break;
            case 3:
                bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, Math.Min(random.Next(1, 40), bytes.Count - at)));
                break;
            default:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
        }
    }
}
