using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Numerics;
using NativeRnn.Recipes;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>A recipe and what it learns from.</summary>
internal sealed record TrainingCase(Recipe Recipe, TextCorpus Corpus)
{
    private const int TextLength = 1_000_000;
    private const string Alphabet = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly Lazy<TrainingCase> LazyGenerated = new(() =>
        new(ReadRecipe("char-lm")!, TextCorpus.FromText(Text(), "the benchmark's text", validationFraction: 0)));

    /// <summary>The recipe char-lm on text drawn by Philox.</summary>
    public static TrainingCase Generated => LazyGenerated.Value;

    /// <summary>Tokens in the vocabulary.</summary>
    public int Vocabulary => Corpus.Vocabulary.Count;

    /// <summary>Tokens that one step learns from.</summary>
    public int TokensPerStep => Recipe.Training.Batch * Recipe.Training.Bptt;

    /// <summary>Floating-point operations of the products of one step: layers and dense output, forward and backward.</summary>
    public double FlopsPerStep
    {
        get
        {
            var model = Recipe.CreateModelOptions();
            var weights = model.OutputWidth * (double)Vocabulary;
            for (var layer = 0; layer < model.Layers; layer++)
            {
                var shape = model.ShapeOf(layer, 1, 1);
                weights += CellInfo.Of(model.Cell).Gates * (double)shape.H * shape.I + (double)shape.HiddenWeights.Rows * shape.HiddenWeights.Columns
                    + shape.ProjectionLength;
            }
            return 3 * 2 * weights * TokensPerStep;
        }
    }

    /// <summary>A recipe that the program carries, on the user's data.</summary>
    /// <exception cref="CommandException">There is no such recipe.</exception>
    /// <exception cref="DataException">The data cannot be read, or is too little.</exception>
    public static TrainingCase Load(string name, string data)
    {
        var recipe = ReadRecipe(name) ?? throw new CommandException($"the program carries no recipe {name}");
        var corpus = recipe.LoadCorpus(data);
        new TokenStreams(corpus.Train, recipe.Training.Batch, $"the training part of {corpus.Source}").Require(recipe.Training.Bptt);
        return new TrainingCase(recipe, corpus);
    }

    /// <summary>The recipe, as it lies in the repository; null when the program does not carry it.</summary>
    public static Recipe? ReadRecipe(string name)
    {
        using var stream = typeof(TrainingCase).Assembly.GetManifestResourceStream(name + ".json");
        if (stream is null)
            return null;
        using var reader = new StreamReader(stream);
        return RecipeFile.Parse(reader.ReadToEnd(), name + ".json");
    }

    private static string Text() => string.Create(TextLength, 0, (text, _) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = Alphabet[(int)(Philox.Word(seed: 1, stream: 0, (ulong)i) % (uint)Alphabet.Length)];
    });
}
