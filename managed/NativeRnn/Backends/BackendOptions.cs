namespace NativeRnn.Backends;

/// <summary>How to create a backend.</summary>
public sealed record BackendOptions
{
    /// <summary><c>native</c> (the default), <c>managed</c> or <c>managed-blas</c>.</summary>
    public string Name { get; init; } = "native";

    /// <summary>The instruction set of the native backend; null: <c>NATIVERNN_ISA</c>, or the best that the machine has.</summary>
    public string? Isa { get; init; }

    /// <summary>Threads; 0: <c>NATIVERNN_THREADS</c>, or as many as the process may use.</summary>
    public int Threads { get; init; }
}
