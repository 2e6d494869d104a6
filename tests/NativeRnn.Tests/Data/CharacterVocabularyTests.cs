using NativeRnn.Data;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Data;

public class CharacterVocabularyTests
{
    [Fact]
    public void Sorts_characters_by_code_point_also_beyond_16_bits()
    {
        var vocabulary = CharacterVocabulary.Build("b\uFFFDa😀ab\n");
        Assert.Equal([0xA, 'a', 'b', 0xFFFD, 0x1F600], vocabulary.Symbols.Select(symbol => symbol.Value));
        Assert.Equal(5, vocabulary.Count);
        Assert.Equal([4, 2, 1, 3], vocabulary.Encode("😀ba\uFFFD", "x"));
        Assert.Equal("😀ba\uFFFD", vocabulary.Decode([4, 2, 1, 3]));
        Assert.Empty(vocabulary.Encode("", "x"));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.Decode([5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.Decode([-1]));
    }

    [Theory]
    [InlineData("ab\n😀c", "in.txt:2:2: the character 'c' (U+0063)")]
    [InlineData("é", "in.txt:1:1: the character 'é' (U+00E9)")]
    [InlineData("a\r", "in.txt:1:2: the character U+000D")]
    [InlineData("\n\na🎉", "in.txt:3:2: the character '🎉' (U+1F389)")]
    public void Names_an_unknown_character_and_its_place(string text, string expected)
    {
        var vocabulary = CharacterVocabulary.Build("ab\n😀");
        OneLineError.Throws<DataException>(() => vocabulary.Encode(text, "in.txt"), expected);
        Assert.False(vocabulary.TryEncode(text, out var tokens));
        Assert.Null(tokens);
        Assert.True(vocabulary.TryEncode("ab", out tokens));
        Assert.Equal([1, 2], tokens);
    }

    [Fact]
    public void Refuses_lone_surrogates_and_no_text()
    {
        var lone = new string(['a', '\ud83d', 'b']);
        OneLineError.Throws<DataException>(() => CharacterVocabulary.Build(lone), ":1:2: U+D83D");
        OneLineError.Throws<DataException>(() => CharacterVocabulary.Build("ab").Encode(lone, "in"), "in:1:2: U+D83D");
        OneLineError.Throws<DataException>(() => CharacterVocabulary.Build("ab\uFFFD").Encode(lone, "in"), "in:1:2: U+D83D");
        OneLineError.Throws<DataException>(() => CharacterVocabulary.Build(""), "empty");
    }

    [Fact]
    public void Survives_as_json_and_compares_by_value()
    {
        var vocabulary = CharacterVocabulary.Build("\0\u0001 \"\\\n/é\u2028😀<");
        var copy = CharacterVocabulary.FromJson(vocabulary.ToJson(), "model");
        Assert.Equal(vocabulary, copy);
        Assert.Equal(vocabulary.GetHashCode(), copy.GetHashCode());
        Assert.NotEqual(vocabulary, CharacterVocabulary.Build("ab"));
        Assert.False(vocabulary.Equals(null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"symbols\":1}")]
    [InlineData("{\"symbols\":\"\"}")]
    [InlineData("{\"symbols\":\"ba\"}")]
    [InlineData("{\"symbols\":\"aa\"}")]
    [InlineData("{\"symbols\":\"\\ud800\"}")]
    [InlineData("{\"symbols\":\"ab\",\"x\":1}")]
    public void Refuses_json_that_is_no_vocabulary(string json) =>
        OneLineError.Throws<CheckpointException>(() => CharacterVocabulary.FromJson(json, "m.safetensors"), "m.safetensors: the vocabulary");
}
