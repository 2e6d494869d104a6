using System.Security.Cryptography;
using System.Text;

namespace NativeRnn.Serialization;

/// <summary>
/// The hash that our own files carry in their metadata, so that no flipped byte goes unseen: SHA-256 of header and data, the hash's own
/// digits taken as zeros. Other readers of safetensors see one more text in the metadata.
/// </summary>
internal static class SafetensorsChecksum
{
    /// <summary>The key in the metadata; whoever writes a file asks for a checksum by giving it with <see cref="Blank"/>.</summary>
    public const string Key = "content_sha256";

    /// <summary>What stands for the hash while it is computed.</summary>
    public static string Blank { get; } = new('0', 2 * SHA256.HashSizeInBytes);

    /// <summary>Computes the hash of a file about to be written and puts it into its header, where the metadata ask for one.</summary>
    public static void Fill(Span<byte> header, IReadOnlyList<SafetensorsEntry> entries)
    {
        var digits = Digits(header);
        if (digits.IsEmpty)
            return;
        using var hash = new HashStream();
        hash.Write(header);
        foreach (var entry in entries)
            entry.WriteTo(hash);
        Encoding.ASCII.GetBytes(hash.ToHex(), digits);
    }

    /// <summary>Whether the file is what was written.</summary>
    /// <param name="header">The JSON as it stands in the file.</param>
    /// <param name="place">Where in the header the text under <see cref="Key"/> stands, as its parser found it.</param>
    /// <param name="inOrder">The tensors in the order of their data.</param>
    public static bool Matches(ReadOnlySpan<byte> header, Range place, IEnumerable<SafetensorsTensor> inOrder)
    {
        var copy = header.ToArray();
        var digits = copy.AsSpan(place);
        var expected = Encoding.ASCII.GetString(digits);
        digits.Fill((byte)'0');
        using var hash = new HashStream();
        hash.Write(copy);
        foreach (var tensor in inOrder)
            hash.Write(tensor.Bytes.Span);
        return hash.ToHex() == expected;
    }

    /// <summary>The digits of the hash in a header of our own. Quotes within other texts are escaped, so the pattern cannot occur there.</summary>
    private static Span<byte> Digits(Span<byte> header)
    {
        var pattern = Encoding.ASCII.GetBytes($"\"{Key}\":\"");
        var at = header.IndexOf(pattern);
        return at < 0 || header.Length - at - pattern.Length < Blank.Length ? [] : header.Slice(at + pattern.Length, Blank.Length);
    }

    /// <summary>Hashes what is written to it.</summary>
    private sealed class HashStream : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long _position;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _position;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public string ToHex() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            _position += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
