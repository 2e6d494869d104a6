using System.Text.Json.Serialization;

namespace NativeRnn.Training;

/// <summary>Where a run stands, as JSON under the key <c>training</c> of a checkpoint's metadata.</summary>
internal sealed record TrainingMetadata(
    string Optimizer, long OptimizerSteps, string Backend, long Step, int Epoch, long StepInEpoch, double LossSum, int StepsSinceReport,
    double? BestValidationLoss, long BestStep, IReadOnlyList<ValidationPoint>? Validations = null);

/// <summary>Reads and writes the metadata without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TrainingMetadata))]
internal sealed partial class TrainingMetadataContext : JsonSerializerContext;
