using System.Text.Json.Serialization;

namespace NativeRnn.Models;

/// <summary>What a model file says of its model, as JSON under the key <c>model</c> of the safetensors metadata.</summary>
internal sealed record ModelMetadata(
    string Kind, string Cell, int Embedding, int Hidden, int Layers, int Projection = 0, string GateActivation = ModelMetadata.Default,
    string CandidateActivation = ModelMetadata.Default, string OutputActivation = ModelMetadata.Default, double Clip = 0,
    double ZoneoutHidden = 0, double ZoneoutCell = 0, bool TieWeights = false)
{
    private const string Default = "default";
}

/// <summary>Reads and writes the metadata without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ModelMetadata))]
internal sealed partial class ModelMetadataContext : JsonSerializerContext;
