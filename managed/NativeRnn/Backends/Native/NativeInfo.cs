namespace NativeRnn.Backends.Native;

/// <summary>What the native library chose and found.</summary>
/// <param name="Isa">The instruction set in use.</param>
/// <param name="Isas">All that this machine can run, best first.</param>
/// <param name="Lanes">Floats in one vector register of <paramref name="Isa"/>.</param>
/// <param name="Threads">Threads of the pool, the caller's included.</param>
/// <param name="AbiVersion">The version of the C interface.</param>
/// <param name="BlasCore">The core type that OpenBLAS picked.</param>
/// <param name="BlasVersion">OpenBLAS's configuration.</param>
public sealed record NativeInfo(string Isa, IReadOnlyList<string> Isas, int Lanes, int Threads, int AbiVersion, string BlasCore,
    string BlasVersion);
