using NativeRnn.Backends;
using NativeRnn.Models;

namespace NativeRnn.Training;

/// <summary>How a <see cref="Trainer"/> goes through the data.</summary>
public sealed record TrainingOptions
{
    /// <summary>Contiguous streams that run side by side, B. Default 32.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Steps of truncated back-propagation through time, T. Default 64.</summary>
    public int Bptt { get; init; } = 64;

    /// <summary>Passes through the training data. Default 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>What the gradients are of; the learning rate and <see cref="ClipNorm"/> refer to it. Default: the mean per token.</summary>
    public LossReduction Reduction { get; init; } = LossReduction.MeanPerToken;

    /// <summary>The global gradient norm is clipped to this, above 0; null for no clipping. Default null.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Factor of the learning rate, above 0 and at most 1, per epoch after <see cref="DecayAfterEpoch"/> (Zaremba et al. 2014). Default 1: constant.</summary>
    public double DecayFactor { get; init; } = 1;

    /// <summary>The last epoch at the full learning rate. Default 0.</summary>
    public int DecayAfterEpoch { get; init; }

    /// <summary>A report every so many steps. Default 50.</summary>
    public int ReportEvery { get; init; } = 50;

    /// <summary>A checkpoint every so many steps, beside the one after each epoch; 0 for none between. Default 0.</summary>
    public int CheckpointEvery { get; init; }

    /// <summary>Throws unless every setting is in its range and no array of a step is too long for a span.</summary>
    internal void Validate(LanguageModelOptions model)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Bptt, 1);
        ArgumentChecks.Addressable("the longest array of a step", model.LargestActivation(Bptt, Batch), nameof(Batch));
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReportEvery, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointEvery, 0);
        ArgumentOutOfRangeException.ThrowIfLessThan(DecayAfterEpoch, 0);
        if (ClipNorm is { } norm)
            Check.AboveZero(norm, nameof(ClipNorm));
        Check.AboveZero(DecayFactor, nameof(DecayFactor));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(DecayFactor, 1);
    }

    /// <summary>The factor of the learning rate in an epoch, counted from 1.</summary>
    internal double RateFactor(int epoch) => Math.Pow(DecayFactor, Math.Max(0, epoch - DecayAfterEpoch));
}
