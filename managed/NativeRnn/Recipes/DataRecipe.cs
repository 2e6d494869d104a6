namespace NativeRnn.Recipes;

/// <summary>How the text is read and divided.</summary>
/// <param name="Tokenizer">What a token is: "characters".</param>
/// <param name="ValidationFraction">How much of the text's end is held out for validation, in [0, 1).</param>
public sealed record DataRecipe(string Tokenizer, double ValidationFraction = 0.1);
