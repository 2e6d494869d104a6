using System.Text;
using NativeRnn.Numerics;

namespace NativeRnn.TestHost;

/// <summary>Small inputs that tests make themselves.</summary>
public static class Fixture
{
    private static readonly string[] Words =
        ["time", "state", "gate", "cell", "loss", "step", "hidden", "forget", "input", "output", "learns", "carries", "the", "a", "and", "of"];

    /// <summary>A recipe that trains in a second.</summary>
    public const string Recipe = """
        {
          "task": "language-model", "name": "tiny",
          "data": { "tokenizer": "characters" },
          "model": { "embedding": 8, "cell": "lstm", "hidden": 24, "layers": 2 },
          "training": {
            "batch": 8, "bptt": 16, "epochs": 3, "clip_norm": 1.0, "report_every": 5, "checkpoint_every": 7,
            "optimizer": { "kind": "adam", "learning_rate": 0.005 },
            "decay": { "factor": 0.5, "after_epoch": 1 }
          }
        }
        """;

    /// <summary>A text of words drawn by Philox, so the same everywhere.</summary>
    public static string Text(int length)
    {
        var text = new StringBuilder(length + 16);
        for (ulong i = 0; text.Length < length; i++)
        {
            text.Append(Words[Philox.Word(seed: 7, stream: 0, i) % (uint)Words.Length]);
            text.Append(i % 9 == 8 ? ".\n" : " ");
        }
        return text.ToString(0, length);
    }

    /// <summary>A recipe for words that trains in seconds, validated on the text it trains on, with everything that ptb-small has.</summary>
    public const string WordRecipe = """
        {
          "task": "language-model", "name": "words",
          "data": { "tokenizer": "words", "vocabulary_size": 14, "train_file": "text.txt", "validation_file": "text.txt", "test_file": "test.txt" },
          "model": { "embedding": 8, "hidden": 24, "layers": 2, "init_scale": 0.1 },
          "training": {
            "batch": 2, "bptt": 5, "epochs": 3, "reduction": "mean_per_sequence", "clip_norm": 5, "report_every": 50, "checkpoint_every": 7,
            "optimizer": { "kind": "sgd", "learning_rate": 0.5 },
            "decay": { "factor": 0.5, "after_epoch": 1 }
          }
        }
        """;

    /// <summary>A new empty folder with <c>recipe.json</c>, <c>words.json</c>, <c>text.txt</c> and <c>test.txt</c>.</summary>
    public static string Folder(int textLength = 20_000)
    {
        var folder = Directory.CreateTempSubdirectory("nativernn-").FullName;
        File.WriteAllText(Path.Combine(folder, "recipe.json"), Recipe);
        File.WriteAllText(Path.Combine(folder, "words.json"), WordRecipe);
        File.WriteAllText(Path.Combine(folder, "text.txt"), Text(textLength));
        File.WriteAllText(Path.Combine(folder, "test.txt"), Text(textLength / 4));
        return folder;
    }
}
