using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;
using NativeRnn.Models;
using NativeRnn.Serialization;

namespace NativeRnn.Training;

/// <summary>
/// A run on disk: the model file plus <c>training.optimizer.*</c> and <c>training.state.*</c> tensors, and where the run stands in the
/// metadata. There is no random state: what training draws depends on the seed and <see cref="TrainingProgress.Step"/> alone.
/// </summary>
internal static class TrainingCheckpoint
{
    /// <summary>The key in the metadata that makes a model file a checkpoint.</summary>
    public const string Key = "training";

    private const string OptimizerPrefix = ModelFile.TrainingPrefix + "optimizer.", StatePrefix = ModelFile.TrainingPrefix + "state.";

    /// <summary>Writes the run as a whole or not at all.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="path">The file.</param>
    /// <param name="more">What else the metadata should hold.</param>
    public static void Save(Trainer trainer, string path, IReadOnlyDictionary<string, string> more)
    {
        var metadata = ModelFile.Metadata(trainer.Model);
        metadata.Add(Key, JsonSerializer.Serialize(Describe(trainer), TrainingMetadataContext.Default.TrainingMetadata));
        foreach (var (key, value) in more)
            metadata.Add(key, value);

        var entries = ModelFile.Entries(trainer.Model);
        foreach (var (name, parameter) in OptimizerTensors(trainer))
            entries.Add(SafetensorsEntry.Floats(name, ModelFile.Long(parameter.Shape), () => parameter.In(StateOf(trainer, name))));
        entries.Add(SafetensorsEntry.Floats(StatePrefix + "h", StateShape(trainer, trainer.Model.Options.OutputWidth), () => trainer.State.Hidden));
        if (!trainer.State.Cell.IsEmpty)
            entries.Add(SafetensorsEntry.Floats(StatePrefix + "c", StateShape(trainer, trainer.Model.Options.Hidden), () => trainer.State.Cell));
        SafetensorsWriter.Write(path, metadata, entries);
    }

    /// <summary>Where the run of a checkpoint stands.</summary>
    /// <exception cref="CheckpointException">The file is a model without a run, or its metadata make no sense.</exception>
    public static TrainingMetadata ReadProgress(string path, SafetensorsFile file) => Parse(path, ModelFile.Required(path, file, Key));

    /// <summary>Brings a run to where the file stands. Nothing changes unless the whole file fits.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="stepsPerEpoch">Of the run's recipe on its text.</param>
    /// <param name="path">Names the file in messages.</param>
    /// <param name="file">The checkpoint.</param>
    /// <exception cref="CheckpointException">The file is no checkpoint, or of another model, optimizer or batch.</exception>
    public static TrainingMetadata Restore(Trainer trainer, long stepsPerEpoch, string path, SafetensorsFile file)
    {
        var metadata = ReadProgress(path, file);
        RequireConsistent(path, metadata, stepsPerEpoch);
        ModelFile.RequireSame(path, file, trainer.Model);
        if (metadata.Optimizer != trainer.Optimizer.Kind)
            throw new CheckpointException($"{path}: was trained with {OneLine.Quote(metadata.Optimizer)}, this run uses \"{trainer.Optimizer.Kind}\"; its state cannot go on");
        var parameters = trainer.Model.Parameters.All.Select(parameter => (parameter, ModelFile.Tensor(path, file, parameter.Name, ModelFile.Long(parameter.Shape)))).ToList();
        var optimizer = OptimizerTensors(trainer)
            .Select(tensor => (tensor.Name, tensor.Parameter, ModelFile.Tensor(path, file, tensor.Name, ModelFile.Long(tensor.Parameter.Shape)))).ToList();
        var hidden = ModelFile.Tensor(path, file, StatePrefix + "h", StateShape(trainer, trainer.Model.Options.OutputWidth));
        var cell = trainer.State.Cell.IsEmpty ? null : ModelFile.Tensor(path, file, StatePrefix + "c", StateShape(trainer, trainer.Model.Options.Hidden));

        foreach (var tensor in parameters.Select(pair => pair.Item2).Concat(optimizer.Select(triple => triple.Item3)).Append(hidden).Concat(cell is null ? [] : [cell]))
            RequireFinite(path, tensor);
        foreach (var (parameter, tensor) in parameters)
            tensor.CopyTo(parameter.Write());
        foreach (var (name, parameter, tensor) in optimizer)
            tensor.CopyTo(parameter.In(StateOf(trainer, name)));
        hidden.CopyTo(trainer.State.Hidden);
        cell?.CopyTo(trainer.State.Cell);
        trainer.Optimizer.Steps = metadata.OptimizerSteps;
        Apply(metadata, trainer.Progress);
        trainer.Optimizer.Observe(trainer.Progress.Validations);
        return metadata;
    }

