namespace NativeRnn.Training;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Loss">Mean cross entropy in nats per token.</param>
/// <param name="Tokens">Tokens predicted.</param>
public readonly record struct Evaluation(double Loss, long Tokens)
{
    /// <summary>exp(loss).</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>loss / ln 2.</summary>
    public double BitsPerToken => Loss / Math.Log(2);
}
