using System.Text;
using NativeRnn.Models;

namespace NativeRnn.Tests.Cli;

/// <summary>Checkpoints that lost or changed a byte.</summary>
public sealed class BadCheckpointTests(BadFiles files) : IClassFixture<BadFiles>
{
    [Fact]
    public void A_checkpoint_cut_anywhere_is_refused()
    {
        var whole = File.ReadAllBytes(Path.Combine(files.Folder, "run", "last.safetensors"));
        for (var sixteenth = 0; sixteenth < 16; sixteenth++)
            AssertRefused(whole.AsSpan(0, whole.Length * sixteenth / 16));
        AssertRefused(whole.AsSpan(0, whole.Length - 1));
        AssertRefused([.. whole, 0]);
    }

    [Fact]
    public void A_checkpoint_with_any_byte_of_its_header_flipped_is_refused()
    {
        var bytes = File.ReadAllBytes(Path.Combine(files.Folder, "run", "last.safetensors"));
        var header = 8 + (int)BitConverter.ToInt64(bytes);
        var random = new System.Random(5);
        for (var at = 0; at < header; at++)
        {
            var flip = (byte)(at % 2 == 0 ? 1 << random.Next(8) : random.Next(1, 256));
            bytes[at] ^= flip;
            AssertRefused(bytes);
            bytes[at] ^= flip;
        }
        bytes[^5] ^= 1; // nor in its data
        AssertRefused(bytes);
    }

    [Theory]
    [InlineData("\":\"", "\": \"")]
    [InlineData("\"content_sha256\"", "\"content\\u005fsha256\"")]
    [InlineData("\"content_sha256\":\"", "\"content_sha256\": \"0")]
    [InlineData("\"content_sha256\":\"", "\"content_sha256\":\"\",\"more\":\"")]
    [InlineData("\"content_sha256\":\"", "\"content_sha256\" : \"{]\",\"more\":\"")]
    public void A_checkpoint_whose_header_was_written_anew_is_refused(string part, string replacement)
    {
        var bytes = File.ReadAllBytes(Path.Combine(files.Folder, "run", "last.safetensors"));
        var data = 8 + (int)BitConverter.ToInt64(bytes);
        var header = Encoding.UTF8.GetString(bytes, 8, data - 8);
        Assert.Contains(part, header, StringComparison.Ordinal);
        var altered = Encoding.UTF8.GetBytes(header.Replace(part, replacement, StringComparison.Ordinal));
        AssertRefused([.. BitConverter.GetBytes((long)altered.Length), .. altered, .. bytes.AsSpan(data)], "altered");
    }

    private void AssertRefused(ReadOnlySpan<byte> bytes, string expected = "")
    {
        var path = Path.Combine(files.Folder, "damaged.safetensors");
        File.WriteAllBytes(path, bytes);
        var error = Assert.Throws<CheckpointException>(() => LanguageModel.Load(path, files.Backend));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        File.Delete(path);
    }
}
