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

    /// <summary>A new empty folder with <c>recipe.json</c> and <c>text.txt</c>.</summary>
    public static string Folder(int textLength = 20_000)
    {
        var folder = Directory.CreateTempSubdirectory("nativernn-").FullName;
        File.WriteAllText(Path.Combine(folder, "recipe.json"), Recipe);
        File.WriteAllText(Path.Combine(folder, "text.txt"), Text(textLength));
        return folder;
    }
}
