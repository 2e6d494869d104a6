namespace NativeRnn.Models;

/// <summary>How a next token is drawn from logits.</summary>
/// <param name="Temperature">Divides the logits; 0 takes the likeliest.</param>
/// <param name="TopK">Draw from the k likeliest only; 0 for all.</param>
/// <param name="Seed">Seed of the draws: the n-th token takes element n of the Philox stream.</param>
/// <exception cref="ArgumentOutOfRangeException">The temperature is negative or not a finite number, or top-k is negative.</exception>
public readonly record struct Sampling(double Temperature = 1, int TopK = 0, ulong Seed = 1)
{
    /// <summary>Divides the logits; 0 takes the likeliest.</summary>
    public double Temperature { get; init => field = Check.FiniteAtLeastZero(value, nameof(Temperature)); } =
        Check.FiniteAtLeastZero(Temperature, nameof(Temperature));

    /// <summary>Draw from the k likeliest only; 0 for all.</summary>
    public int TopK { get; init => field = Check.AtLeast(value, 0, nameof(TopK)); } = Check.AtLeast(TopK, 0, nameof(TopK));
}
