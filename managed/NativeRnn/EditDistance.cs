namespace NativeRnn;

/// <summary>How far two words are apart, for guessing what somebody meant (Damerau and Levenshtein).</summary>
internal static class EditDistance
{
    /// <summary>The item whose name is so near that <paramref name="word"/> may have been meant for it, or begins with it; null where none is.</summary>
    public static T? Nearest<T>(string word, IEnumerable<T> items, Func<T, string> name) where T : class
    {
        var (nearest, distance) = items.Select(item => (Item: item, Distance: word.Length > 1 && name(item).StartsWith(word, StringComparison.Ordinal)
                ? Math.Min(1, name(item).Length - word.Length) : Between(word, name(item))))
            .OrderBy(candidate => candidate.Distance).FirstOrDefault((null!, int.MaxValue));
        return distance <= Math.Max(1, word.Length / 3) ? nearest : null;
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.</summary>
    public static int Between(string a, string b)
    {
        if (a.Length > 64)
            return int.MaxValue; // nothing that we name is so long
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }
                var replace = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
