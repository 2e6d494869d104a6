namespace NativeRnn.Models;

/// <summary>
/// How the losses of a step's T·B tokens become the one number that gradients are of. Learning rate and clipping refer to it; what is reported
/// is nats per token whatever it is.
/// </summary>
public enum LossReduction
{
    /// <summary>Their mean.</summary>
    MeanPerToken,

    /// <summary>Their sum over the T steps, averaged over the B streams: T times the mean (the convention of Zaremba et al. 2014).</summary>
    MeanPerSequence,

    /// <summary>Their sum: T·B times the mean.</summary>
    Sum,
}