    private static void RequireConsistent(string path, TrainingMetadata metadata, long stepsPerEpoch)
    {
        var expected = (metadata.Epoch - 1) * stepsPerEpoch + metadata.StepInEpoch;
        var consistent = metadata.StepInEpoch < stepsPerEpoch && metadata.Step == expected && metadata.OptimizerSteps == expected
            && metadata.StepsSinceReport <= metadata.Step && metadata.BestStep >= 0 && metadata.BestStep <= metadata.Step
            && (metadata.Validations ?? []).All(point => point.Step >= 0 && point.Step <= metadata.Step)
            && double.IsFinite(metadata.LossSum) && metadata.LossSum >= 0 && metadata.BestValidationLoss is null or >= 0;
        if (!consistent)
            throw new CheckpointException($"{path}: \"{Key}\" in the metadata gives steps, epochs or losses that no run of this recipe on this text can have; use another copy");
    }

    private static void RequireFinite(string path, SafetensorsTensor tensor)
    {
        if (!double.IsFinite(TensorPrimitives.SumOfSquares(MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span))))
            throw new CheckpointException($"{path}: the tensor {OneLine.Quote(tensor.Name)} has values that are not finite; the run cannot go on from there");
    }

    private static TrainingMetadata Describe(Trainer trainer)
    {
        var progress = trainer.Progress;
        return new TrainingMetadata(trainer.Optimizer.Kind, trainer.Optimizer.Steps, trainer.Model.Backend.Fingerprint, progress.Step,
            progress.Epoch, progress.StepInEpoch, progress.LossSum, progress.StepsSinceReport,
            double.IsFinite(progress.BestValidationLoss) ? progress.BestValidationLoss : null, progress.BestStep, progress.Validations);
    }

    private static void Apply(TrainingMetadata metadata, TrainingProgress progress)
    {
        (progress.Step, progress.Epoch, progress.StepInEpoch) = (metadata.Step, metadata.Epoch, metadata.StepInEpoch);
        (progress.LossSum, progress.StepsSinceReport) = (metadata.LossSum, metadata.StepsSinceReport);
        (progress.BestValidationLoss, progress.BestStep) = (metadata.BestValidationLoss ?? double.PositiveInfinity, metadata.BestStep);
        progress.Validations = metadata.Validations ?? [];
    }

    private static TrainingMetadata Parse(string path, string json)
    {
        TrainingMetadata? metadata;
        try
        {
            metadata = JsonSerializer.Deserialize(json, TrainingMetadataContext.Default.TrainingMetadata);
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"{path}: \"{Key}\" in the metadata is not what nativernn writes; use another copy of the file", e);
        }
        if (metadata is null || metadata.OptimizerSteps < 0 || metadata.Step < 0 || metadata.Epoch < 1 || metadata.StepInEpoch < 0 || metadata.StepsSinceReport < 0)
            throw new CheckpointException($"{path}: \"{Key}\" in the metadata counts steps or epochs below their first");
        return metadata;
    }

    private static IEnumerable<(string Name, Parameter Parameter)> OptimizerTensors(Trainer trainer) =>
        from state in trainer.Optimizer.StateNames
        from parameter in trainer.Model.Parameters.All
        select ($"{OptimizerPrefix}{state}.{parameter.Name}", parameter);

    private static Span<float> StateOf(Trainer trainer, string tensor) =>
        trainer.Optimizer.State(tensor[OptimizerPrefix.Length..].Split('.', 2)[0]);

    private static long[] StateShape(Trainer trainer, int width) => [trainer.Model.Options.Layers, trainer.Options.Batch, width];
}
