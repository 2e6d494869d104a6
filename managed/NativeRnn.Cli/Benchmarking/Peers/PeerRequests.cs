using System.Text.Json.Nodes;
using NativeRnn.Backends;
using NativeRnn.Models;
using NativeRnn.Recipes;

namespace NativeRnn.Cli.Benchmarking.Peers;

/// <summary>What peers are asked; bench/peers/README.md describes the fields. The number of threads is added by whoever asks.</summary>
internal static class PeerRequests
{
    /// <summary>The time of one layer.</summary>
    public static JsonObject Layer(RecurrentShape shape, bool training, double seconds)
    {
        var request = Shape("layer", shape, training);
        request["seconds"] = seconds;
        return request;
    }

    /// <summary>The results of one small layer on these arrays.</summary>
    public static JsonObject Check(RecurrentShape shape, bool training, IEnumerable<(string Name, float[] Values)> arrays)
    {
        var request = Shape("check", shape, training);
        foreach (var (name, values) in arrays)
            request[name] = new JsonArray([.. values.Select(value => (JsonNode)value)]);
        return request;
    }

    /// <summary>The time of one step of a recipe.</summary>
    /// <param name="training">The recipe and its data.</param>
    /// <param name="tokens">A file of the tokens, 32-bit integers.</param>
    /// <param name="seconds">How long to measure.</param>
    public static JsonObject Training(TrainingCase training, string tokens, double seconds)
    {
        var (model, how) = (training.Recipe.Model, training.Recipe.Training);
        return new JsonObject
        {
            ["op"] = "training",
            ["cell"] = CellInfo.Of(model.Cell).Name,
            ["vocabulary"] = training.Vocabulary,
            ["embedding"] = model.Embedding,
            ["hidden"] = model.Hidden,
            ["layers"] = model.Layers,
            ["batch"] = how.Batch,
            ["bptt"] = how.Bptt,
            ["init_scale"] = model.InitScale ?? 0, // 0: as PyTorch draws
            ["loss_scale"] = LossScale(how), // of the mean over all tokens
            ["clip_norm"] = how.ClipNorm ?? 0,
            ["optimizer"] = how.Optimizer.Kind == OptimizerKind.Adam ? "adam" : "sgd",
            ["learning_rate"] = how.Optimizer.LearningRate,
            ["tokens"] = tokens,
            ["seconds"] = seconds,
        };
    }

    private static double LossScale(TrainingRecipe how) => how.Reduction switch
    {
        LossReduction.MeanPerToken => 1,
        LossReduction.MeanPerSequence => how.Bptt,
        LossReduction.Sum => (double)how.Batch * how.Bptt,
        _ => throw new InvalidOperationException($"no scale for {how.Reduction}"),
    };

    private static JsonObject Shape(string op, RecurrentShape shape, bool training) => new()
    {
        ["op"] = op,
        ["cell"] = CellInfo.Of(shape.Cell).Name,
        ["mode"] = training ? "train" : "forward",
        ["T"] = shape.T,
        ["B"] = shape.B,
        ["I"] = shape.I,
        ["H"] = shape.H,
    };
}
