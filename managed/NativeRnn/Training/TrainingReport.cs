namespace NativeRnn.Training;

/// <summary>The part of the data that a report is about.</summary>
public enum DataSplit
{
    /// <summary>What is learnt from.</summary>
    Train,

    /// <summary>What is held out.</summary>
    Validation,
}

/// <summary>How training goes: the mean over the steps since the last report of the same split, or an evaluation.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="TotalSteps">Updates of the whole run.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Split">Which data.</param>
/// <param name="Loss">Mean cross entropy in nats per token.</param>
/// <param name="TokensPerSecond">Tokens read per second since the last report.</param>
/// <param name="GradientNorm">The norm before clipping in the last step; NaN for an evaluation.</param>
/// <param name="LearningRate">The rate of the last step.</param>
public readonly record struct TrainingReport(
    long Step, long TotalSteps, int Epoch, DataSplit Split, double Loss, double TokensPerSecond, double GradientNorm, double LearningRate)
{
    /// <summary>exp(loss).</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>loss / ln 2.</summary>
    public double BitsPerToken => Loss / Math.Log(2);
}
