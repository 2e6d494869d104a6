namespace NativeRnn.Models;

/// <summary>How a next token is drawn from logits.</summary>
/// <param name="Temperature">Divides the logits; 0 takes the likeliest.</param>
/// <param name="TopK">Draw from the k likeliest only; 0 for all.</param>
/// <param name="Seed">Seed of the draws: the n-th token takes element n of the Philox stream.</param>
public readonly record struct Sampling(double Temperature = 1, int TopK = 0, ulong Seed = 1);
