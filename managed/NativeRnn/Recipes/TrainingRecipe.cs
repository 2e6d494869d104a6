using NativeRnn.Models;

namespace NativeRnn.Recipes;

/// <summary>The training: truncated back-propagation through time over parallel streams of the text.</summary>
/// <param name="Optimizer">The optimizer.</param>
/// <param name="Batch">The number of parallel streams, at least 1.</param>
/// <param name="Bptt">Steps of each stream per update, at least 1.</param>
/// <param name="Epochs">Passes over the text, at least 1.</param>
/// <param name="ClipNorm">The largest norm of all gradients together, above 0; a larger one is scaled down. Null: no clipping.</param>
/// <param name="ReportEvery">Updates between reports, at least 1.</param>
/// <param name="CheckpointEvery">Updates between checkpoints, at least 1; 0 for one after each epoch only.</param>
/// <param name="Decay">How the learning rate falls; null means that it does not.</param>
/// <param name="Reduction">How the losses of the tokens of an update become the one that gradients are of.</param>
/// <param name="Regularization">What acts beside the loss; null for nothing.</param>
public sealed record TrainingRecipe(
    OptimizerRecipe Optimizer,
    int Batch = 32,
    int Bptt = 64,
    int Epochs = 1,
    double? ClipNorm = null,
    int ReportEvery = 50,
    int CheckpointEvery = 500,
    DecayRecipe? Decay = null,
    LossReduction Reduction = LossReduction.MeanPerToken,
    RegularizationRecipe? Regularization = null)
{
    /// <summary>The optimizer.</summary>
    public OptimizerRecipe Optimizer { get; init => field = value ?? throw new ArgumentNullException(nameof(Optimizer)); } =
        Optimizer ?? throw new ArgumentNullException(nameof(Optimizer));

    /// <summary>How the learning rate falls.</summary>
    public DecayRecipe Decay { get; init => field = value ?? throw new ArgumentNullException(nameof(Decay)); } = Decay ?? new DecayRecipe();

    /// <summary>What acts beside the loss.</summary>
    public RegularizationRecipe Regularization { get; init => field = value ?? throw new ArgumentNullException(nameof(Regularization)); } =
        Regularization ?? new RegularizationRecipe();

    /// <summary>How the losses of the tokens of an update become the one that gradients are of.</summary>
    public LossReduction Reduction { get; init => field = Check.Known(value, nameof(Reduction)); } = Check.Known(Reduction, nameof(Reduction));
}
