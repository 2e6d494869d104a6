using NativeRnn.Backends;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>How a <see cref="Trainer"/> goes through the data. A value out of range is refused when it is set.</summary>
public sealed record TrainingOptions
{
    /// <summary>Contiguous streams that run side by side, B, at least 1. Default 32.</summary>
    public int Batch { get; init => field = Check.AtLeast(value, 1, nameof(Batch)); } = 32;

    /// <summary>Steps of truncated back-propagation through time, T, at least 1. Default 64.</summary>
    public int Bptt { get; init => field = Check.AtLeast(value, 1, nameof(Bptt)); } = 64;

    /// <summary>Passes through the training data, at least 1. Default 1.</summary>
    public int Epochs { get; init => field = Check.AtLeast(value, 1, nameof(Epochs)); } = 1;

    /// <summary>What the gradients are of; the learning rate and <see cref="ClipNorm"/> refer to it. Default: the mean per token.</summary>
    public LossReduction Reduction { get; init => field = Check.Known(value, nameof(Reduction)); } = LossReduction.MeanPerToken;

    /// <summary>The global gradient norm is clipped to this, above 0; null for no clipping. Default null.</summary>
    public double? ClipNorm { get; init => field = value is { } norm ? Check.AboveZero(norm, nameof(ClipNorm)) : null; }

    /// <summary>Factor of the learning rate, above 0 and at most 1, per epoch after <see cref="DecayAfterEpoch"/> (Zaremba et al. 2014). Default 1: constant.</summary>
    public double DecayFactor { get; init => field = Check.Within(value, Check.Smallest, 1, nameof(DecayFactor)); } = 1;

    /// <summary>The last epoch at the full learning rate, at least 0. Default 0.</summary>
    public int DecayAfterEpoch { get; init => field = Check.AtLeast(value, 0, nameof(DecayAfterEpoch)); }

    /// <summary>What acts in training beside the loss. Default: nothing.</summary>
    public Regularization Regularization { get; init => field = value ?? throw new ArgumentNullException(nameof(Regularization)); } = Regularization.None;

    /// <summary>A report every so many steps, at least 1. Default 50.</summary>
    public int ReportEvery { get; init => field = Check.AtLeast(value, 1, nameof(ReportEvery)); } = 50;

    /// <summary>A checkpoint every so many steps, beside the one after each epoch; 0 for none between. Default 0.</summary>
    public int CheckpointEvery { get; init => field = Check.AtLeast(value, 0, nameof(CheckpointEvery)); }

    /// <summary>Throws unless no array of a step of that model is too long for a span.</summary>
    internal void RequireAddressable(LanguageModelOptions model, string parameter) =>
        ArgumentChecks.Addressable($"the longest array of a step with Batch = {Batch} and Bptt = {Bptt}", model.LargestActivation(Bptt, Batch), parameter);

    /// <summary>The factor of the learning rate in an epoch, counted from 1.</summary>
    internal double RateFactor(int epoch) => Math.Pow(DecayFactor, Math.Max(0, epoch - DecayAfterEpoch));
}
