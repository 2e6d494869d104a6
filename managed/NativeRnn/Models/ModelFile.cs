using System.Text.Json;
using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Serialization;

namespace NativeRnn.Models;

/// <summary>
/// Models as safetensors: the parameters under PyTorch's names; in the metadata <c>format</c>, <c>format_version</c>, <c>model</c> (sizes)
/// and <c>vocabulary</c>. A training checkpoint is the same file with more tensors, all of whose names start with <c>training.</c>.
/// </summary>
internal static class ModelFile
{
    private const string Format = "nativernn", Kind = "language-model";
    private const int Version = 1;

    /// <summary>The first part of the name of every tensor that is not a parameter.</summary>
    public const string TrainingPrefix = "training.";

    public static void Save(LanguageModel model, string path) => SafetensorsWriter.Write(path, Metadata(model), Entries(model));

    public static Dictionary<string, string> Metadata(LanguageModel model)
    {
        var options = model.Options;
        var sizes = new ModelMetadata(Kind, CellInfo.Of(options.Cell).Name, options.Embedding, options.Hidden, options.Layers, options.Projection,
            options.GateActivation.ToString(), options.CandidateActivation.ToString(), options.OutputActivation.ToString(), options.Clip,
            options.ZoneoutHidden, options.ZoneoutCell, options.TieWeights);
        return new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = $"{Version}",
            ["model"] = JsonSerializer.Serialize(sizes, ModelMetadataContext.Default.ModelMetadata),
            ["vocabulary"] = model.Vocabulary.ToJson(),
            [SafetensorsChecksum.Key] = SafetensorsChecksum.Blank,
        };
    }

    public static List<SafetensorsEntry> Entries(LanguageModel model) =>
        [.. model.Parameters.All.Select(parameter => SafetensorsEntry.Floats(parameter.Name, Long(parameter.Shape), () => parameter.Values))];

    public static LanguageModel Load(string path, IBackend? backend) => Load(path, SafetensorsFile.Read(path), backend);

    /// <summary>Checks the whole file against what its metadata promises, and only then makes the model.</summary>
    public static LanguageModel Load(string path, SafetensorsFile file, IBackend? backend)
    {
        var (options, vocabulary) = Describe(path, file);
        foreach (var (name, shape) in LanguageModel.Tensors(options, vocabulary.Count))
            Tensor(path, file, name, Long(shape));

        var model = LanguageModel.Empty(vocabulary, options, backend);
        foreach (var parameter in model.Parameters.All)
            file.Tensors[parameter.Name].CopyTo(parameter.Write());
        if (double.IsFinite(model.Backend.SumOfSquares(model.Parameters.Values)))
            return model;
        model.Dispose();
        throw new CheckpointException($"{path}: a parameter is not a finite number; the model cannot be used, take an earlier one");
    }

    /// <summary>The sizes and the vocabulary that the metadata give.</summary>
    public static (LanguageModelOptions Options, Vocabulary Vocabulary) Describe(string path, SafetensorsFile file) =>
        (ReadOptions(path, file), Vocabulary.FromJson(Required(path, file, "vocabulary"), path));

    /// <summary>Throws unless the file describes a model of the same sizes and vocabulary.</summary>
    public static void RequireSame(string path, SafetensorsFile file, LanguageModel model)
    {
        var (options, vocabulary) = Describe(path, file);
        if (options != model.Options)
            throw new CheckpointException($"{path}: holds a model of other sizes than the recipe asks for");
        if (!vocabulary.Equals(model.Vocabulary))
            throw new CheckpointException($"{path}: holds a model of another vocabulary than the text has");
    }

    /// <summary>The tensor of that name, F32 and of that shape.</summary>
    public static SafetensorsTensor Tensor(string path, SafetensorsFile file, string name, long[] shape)
    {
        if (!file.Tensors.TryGetValue(name, out var tensor))
            throw new CheckpointException($"{path}: the tensor {name} is missing; the file is incomplete, use another copy");
        if (tensor.DType != "F32" || !tensor.Shape.AsSpan().SequenceEqual(shape))
            throw new CheckpointException($"{path}: the tensor {name} is {tensor.DType} [{OneLine.Short(tensor.Shape)}], expected F32 [{string.Join(", ", shape)}]");
        return tensor;
    }

    /// <summary>The text under a key of the metadata.</summary>
    public static string Required(string path, SafetensorsFile file, string key) => file.Metadata.TryGetValue(key, out var value)
        ? value
        : throw new CheckpointException($"{path}: the metadata has no \"{key}\"; expected a file written by nativernn");

    public static long[] Long(IReadOnlyList<int> shape) => [.. shape.Select(size => (long)size)];

    private static LanguageModelOptions ReadOptions(string path, SafetensorsFile file)
    {
        if (Required(path, file, "format") != Format)
            throw new CheckpointException($"{path}: the format is not \"{Format}\"; expected a file written by nativernn");
        Required(path, file, SafetensorsChecksum.Key);
        var version = Required(path, file, "format_version");
        if (version != $"{Version}")
            throw new CheckpointException($"{path}: format version {OneLine.Quote(version)}, this program reads version {Version}; use the program that wrote the file, or a newer one");
        var sizes = ParseSizes(path, Required(path, file, "model"));
        if (sizes.Kind != Kind)
            throw new CheckpointException($"{path}: holds a model of kind {OneLine.Quote(sizes.Kind)}, expected \"{Kind}\"");
        var cell = CellInfo.All.FirstOrDefault(cell => cell.Name == sizes.Cell)
            ?? throw new CheckpointException($"{path}: unknown cell {OneLine.Quote(sizes.Cell)}; known are {string.Join(", ", CellInfo.All.Select(cell => cell.Name))}");
        Activation Function(string name, string text) => Activation.TryParse(text, out var activation)
            ? activation
            : throw new CheckpointException($"{path}: the metadata gives {name} = {OneLine.Quote(text)}, which is no activation; use another copy of the file");
        int Size(string name, int size, int least, int most) => size >= least && size <= most
            ? size
            : throw new CheckpointException($"{path}: the metadata gives {name} = {size}, expected {least} to {most}");
        double Rate(string name, double rate) => rate is >= 0 and < 1
            ? rate
            : throw new CheckpointException($"{path}: the metadata gives {name} = {rate}, expected a number of at least 0 and below 1");
        if (sizes.Clip is not (>= 0 and <= Check.Largest))
            throw new CheckpointException($"{path}: the metadata gives clip = {sizes.Clip}, expected a number from 0 to {Check.Largest}");
        var options = new LanguageModelOptions
        {
            Cell = cell.Kind,
            Embedding = Size("embedding", sizes.Embedding, 1, LanguageModelOptions.LargestSize),
            Hidden = Size("hidden", sizes.Hidden, 1, LanguageModelOptions.LargestSize),
            Layers = Size("layers", sizes.Layers, 1, LanguageModelOptions.MostLayers),
            Projection = Size("projection", sizes.Projection, 0, LanguageModelOptions.LargestSize),
            GateActivation = Function("gate_activation", sizes.GateActivation),
            CandidateActivation = Function("candidate_activation", sizes.CandidateActivation),
            OutputActivation = Function("output_activation", sizes.OutputActivation),
            Clip = sizes.Clip,
            ZoneoutHidden = Rate("zoneout_hidden", sizes.ZoneoutHidden),
            ZoneoutCell = Rate("zoneout_cell", sizes.ZoneoutCell),
            TieWeights = sizes.TieWeights,
        };
        return options.Fault is { } fault
            ? throw new CheckpointException($"{path}: the metadata describe no model: {fault.Property} {fault.Problem}")
            : options;
    }

    private static ModelMetadata ParseSizes(string path, string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ModelMetadataContext.Default.ModelMetadata)
                ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: \"model\" in the metadata is not what nativernn writes; use another copy of the file", e);
        }
    }
}
