using System.Globalization;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Recipes;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>What a checkpoint's metadata says of its run beside model and progress.</summary>
/// <param name="Recipe">The resolved recipe.</param>
/// <param name="DataPath">Where the text was.</param>
/// <param name="DataSha256">The hash of its characters.</param>
/// <param name="MetricsLength">Bytes of <c>metrics.jsonl</c> at the checkpoint.</param>
internal sealed record RunRecord(Recipe Recipe, string DataPath, string DataSha256, long MetricsLength)
{
    private const string RecipeKey = "recipe", DataPathKey = "data_path", DataHashKey = "data_sha256", MetricsKey = "metrics_length";

    /// <summary>The record as metadata.</summary>
    public Dictionary<string, string> ToMetadata() => new()
    {
        [RecipeKey] = Recipe.ToJson(),
        [DataPathKey] = DataPath,
        [DataHashKey] = DataSha256,
        [MetricsKey] = MetricsLength.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Reads the record of a checkpoint.</summary>
    /// <exception cref="CheckpointException">A part is missing or makes no sense.</exception>
    public static RunRecord Read(string path, SafetensorsFile file)
    {
        if (!file.Metadata.ContainsKey(TrainingCheckpoint.Key))
            throw new CheckpointException($"{path}: holds a model, but not the state of its training run, so that cannot go on; expected the last.safetensors of a run");
        var length = ModelFile.Required(path, file, MetricsKey);
        if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var metricsLength))
            throw new CheckpointException($"{path}: \"{MetricsKey}\" in the metadata is {OneLine.Quote(length)}, expected a number");
        Recipe recipe;
        try
        {
            recipe = RecipeFile.Parse(ModelFile.Required(path, file, RecipeKey), path);
        }
        catch (RecipeException e)
        {
            throw new CheckpointException($"{path}: the recipe in the metadata cannot be read: {e.Message}", e);
        }
        return new RunRecord(recipe, ModelFile.Required(path, file, DataPathKey), ModelFile.Required(path, file, DataHashKey), metricsLength);
    }

    /// <summary>Throws unless a run of that recipe on that text may go on from this record.</summary>
    public void RequireSame(string path, Recipe recipe, TextCorpus corpus)
    {
        if (recipe.DifferenceFrom(Recipe) is { } field)
            throw new CheckpointException($"{path}: was trained with another {field}; only name, epochs, report_every and checkpoint_every may change when a run goes on; choose another folder for a new run");
        if (DataSha256 != corpus.Sha256)
            throw new CheckpointException($"{path}: was trained on another text than {corpus.Source}; give the same --data, or start a new run");
    }
}
