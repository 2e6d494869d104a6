namespace NativeRnn.Backends;

/// <summary>The recurrent cells. The values are those of <c>nrnn_cell</c> in <c>native/include/nativernn.h</c>.</summary>
public enum CellKind
{
    /// <summary>Long short-term memory (Hochreiter and Schmidhuber 1997, with forget gates of Gers et al. 2000); gates i, f, g, o.</summary>
    Lstm = 0,

    /// <summary>Gated recurrent unit whose reset gate acts after the recurrent product, as in PyTorch; gates r, z, n.</summary>
    Gru = 1,

    /// <summary>Gated recurrent unit whose reset gate acts before the recurrent product (Cho et al. 2014); gates r, z, n.</summary>
    GruResetBefore = 2,

    /// <summary>Simple recurrent layer (Elman 1990) with tanh.</summary>
    RnnTanh = 3,

    /// <summary>Simple recurrent layer with max(0, x).</summary>
    RnnRelu = 4,

    /// <summary>LSTM whose gates see c (Gers and Schmidhuber 2000); gates i, f, g, o.</summary>
    LstmPeephole = 5,

    /// <summary>LSTM with layer normalization (Ba, Kiros and Hinton 2016); gates i, f, g, o.</summary>
    LstmLayernorm = 6,

    /// <summary>LSTM with i = 1 − f (Greff et al. 2017); gates f, g, o.</summary>
    LstmCoupled = 7,

    /// <summary>Independently recurrent units (Li et al. 2018): each sees its own state only.</summary>
    Indrnn = 8,

    /// <summary>Minimal gated recurrent unit (Feng et al. 2024), whose gates see the input only; gates z, n.</summary>
    MinGru = 9,
}
