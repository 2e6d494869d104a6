namespace NativeRnn.Recipes;

/// <summary>How the learning rate falls from epoch to epoch.</summary>
/// <param name="Factor">What the rate is multiplied by in every epoch after <paramref name="AfterEpoch"/>, in (0, 1].</param>
/// <param name="AfterEpoch">The last epoch at the full rate, at least 0; epochs count from 1.</param>
public sealed record DecayRecipe(double Factor = 1, int AfterEpoch = 0);
