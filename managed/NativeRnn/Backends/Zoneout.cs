namespace NativeRnn.Backends;

/// <summary>
/// Zoneout (Krueger et al. 2017): units of h and c keep their value of the step before. In training each does by a draw of its own;
/// where <see cref="Expected"/> is set, each is mixed by the rate instead. <c>default</c> means none.
/// </summary>
/// <param name="Hidden">How often a unit of h keeps its value, 0…1.</param>
/// <param name="Cell">The same for c; 0 for cells without c.</param>
/// <param name="Seed">Seed of the draws.</param>
/// <param name="Stream">Stream of the draws for h; those for c are of the next one.</param>
/// <param name="Expected">Mix by the rates, as in evaluation.</param>
public readonly record struct Zoneout(float Hidden, float Cell, ulong Seed, ulong Stream, bool Expected = false);
