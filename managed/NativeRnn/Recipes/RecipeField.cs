using System.Globalization;
using NativeRnn.Backends;
using NativeRnn.Serialization;

namespace NativeRnn.Recipes;

/// <summary>One row of the table of fields: where it stands, what it may hold, and how to take it from a recipe.</summary>
/// <param name="Path">Its place, such as "training.optimizer.kind".</param>
/// <param name="ValueOf">Its value in a recipe: text, a long, a double, a bool, or null.</param>
internal abstract record RecipeField(string Path, Func<Recipe, object?> ValueOf)
{
    /// <summary>Whether a recipe must state it. All other fields have a default.</summary>
    public bool Required { get; init; }

    /// <summary>Whether null is a value.</summary>
    public bool Nullable { get; init; }

    /// <summary>Whether a resumed run may hold another value.</summary>
    public bool MayChange { get; init; }

    /// <summary>The only kinds of optimizer that have it; empty when all have.</summary>
    public OptimizerKind[] OnlyFor { get; init; } = [];

    /// <summary>What else a recipe must hold for it to mean something; null when nothing.</summary>
    public Func<Recipe, bool>? OnlyWhere { get; init; }

    /// <summary>Whether it means something in that recipe. What does not is neither written nor compared.</summary>
    public bool IsInForce(Recipe recipe) =>
        BelongsTo(recipe.Training.Optimizer.Kind) && (OnlyWhere is null || OnlyWhere(recipe));

    /// <summary>Whether it means something under that optimizer.</summary>
    public bool BelongsTo(OptimizerKind kind) => OnlyFor.Length == 0 || OnlyFor.Contains(kind);

    /// <summary>What it may hold, as messages say it: "a whole number of at least 1".</summary>
    public abstract string Expected { get; }

    /// <summary>Turns what a file holds (text, a long, a double, a bool) into the field's value; false when it may not hold it.</summary>
    public abstract bool TryAccept(object found, out object value);

    /// <summary>Any text, a text that is to be printed, or the path of a file within the folder given as data.</summary>
    internal sealed record Text(string Path, Func<Recipe, string?> Get) : RecipeField(Path, Get)
    {
        /// <summary>The most characters of a text that is to be printed; null for any text.</summary>
        public int? Longest { get; init; }

        public bool IsFile { get; init; }

        public override string Expected => (IsFile ? "text with the path of a file within the folder given as data"
            : Longest is { } longest ? $"text of 1 to {longest} printable characters" : "text") + (Nullable ? ", or null" : "");

        public override bool TryAccept(object found, out object value)
        {
            value = found;
            return found is string text && (!IsFile || IsWithinFolder(text))
                && (Longest is not { } longest || (text.Length > 0 && text.EnumerateRunes().Count() <= longest && OneLine.Clean(text) == text));
        }

        private static bool IsWithinFolder(string path) =>
            path.Length > 0 && !path.Contains('\0') && !System.IO.Path.IsPathRooted(path) && !path.Split('/', '\\').Contains("..");
    }

    /// <summary>One of a few words.</summary>
    internal sealed record Choice(string Path, Func<Recipe, string> Get, params string[] Choices) : RecipeField(Path, Get)
    {
        public override string Expected =>
            (Choices.Length == 1 ? "" : "one of ") + string.Join(", ", Choices.Select(choice => $"\"{choice}\""));

        public override bool TryAccept(object found, out object value)
        {
            value = found;
            return found is string text && Choices.Contains(text);
        }
    }

    /// <summary>An activation, with its settings where they are not ONNX's; "default" is the cell's own.</summary>
    internal sealed record ActivationText(string Path, Func<Recipe, Activation> Get) : RecipeField(Path, recipe => Get(recipe).ToString())
    {
        public override string Expected =>
            $"\"default\" or an activation such as \"tanh\" or \"leaky_relu(0.1)\", one of {string.Join(", ", ActivationInfo.All.Select(info => info.Name))}";

        public override bool TryAccept(object found, out object value)
        {
            value = found;
            if (found is not string text || !Activation.TryParse(text, out var activation))
                return false;
            value = activation.ToString();
            return true;
        }
    }

    /// <summary>True or false.</summary>
    internal sealed record Flag(string Path, Func<Recipe, bool> Get) : RecipeField(Path, recipe => Get(recipe))
    {
        public override string Expected => "true or false";

        public override bool TryAccept(object found, out object value)
        {
            value = found;
            return found is bool;
        }
    }

    /// <summary>A whole number between two bounds, both included.</summary>
    internal sealed record Whole(string Path, Func<Recipe, long?> Get, long Minimum, long Maximum) : RecipeField(Path, recipe => Get(recipe))
    {
        public override string Expected => $"a whole number from {Minimum} to {Maximum}{(Nullable ? ", or null" : "")}";

        public override bool TryAccept(object found, out object value)
        {
            // 5.0 and 5e0 are whole numbers too, in JSON as in its schemas.
            value = found is double number && Math.Abs(number) < 1L << 53 && Math.Truncate(number) == number ? (long)number : found;
            return value is long whole && whole >= Minimum && whole <= Maximum;
        }
    }

    /// <summary>A number between two bounds, both included unless the upper one is called open.</summary>
    internal sealed record Number(string Path, Func<Recipe, double?> Get, double Minimum, double Maximum = Check.Largest)
        : RecipeField(Path, recipe => Get(recipe))
    {
        public bool OpenMaximum { get; init; }

        /// <summary>The least number above a minimum of 0.</summary>
        public double LeastAboveZero { get; init; } = Check.Smallest;

        public override string Expected
        {
            get
            {
                var bound = OpenMaximum ? "below" : "at most";
                var (zero, least) = Minimum == 0 && LeastAboveZero > 0 ? ("0, or ", LeastAboveZero) : ("", Minimum);
                var text = string.Create(CultureInfo.InvariantCulture, $"{zero}a number of at least {least} and {bound} {Maximum}");
                return Nullable ? text + ", or null" : text;
            }
        }

        public override bool TryAccept(object found, out object value)
        {
            value = found is long whole ? (double)whole : found;
            return value is double number && number >= Minimum && (number <= 0 || number >= LeastAboveZero)
                && (OpenMaximum ? number < Maximum : number <= Maximum);
        }
    }
}
