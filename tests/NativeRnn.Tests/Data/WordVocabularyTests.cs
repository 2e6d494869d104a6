using NativeRnn.Data;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Data;

public class WordVocabularyTests
{
    private const string Text = " the cat <unk> sat \n\tthe  dog sat\r\n the élan 😀 ";

    [Fact]
    public void Knows_the_commonest_words_first()
    {
        var vocabulary = WordVocabulary.Build(Text);
        Assert.Equal(["<unk>", "<eos>", "the", "sat", "cat", "dog", "élan", "😀"], vocabulary.Words);
        Assert.Equal(8, vocabulary.Count);
        Assert.Equal([2, 4, 0, 3, 1, 2, 5, 3, 1, 2, 6, 7], vocabulary.Encode(Text, "x"));
        Assert.Equal([0, 1, 1, 0, 4], vocabulary.Encode("The\n\n a cat", "x"));
        Assert.Empty(vocabulary.Encode(" \t", "x"));
        Assert.Equal([1], vocabulary.Encode(vocabulary.DefaultPrime, "x"));
    }

    [Theory]
    [InlineData(null, 2, 0, "the sat")]
    [InlineData(3, 1, 0, "the")]
    [InlineData(1000, 3, 0, "the")]
    [InlineData(null, 4, 0, "")]
    [InlineData(null, 1, 0.5, "the cat sat")] // 6 of 12 tokens
    public void Leaves_out_what_is_rare_too_much_or_held_out(int? size, int minCount, double heldOut, string expected) =>
        Assert.Equal(expected, string.Join(' ', WordVocabulary.Build(Text, size, minCount, heldOut).Words.Skip(2)));

    [Fact]
    public void Joins_words_by_spaces_and_ends_lines()
    {
        var vocabulary = WordVocabulary.Build(Text);
        Assert.Equal("the cat <unk> sat\nthe dog", vocabulary.Decode([2, 4, 0, 3, 1, 2, 5]));
        Assert.Equal(" cat", vocabulary.TextOf(4, 2));
        Assert.Equal("cat", vocabulary.TextOf(4, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.Decode([8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => vocabulary.Decode([-1]));
    }

    [Fact]
    public void Refuses_texts_and_settings_without_words()
    {
        OneLineError.Throws<DataException>(() => WordVocabulary.Build(" \n\n "), "no word");
        OneLineError.Throws<DataException>(() => WordVocabulary.Build(new string(['a', '\ud83d', ' ', 'b'])), "half of a surrogate pair");
        Assert.Throws<ArgumentOutOfRangeException>(() => WordVocabulary.Build("a", size: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => WordVocabulary.Build("a", minCount: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => WordVocabulary.Build("a", heldOut: 1));
    }

    [Fact]
    public void Survives_as_json_and_compares_by_value()
    {
        var vocabulary = WordVocabulary.Build("\"quoted\" back\\slash {} é 😀 a a \0 <");
        var copy = Vocabulary.FromJson(vocabulary.ToJson(), "model");
        Assert.Equal(vocabulary, Assert.IsType<WordVocabulary>(copy));
        Assert.Equal(vocabulary.GetHashCode(), copy.GetHashCode());
        Assert.NotEqual(vocabulary, WordVocabulary.Build("a"));
        Vocabulary characters = CharacterVocabulary.Build("ab");
        Assert.NotEqual(vocabulary, characters);
        Assert.Equal(characters, Vocabulary.FromJson(characters.ToJson(), "model"));
    }

    [Theory]
    [InlineData("{\"words\":1}")]
    [InlineData("{\"words\":[]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\"]}")]
    [InlineData("{\"words\":[\"<eos>\",\"<unk>\",\"a\"]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\",\"a\",\"a\"]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\",\"a b\"]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\",\"\"]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\",null]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\",\"\\ud800\"]}")]
    [InlineData("{\"words\":[\"<unk>\",\"<eos>\",\"a\"],\"x\":1}")]
    public void Refuses_json_that_is_no_vocabulary(string json) =>
        OneLineError.Throws<CheckpointException>(() => Vocabulary.FromJson(json, "m.safetensors"), "m.safetensors: the vocabulary");
}
