using System.Numerics;

namespace NativeRnn.Backends.Managed;

/// <summary>A dense layer, y = x·Wᵀ + b: x [N, I], W [O, I], b [O] or empty, y [N, O].</summary>
internal sealed class DenseLayer<T>(IMatrixProduct<T> product) where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int BlockElements = 64 * 1024; // logits of a block: 256 KiB of floats stay in the second level of cache
    private const int MinimumRows = 16;          // enough rows to pay for reading W

    public void Forward(ReadOnlyMatrix<T> x, ReadOnlyMatrix<T> w, ReadOnlySpan<T> b, Matrix<T> y)
    {
        product.MultiplyTransposed(x, w, y, accumulate: false);
        if (!b.IsEmpty)
            MatrixRows.Add(b[..y.Columns], y);
    }

    /// <summary>δx = δy·W unless empty; δW += δyᵀ·x; δb += the sum of δy's rows unless empty.</summary>
    public void Backward(ReadOnlyMatrix<T> x, ReadOnlyMatrix<T> w, ReadOnlyMatrix<T> dy, Matrix<T> dx, Matrix<T> dw, Span<T> db)
    {
        if (!dx.IsEmpty)
            product.Multiply(dy, w, dx, accumulate: false);
        product.TransposedMultiply(dy, x, dw, accumulate: true);
        if (!db.IsEmpty)
            MatrixRows.Sum(dy, db);
    }

    /// <summary>Rows whose logits exist at the same time in <see cref="CrossEntropy"/>; their logits are the workspace.</summary>
    public static int RowsPerBlock(int N, int O) => Math.Min(N, Math.Max(MinimumRows, BlockElements / O));

    /// <summary>
    /// The layer, softmax cross entropy and all gradients, a block of rows at a time. Without <paramref name="dx"/> only the loss.
    /// </summary>
    public double CrossEntropy(double scale, ReadOnlyMatrix<T> x, ReadOnlyMatrix<T> w, ReadOnlySpan<T> b, ReadOnlySpan<int> targets,
        Span<T> workspace, Matrix<T> dx, Matrix<T> dw, Span<T> db)
    {
        var loss = 0.0;
        var block = RowsPerBlock(x.Rows, w.Rows);
        for (var first = 0; first < x.Rows; first += block)
        {
            var rows = Math.Min(block, x.Rows - first);
            var logits = new Matrix<T>(workspace, rows, w.Rows);
            var input = x.Slice(first, rows);
            Forward(input, w, b, logits);
            loss += Losses.CrossEntropy(scale, logits, targets.Slice(first, rows), dx.IsEmpty ? default : logits);
            if (!dx.IsEmpty)
                Backward(input, w, logits, dx.Slice(first, rows), dw, db);
        }
        return loss;
    }
}
