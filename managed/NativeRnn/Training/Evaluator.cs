using NativeRnn.Data;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>Measures how well a model predicts a text.</summary>
public static class Evaluator
{
    private const int StreamTokens = 1024, MostStreams = 32;

    /// <summary>Predicts every token of a text from those before it, the text cut into contiguous streams.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">At least two tokens.</param>
    /// <param name="steps">Tokens of each stream per call; changes speed and memory, not the result beyond rounding. Default 64.</param>
    /// <param name="rows">Streams, each from a zero state; 0 for as many, up to 32, as have 1,024 tokens each. Default 0.</param>
    /// <exception cref="DataException">There are fewer than two tokens.</exception>
    /// <exception cref="TrainingException">The loss is not a finite number.</exception>
    public static Evaluation Evaluate(LanguageModel model, int[] tokens, int steps = 64, int rows = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        if (tokens.Length < 2)
            throw new DataException($"the text to evaluate has {tokens.Length} tokens; at least 2 are needed, one to read and one to predict");
        var streams = rows == 0 ? Math.Clamp(tokens.Length / StreamTokens, 1, MostStreams) : Math.Min(rows, tokens.Length - 1);
        var longest = (tokens.Length - 1) / streams; // no stream is longer, so no more memory is needed
        using var pass = model.CreatePass(Math.Min(steps, longest), streams, training: false);
        return Evaluate(tokens, pass);
    }

    /// <summary>The same in memory that is there already; its state is reset first.</summary>
    internal static Evaluation Evaluate(int[] tokens, LanguageModelPass pass)
    {
        var streams = new TokenStreams(tokens, pass.Rows);
        var inputs = new int[pass.MaxSteps * pass.Rows];
        var targets = new int[inputs.Length];
        pass.State.Reset();
        var sum = 0.0;
        long predicted = 0;
        for (var start = 0; start < streams.StreamLength; start += pass.MaxSteps)
        {
            var steps = Math.Min(pass.MaxSteps, streams.StreamLength - start);
            var count = steps * pass.Rows;
            streams.Fill(start, steps, inputs.AsSpan(0, count), targets.AsSpan(0, count));
            pass.Forward(inputs.AsSpan(0, count));
            sum += pass.Loss(targets.AsSpan(0, count)) * count;
            predicted += count;
        }
        return double.IsFinite(sum)
            ? new Evaluation(sum / predicted, predicted)
            : throw new TrainingException($"the loss over {predicted} tokens is {sum}; the model has diverged, take an earlier one");
    }
}
