using NativeRnn.Backends;

namespace NativeRnn.Cli.Benchmarking;

/// <summary>One layer on one backend.</summary>
/// <param name="Shape">The layer.</param>
/// <param name="Backend">The backend's name.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Forward">The forward pass, with weights that were packed before.</param>
/// <param name="Both">Packing, forward pass, and backward pass with all gradients.</param>
internal sealed record LayerResult(RecurrentShape Shape, string Backend, int Threads, Measurement Forward, Measurement Both);
