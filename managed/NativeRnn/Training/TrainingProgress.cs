namespace NativeRnn.Training;

/// <summary>Where a run stands: all that a resumed run needs beside parameters, optimizer and recurrent state.</summary>
public sealed class TrainingProgress
{
    /// <summary>Updates done.</summary>
    public long Step { get; internal set; }

    /// <summary>The epoch under way, from 1; beyond the last one when the run is finished.</summary>
    public int Epoch { get; internal set; } = 1;

    /// <summary>Steps done in this epoch: the data cursor.</summary>
    public long StepInEpoch { get; internal set; }

    /// <summary>Sum of the losses since the last report.</summary>
    public double LossSum { get; internal set; }

    /// <summary>Steps since the last report.</summary>
    public int StepsSinceReport { get; internal set; }

    /// <summary>Every evaluation of the validation data so far.</summary>
    public IReadOnlyList<ValidationPoint> Validations { get; internal set; } = [];

    /// <summary>The lowest validation loss so far; infinite before the first.</summary>
    public double BestValidationLoss { get; internal set; } = double.PositiveInfinity;

    /// <summary>The step of <see cref="BestValidationLoss"/>.</summary>
    public long BestStep { get; internal set; }
}
