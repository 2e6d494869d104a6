namespace NativeRnn.Models;

/// <summary>The parameters of one recurrent layer.</summary>
internal readonly record struct LayerParameters(Parameter InputWeights, Parameter HiddenWeights, Parameter InputBias, Parameter HiddenBias);
