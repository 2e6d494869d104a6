namespace NativeRnn.Recipes;

/// <summary>Guesses which field somebody meant.</summary>
internal static class Suggestion
{
    /// <summary>"did you mean …?" for the unknown <paramref name="path"/>, or what is valid there when nothing is near.</summary>
    public static string For(string path)
    {
        var (group, name) = Split(path);
        var siblings = Paths().Where(candidate => Split(candidate).Group == group).ToArray();
        if (EditDistance.Nearest(name, siblings, candidate => Split(candidate).Name) is { } near)
            return $"did you mean {near}?";
        // The right name in the wrong place, or a wrong group on the way.
        if (Paths().FirstOrDefault(candidate => Split(candidate).Name == name) is { } elsewhere)
            return $"did you mean {elsewhere}?";
        return siblings.Length > 0
            ? $"valid here: {string.Join(", ", siblings.Select(candidate => Split(candidate).Name))}"
            : $"valid fields: {string.Join(", ", Paths().Where(path => !path.Contains('.')).Select(path => RecipeFields.IsGroup(path) ? path + ".…" : path))}";
    }

    /// <summary>The paths of all fields and groups.</summary>
    private static IEnumerable<string> Paths() => RecipeFields.All
        .SelectMany(field => field.Path.Select((c, at) => c == '.' ? field.Path[..at] : null).Append(field.Path))
        .OfType<string>()
        .Distinct();

    private static (string Group, string Name) Split(string path)
    {
        var dot = path.LastIndexOf('.');
        return (dot < 0 ? "" : path[..dot], path[(dot + 1)..]);
    }
}
