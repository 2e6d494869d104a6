using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace NativeRnn.Backends.Native;

/// <summary>
/// The end of the native library's file: <see cref="Mark"/> and the SHA-256 of everything before, in hexadecimal. The build appends it
/// (<c>cmake/AppendHash.cmake</c>), and neither packing nor copying takes it away. It finds the damage that the header does not show: one flipped
/// bit of code crashes the process, or worse, computes something else.
/// </summary>
internal static class LibraryHash
{
    private const int Digits = 2 * SHA256.HashSizeInBytes, Chunk = 1 << 18;

    private static ReadOnlySpan<byte> Mark => "nativernn-sha256:"u8;

    /// <summary>Whether the file has the hash that it ends with; null where it ends with none.</summary>
    public static bool? Matches(SafeFileHandle file)
    {
        var content = RandomAccess.GetLength(file) - Mark.Length - Digits;
        Span<byte> end = stackalloc byte[Mark.Length + Digits];
        if (content < 0 || RandomAccess.Read(file, end, content) < end.Length || !end.StartsWith(Mark))
            return null;
        return Hash(file, content) == Encoding.ASCII.GetString(end[Mark.Length..]);
    }

    /// <summary>The hash of the first <paramref name="length"/> bytes.</summary>
    private static string Hash(SafeFileHandle file, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = new byte[Chunk];
        for (long at = 0, count; at < length; at += count)
        {
            count = RandomAccess.Read(file, chunk.AsSpan(0, (int)Math.Min(Chunk, length - at)), at);
            if (count == 0)
                break; // it became shorter meanwhile, and has another hash
            hash.AppendData(chunk, 0, (int)count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
