namespace NativeRnn.Backends;

/// <summary>
/// What a model needs computed. Three implementations: <c>native</c> (the C library, the default), <c>managed</c> (readable C#, the
/// oracle) and <c>managed-blas</c> (the same with its products by a system CBLAS). Arrays are row-major float32. Gradients of
/// parameters are added to; gradients of activations are overwritten. Several threads may call: the native backend takes their calls one after the
/// other, the managed ones keep nothing between calls.
/// Equations and layouts: docs/math.md.
/// </summary>
/// <remarks>Every method throws <see cref="ArgumentException"/> when a span is shorter than its shape says or an index is out of range.</remarks>
public interface IBackend : IDisposable
{
    /// <summary><c>native</c>, <c>managed</c> or <c>managed-blas</c>.</summary>
    string Name { get; }

    /// <summary>One line: name, instruction set, threads, BLAS.</summary>
    string Description { get; }

    /// <summary>What results depend on beside the seed: two runs with the same fingerprint give the same bits.</summary>
    string Fingerprint { get; }

    /// <summary>Threads that share the work.</summary>
    int Threads { get; }

    /// <summary>How much memory a recurrent layer of this shape wants. Never falls as T or B grow.</summary>
    RecurrentSizes RecurrentSizes(in RecurrentShape shape);

    /// <summary>Brings the recurrent weights into the backend's order; due after every update.</summary>
    void RecurrentPack(in RecurrentShape shape, in RecurrentWeights weights, Span<float> packed);

    /// <summary>Runs a recurrent layer over T steps.</summary>
    void RecurrentForward(in RecurrentShape shape, in RecurrentForward arguments);

    /// <summary>Back-propagates through the T steps of the last <see cref="RecurrentForward"/>.</summary>
    void RecurrentBackward(in RecurrentShape shape, in RecurrentBackward arguments);

    /// <summary>rows[n] = table[ids[n]]; table [V, E], ids [N], rows [N, E].</summary>
    void EmbeddingForward(int E, ReadOnlySpan<float> table, ReadOnlySpan<int> ids, Span<float> rows);

    /// <summary>tableGradient[ids[n]] += rowsGradient[n], in the order of n.</summary>
    void EmbeddingBackward(int E, ReadOnlySpan<int> ids, ReadOnlySpan<float> rowsGradient, Span<float> tableGradient);

    /// <summary>y = x·Wᵀ + b.</summary>
    void DenseForward(in DenseShape shape, in DenseForward arguments);

    /// <summary>Gradients of <see cref="DenseForward"/>.</summary>
    void DenseBackward(in DenseShape shape, in DenseBackward arguments);

    /// <summary>Floats of scratch that <see cref="DenseCrossEntropy"/> wants.</summary>
    long DenseCrossEntropyWorkspace(in DenseShape shape);

    /// <summary>Dense layer, softmax cross entropy and (unless the input's gradient is empty) all gradients. Returns the scaled loss.</summary>
    double DenseCrossEntropy(in DenseShape shape, in DenseCrossEntropy arguments);

    /// <summary>Softmax cross entropy and its gradient; returns the loss.</summary>
    double CrossEntropy(in CrossEntropy arguments);

    /// <summary>A loss of single numbers and its gradient; returns the loss.</summary>
    double PointwiseLoss(in PointwiseLoss arguments);

    /// <summary>Floats of scratch that <see cref="Ctc"/> wants.</summary>
    long CtcWorkspace(int T, int B, int S);

    /// <summary>Connectionist temporal classification and its gradient; returns the loss.</summary>
    double Ctc(in Ctc arguments);

    /// <summary>Σ x², summed in double precision.</summary>
    double SumOfSquares(ReadOnlySpan<float> x);

    /// <summary>One update of all parameters by a rule.</summary>
    void Update(in UpdateRule rule, in UpdateArrays arrays);

    /// <summary>Uniform numbers in [0, 1), elements <paramref name="offset"/>… of the stream; see <see cref="Numerics.Philox"/>.</summary>
    void Philox(ulong seed, ulong stream, ulong offset, Span<float> uniform);

    /// <summary>
    /// A mask of dropout at <paramref name="rate"/>, 0 ≤ rate &lt; 1: 0 where the element of the stream is below the rate, else 1/(1−rate).
    /// </summary>
    void DropoutMask(ulong seed, ulong stream, ulong offset, double rate, Span<float> mask);
}
