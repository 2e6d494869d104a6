namespace NativeRnn.Models;

/// <summary>
/// What training draws random numbers for. Every purpose, place and step has a Philox stream of its own, so that a resumed run draws what an
/// uninterrupted one draws. The first values of parameters take the streams of purpose 0.
/// </summary>
internal enum TrainingStream
{
    Dropout = 1,
    Embedding,
    RecurrentState,
    RecurrentWeights,

    /// <summary>Takes the next stream, too.</summary>
    Zoneout,
}

/// <summary>Numbers the streams.</summary>
internal static class TrainingStreams
{
    /// <summary>The stream of a layer (up to 2¹⁰) in a step (below 2⁴⁴).</summary>
    public static ulong Of(this TrainingStream purpose, int layer, long step) => ((ulong)purpose << 56) | ((ulong)layer << 45) | ((ulong)step << 1);
}
