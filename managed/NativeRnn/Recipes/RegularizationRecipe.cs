namespace NativeRnn.Recipes;

/// <summary>What acts in training beside the loss; see <see cref="Models.Regularization"/>. Rates are from 0 to below 1.</summary>
/// <param name="InputDropout">How often an entry of the first layer's input is dropped.</param>
/// <param name="LayerDropout">The same between layers.</param>
/// <param name="OutputDropout">The same of what the last layer gives to the dense one.</param>
/// <param name="Variational">Whether those three drop the same entries in all steps of an update.</param>
/// <param name="RecurrentDropout">How often an entry of h is dropped where it enters the recurrent product.</param>
/// <param name="EmbeddingDropout">How often a token's whole vector is dropped.</param>
/// <param name="WeightDrop">How often an entry of weight_hh is dropped.</param>
/// <param name="ActivationPenalty">Factor of the mean square of what the last layer gives, at least 0.</param>
/// <param name="TemporalPenalty">Factor of the mean square of its change from step to step, at least 0.</param>
public sealed record RegularizationRecipe(
    double InputDropout = 0,
    double LayerDropout = 0,
    double OutputDropout = 0,
    bool Variational = false,
    double RecurrentDropout = 0,
    double EmbeddingDropout = 0,
    double WeightDrop = 0,
    double ActivationPenalty = 0,
    double TemporalPenalty = 0);
