namespace NativeRnn.Backends.Native;

/// <summary>What the native library chose and found.</summary>
public sealed record NativeInfo
{
    internal NativeInfo(string isa, IReadOnlyList<string> isas, int lanes, int threads, int abiVersion, string blasCore, string blasVersion) =>
        (Isa, Isas, Lanes, Threads, AbiVersion, BlasCore, BlasVersion) = (isa, isas, lanes, threads, abiVersion, blasCore, blasVersion);

    /// <summary>The instruction set in use.</summary>
    public string Isa { get; }

    /// <summary>All that this machine can run, best first.</summary>
    public IReadOnlyList<string> Isas { get; }

    /// <summary>Floats in one vector register of <see cref="Isa"/>.</summary>
    public int Lanes { get; }

    /// <summary>Threads of the pool, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>The version of the C interface.</summary>
    public int AbiVersion { get; }

    /// <summary>The core type that OpenBLAS picked.</summary>
    public string BlasCore { get; }

    /// <summary>OpenBLAS's configuration.</summary>
    public string BlasVersion { get; }
}
