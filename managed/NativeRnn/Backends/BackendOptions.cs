namespace NativeRnn.Backends;

/// <summary>How to create a backend.</summary>
public sealed record BackendOptions
{
    /// <summary><c>native</c> (the default), <c>managed</c> or <c>managed-blas</c>.</summary>
    public string Name { get; init => field = value ?? throw new ArgumentNullException(nameof(Name)); } = "native";

    /// <summary>The instruction set of the native backend; null: <c>NATIVERNN_ISA</c>, or the best that the machine has.</summary>
    public string? Isa { get; init; }

    /// <summary>
    /// Threads, at most 64; 0: as many as the backend has. That is 1 on the managed ones, which refuse more; on the native one it is
    /// <c>NATIVERNN_THREADS</c>, or as many as the process may use.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or above 64.</exception>
    public int Threads { get; init => field = Check.Within(value, 0, MostThreads, nameof(Threads)); }

    internal const int MostThreads = 64;
}
