using NativeRnn.Backends;
using NativeRnn.Data;
using NativeRnn.Models;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>Measures how well a model predicts a text.</summary>
public static class Evaluator
{
    internal const int DefaultSteps = 64;
    private const int StreamTokens = 1024, MostStreams = 32;

    /// <summary>Predicts every token of a text from those before it, the text cut into contiguous streams.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">At least two tokens.</param>
    /// <param name="steps">Tokens of each stream per call; changes speed and memory, not the result beyond rounding. Default 64.</param>
    /// <param name="rows">Streams, each from a zero state; 0 for as many, up to 32, as have 1,024 tokens each. Default 0.</param>
    /// <exception cref="ArgumentException">Steps are below 1, rows are negative, or a token is not in the vocabulary.</exception>
    /// <exception cref="DataException">There are fewer than two tokens.</exception>
    /// <exception cref="TrainingException">The loss is not a finite number.</exception>
    public static Evaluation Evaluate(LanguageModel model, int[] tokens, int steps = DefaultSteps, int rows = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tokens);
        Check.AtLeast(steps, 1, nameof(steps));
        Check.AtLeast(rows, 0, nameof(rows));
        ArgumentChecks.Indices(tokens, model.Vocabulary.Count, nameof(tokens));
        RequireTokens(tokens.Length, "the text to evaluate");
        (steps, rows) = Cut(tokens.Length, steps, rows);
        using var pass = model.CreatePass(steps, rows, training: false);
        return Evaluate(tokens, pass);
    }

    /// <summary>Throws unless there is a token to predict.</summary>
    internal static void RequireTokens(int tokens, string source)
    {
        if (tokens < 2)
            throw new DataException($"{OneLine.Clean(source)}: {(tokens == 1 ? "1 token is" : $"{tokens} tokens are")} too few; at least 2 are needed, one to read and one to predict");
    }

    /// <summary>The steps and rows of the pass over so many tokens, at least two: no more than there are.</summary>
    internal static (int Steps, int Rows) Cut(int tokens, int steps, int rows)
    {
        var streams = rows == 0 ? Math.Clamp(tokens / StreamTokens, 1, MostStreams) : Math.Min(rows, tokens - 1);
        return (Math.Min(steps, (tokens - 1) / streams), streams);
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
