namespace NativeRnn.Recipes;

/// <summary>What to train and how. Two runs from equal recipes, text and backend give the same model.</summary>
/// <param name="Task">What is learned: "language-model".</param>
/// <param name="Data">How the text is read and divided.</param>
/// <param name="Model">The network.</param>
/// <param name="Training">The training.</param>
/// <param name="Name">A name for people.</param>
/// <param name="Seed">The seed of every random number, from 0 to 2^53 − 1.</param>
public sealed record Recipe(
    string Task, DataRecipe Data, ModelRecipe Model, TrainingRecipe Training, string Name = "unnamed", long Seed = 1)
{
    /// <summary>What is learned.</summary>
    public string Task { get; init => field = value ?? throw new ArgumentNullException(nameof(Task)); } =
        Task ?? throw new ArgumentNullException(nameof(Task));

    /// <summary>How the text is read and divided.</summary>
    public DataRecipe Data { get; init => field = value ?? throw new ArgumentNullException(nameof(Data)); } =
        Data ?? throw new ArgumentNullException(nameof(Data));

    /// <summary>The network.</summary>
    public ModelRecipe Model { get; init => field = value ?? throw new ArgumentNullException(nameof(Model)); } =
        Model ?? throw new ArgumentNullException(nameof(Model));

    /// <summary>The training.</summary>
    public TrainingRecipe Training { get; init => field = value ?? throw new ArgumentNullException(nameof(Training)); } =
        Training ?? throw new ArgumentNullException(nameof(Training));

    /// <summary>A name for people.</summary>
    public string Name { get; init => field = value ?? throw new ArgumentNullException(nameof(Name)); } =
        Name ?? throw new ArgumentNullException(nameof(Name));

    /// <summary>
    /// The recipe with the default of every field that is in force filled in, as indented JSON with line feeds; equal recipes give equal text, and
    /// <see cref="RecipeFile.Parse(string, string, IReadOnlyList{string})"/> reads it back.
    /// </summary>
    /// <exception cref="InvalidOperationException">A field holds what no recipe file may hold; the message says which and what it may.</exception>
    public string ToJson() => RecipeFields.FaultOf(this) is { } fault ? throw new InvalidOperationException(fault) : RecipeWriter.Write(this);

    /// <summary>
    /// The path of the first field, such as "model.hidden", in which training under this recipe would differ from training under
    /// <paramref name="other"/>; null when one may resume the other. The number of epochs, and how often to report and to keep a
    /// checkpoint, may change.
    /// </summary>
    public string? DifferenceFrom(Recipe other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return RecipeFields.All.FirstOrDefault(field => !field.MayChange && !Equals(Value(field, this), Value(field, other)))?.Path;

        static object? Value(RecipeField field, Recipe recipe) => field.IsInForce(recipe) ? field.ValueOf(recipe) : null;
    }
}
