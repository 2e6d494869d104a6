namespace NativeRnn.Backends.Managed;

/// <summary><see cref="RecurrentWeights"/> for any kind of number, without W_ih; empty where a layer has no such parameter.</summary>
internal readonly ref struct LayerWeights<T>
{
    public ReadOnlySpan<T> Hidden { get; init; }
    public ReadOnlySpan<T> InputBias { get; init; }
    public ReadOnlySpan<T> HiddenBias { get; init; }
    public ReadOnlySpan<T> Projection { get; init; }
    public CellParameters<T> Parameters { get; init; }
}
