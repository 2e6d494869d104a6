namespace NativeRnn.Recipes;

/// <summary>What a recipe can take for a token.</summary>
public enum TokenizerKind
{
    /// <summary>A character; see <see cref="Data.CharacterVocabulary"/>.</summary>
    Characters,

    /// <summary>A word between white space, or a line feed; see <see cref="Data.WordVocabulary"/>.</summary>
    Words,
}
