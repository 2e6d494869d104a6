namespace NativeRnn.TestHost;

/// <summary>Damages bytes at random: one to four flips, cuts, insertions, repetitions or overwritten numbers.</summary>
public static class Mutation
{
    /// <summary>A damaged copy.</summary>
    public static byte[] Of(byte[] valid, System.Random random)
    {
        var bytes = new List<byte>(valid);
        for (var times = random.Next(1, 5); times > 0; times--)
            Once(bytes, random);
        return [.. bytes];
    }

    private static void Once(List<byte> bytes, System.Random random)
    {
        if (bytes.Count == 0)
            return;
        var at = random.Next(bytes.Count);
        var length = Math.Min(random.Next(1, 40), bytes.Count - at);
        switch (random.Next(7))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.Insert(at, "{}[]\",:-0e.\\"u8[random.Next(12)]);
                break;
            default:
                // Digits: sizes and offsets that are too large, negative, or nonsense.
                while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at]))
                    at++;
                while (at < bytes.Count && char.IsAsciiDigit((char)bytes[at]))
                    bytes.RemoveAt(at);
                bytes.InsertRange(at, random.Next(6) switch { 0 => "-1"u8.ToArray(), 1 => "0"u8.ToArray(), 2 => "99999999999999999999"u8.ToArray(), 3 => "2147483647"u8.ToArray(), 4 => "1e308"u8.ToArray(), _ => "4611686018427387904"u8.ToArray() });
                break;
        }
    }
}
