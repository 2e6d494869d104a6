using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Long short-term memory with layer normalization: x·W_ihᵀ and h·W_hhᵀ are normalized, each over its 4·H entries, and scaled before the
/// biases are added; c(t) is normalized, scaled and shifted before the output's activation, and carried on as it is.
/// It keeps c(t) and both products; backward puts their gradients there.
/// </summary>
internal sealed class LayerNormLstmCell<T>() : LstmCell<T>(new(CellKind.LstmLayernorm, "lstm_layernorm", gates: 4, hasCellState: true)
{
    HasLayerNorm = true,
    GateActivation = ActivationKind.Sigmoid,
    CandidateActivation = ActivationKind.Tanh,
    OutputActivation = ActivationKind.Tanh,
}) where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int KeptWidths = 9; // c 1, x·W_ihᵀ 4, h·W_hhᵀ 4

    public override int Kept => KeptWidths;

    public override void OpenGates(Matrix<T> gates, Matrix<T> kept, ReadOnlySpan<T> bias, in CellParameters<T> parameters)
    {
        var products = InputProduct(kept);
        for (var r = 0; r < gates.Rows; r++)
        {
            gates[r].CopyTo(products[r]);
            gates[r].Clear();
            new LayerNorm<T>(products[r]).Add(products[r], parameters.InputGain, gates[r]);
        }
        base.OpenGates(gates, kept, bias, parameters);
    }

    protected override void Recur(in RecurrentStep<T> step, IMatrixProduct<T> product)
    {
        var products = HiddenProduct(step.Kept);
        product.MultiplyTransposed(step.SeenHidden, step.HiddenWeights, products, accumulate: false);
        for (var b = 0; b < step.Gates.Rows; b++)
            new LayerNorm<T>(products[b]).Add(products[b], step.Parameters.HiddenGain, step.Gates[b]);
    }

    protected override void BackwardOfRecur(in RecurrentStep<T> step, Matrix<T> seenGradient, IMatrixProduct<T> product)
    {
        var inputs = InputProduct(step.Kept);
        var products = HiddenProduct(step.Kept);
        for (var b = 0; b < step.Gates.Rows; b++)
        {
            var sums = step.Gates[b];
            new LayerNorm<T>(inputs[b]).Backward(inputs[b], step.Parameters.InputGain, sums, step.Gradients.InputGain, inputs[b]);
            new LayerNorm<T>(products[b]).Backward(products[b], step.Parameters.HiddenGain, sums, step.Gradients.HiddenGain, products[b]);
        }
        product.Multiply(products, step.HiddenWeights, seenGradient, accumulate: false);
    }

    protected override void Show(in RecurrentStep<T> step, ReadOnlySpan<T> cell, Span<T> shown)
    {
        step.Parameters.CellBias.CopyTo(shown);
        new LayerNorm<T>(cell).Add(cell, step.Parameters.CellGain, shown);
    }

    protected override void BackwardOfShow(in RecurrentStep<T> step, ReadOnlySpan<T> cell, Span<T> shownGradient, Span<T> cellGradient)
    {
        TensorPrimitives.Add(shownGradient, step.Gradients.CellBias, step.Gradients.CellBias);
        new LayerNorm<T>(cell).Backward(cell, step.Parameters.CellGain, shownGradient, step.Gradients.CellGain, shownGradient);
        TensorPrimitives.Add(shownGradient, cellGradient, cellGradient);
    }

    public override ReadOnlyMatrix<T> InputProductGradient(Matrix<T> gates, Matrix<T> kept) => InputProduct(kept);

    public override void AddHiddenWeightsGradient(Matrix<T> gatesGradient, Matrix<T> kept, ReadOnlyMatrix<T> seenHidden,
        Matrix<T> hiddenWeightsGradient, IMatrixProduct<T> product) =>
        product.TransposedMultiply(HiddenProduct(kept), seenHidden, hiddenWeightsGradient, accumulate: true);

    /// <summary>x·W_ihᵀ, after backward its gradient.</summary>
    private static Matrix<T> InputProduct(Matrix<T> kept) => kept.SliceColumns(kept.Columns / KeptWidths, kept.Columns / KeptWidths * 4);

    /// <summary>h·W_hhᵀ, after backward its gradient.</summary>
    private static Matrix<T> HiddenProduct(Matrix<T> kept) => kept.SliceColumns(kept.Columns / KeptWidths * 5, kept.Columns / KeptWidths * 4);
}
