namespace NativeRnn.Recipes;

/// <summary>How the text is read and divided.</summary>
/// <param name="Tokenizer">What a token is.</param>
/// <param name="ValidationFraction">How much of the text's end is held out for validation, in [0, 1); means nothing where it has a file.</param>
/// <param name="VocabularySize">Words: the most to keep, the commonest ones; at least 3, null for all.</param>
/// <param name="MinCount">Words: rarer ones are left out; at least 1.</param>
/// <param name="TrainFile">The file to train on, within the folder that the data is in; null where the data is one file.</param>
/// <param name="ValidationFile">The file for validation, within the same folder; null: held out from the end of the text to train on.</param>
/// <param name="TestFile">The file for the test, within the same folder; null: none.</param>
public sealed record DataRecipe(
    TokenizerKind Tokenizer,
    double ValidationFraction = 0.1,
    int? VocabularySize = null,
    int MinCount = 1,
    string? TrainFile = null,
    string? ValidationFile = null,
    string? TestFile = null)
{
    /// <summary>What a token is.</summary>
    public TokenizerKind Tokenizer { get; init => field = Check.Known(value, nameof(Tokenizer)); } = Check.Known(Tokenizer, nameof(Tokenizer));
}
