namespace NativeRnn.Backends;

/// <summary>The recurrent cells. The values are those of <c>nrnn_cell</c> in <c>native/include/nativernn.h</c>.</summary>
public enum CellKind
{
    /// <summary>Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates of Gers et al. 2000); gates i, f, g, o.</summary>
    Lstm = 0,
}
