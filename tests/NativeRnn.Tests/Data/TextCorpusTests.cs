using System.Security.Cryptography;
using System.Text;
using NativeRnn.Data;
using NativeRnn.Tests.Serialization;

namespace NativeRnn.Tests.Data;

public class TextCorpusTests
{
    [Theory]
    [InlineData(0.1, 10)]
    [InlineData(0.29, 29)]
    [InlineData(0, 0)]
    [InlineData(0.999, 100)]
    public void Holds_out_the_end(double fraction, int held)
    {
        var text = string.Concat(Enumerable.Range(0, 100).Select(i => (char)('0' + i)));
        var corpus = TextCorpus.FromText(text, "here", fraction);
        Assert.Equal(held, corpus.Validation.Length);
        Assert.Equal(text, corpus.Vocabulary.Decode(corpus.Train) + corpus.Vocabulary.Decode(corpus.Validation));
        Assert.Equal("here", corpus.Source);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void Refuses_an_impossible_fraction(double fraction) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => TextCorpus.FromText("ab", "x", fraction));

    [Fact]
    public void Hashes_the_text_in_utf8_however_long()
    {
        var text = "a" + string.Concat(Enumerable.Repeat("é😀", 50_000));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), TextCorpus.FromText(text, "x").Sha256);
    }

    [Fact]
    public void Texts_of_their_own_for_validation_and_test()
    {
        SourceText Text(string text) => new($"{text}.txt", text);
        var vocabulary = CharacterVocabulary.Build("abcd");
        var corpus = TextCorpus.FromTexts(Text("ab"), Text("c"), Text("dd"), 0.5, vocabulary);
        Assert.Equal([0, 1, 9, 2, 9, 3, 3], [.. corpus.Train, 9, .. corpus.Validation, 9, .. corpus.Test]);
        var cut = TextCorpus.FromTexts(Text("ab"), null, Text("dd"), 0.5, vocabulary);
        Assert.Equal([0, 9, 1, 9, 3, 3], [.. cut.Train, 9, .. cut.Validation, 9, .. cut.Test]);
        OneLineError.Throws<DataException>(() => TextCorpus.FromTexts(Text("ab"), Text("c\nx"), null, 0, vocabulary), "c?x.txt:1:2");

        string[] hashes = [TextCorpus.FromText("ab", "x").Sha256, corpus.Sha256, cut.Sha256, TextCorpus.FromTexts(Text("ab"), Text("cd"), Text("d"), 0, vocabulary).Sha256];
        Assert.Equal(4, hashes.Distinct().Count());
    }

    [Fact]
    public void Loads_a_file_with_a_given_vocabulary()
    {
        using var folder = new TempFolder();
        var path = folder.Write("text", "abba");
        var vocabulary = CharacterVocabulary.Build("xab");
        var corpus = TextCorpus.Load(path, 0.25, vocabulary);
        Assert.Same(vocabulary, corpus.Vocabulary);
        Assert.Equal([0, 1, 1], corpus.Train);
        Assert.Equal([0], corpus.Validation);
        OneLineError.Throws<DataException>(() => TextCorpus.Load(folder.Write("text", "a\nc"), 0, CharacterVocabulary.Build("a\n")), path + ":2:1: ");
    }
}
