using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NativeRnn.Backends.Managed;

/// <summary>
/// Products by the vector arithmetic of System.Numerics.Tensors on one thread: sums of scaled rows and dot products of rows. What a
/// loop reads again and again is cut into blocks that stay in the first or second level of cache.
/// </summary>
internal sealed class ManagedProduct<T> : IMatrixProduct<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int BlockBytes = 128 * 1024; // half of a second-level cache of 256 KiB, the smallest that is common

    public string Fingerprint { get; } =
        Vector512.IsHardwareAccelerated ? "vector512" : Vector256.IsHardwareAccelerated ? "vector256" : "vector128";

    /// <summary>C's row m is the sum over k of A[m, k] times B's row k; a block of B's rows serves all rows of C.</summary>
    public void Multiply(ReadOnlyMatrix<T> a, ReadOnlyMatrix<T> b, Matrix<T> c, bool accumulate)
    {
        if (!accumulate)
            Clear(c);
        var block = RowsPerBlock(c.Columns);
        for (var first = 0; first < a.Columns; first += block)
        {
            var end = Math.Min(first + block, a.Columns);
            for (var m = 0; m < c.Rows; m++)
            {
                var row = c[m];
                var factors = a[m];
                for (var k = first; k < end; k++)
                    AddScaled(factors[k], b[k], row);
            }
        }
    }

    /// <summary>C[m, n] is the dot product of A's row m and B's row n; a block of B's rows serves all rows of A.</summary>
    public void MultiplyTransposed(ReadOnlyMatrix<T> a, ReadOnlyMatrix<T> b, Matrix<T> c, bool accumulate)
    {
        var block = RowsPerBlock(a.Columns);
        for (var first = 0; first < b.Rows; first += block)
        {
            var end = Math.Min(first + block, b.Rows);
            for (var m = 0; m < c.Rows; m++)
            {
                var row = c[m];
                var left = a[m];
                for (var n = first; n < end; n++)
                {
                    var dot = TensorPrimitives.Dot(left, b[n]);
                    row[n] = accumulate ? row[n] + dot : dot;
                }
            }
        }
    }

    /// <summary>Every k adds A[k, m] times B's row k to C's row m; a block of C's rows stays in cache while k runs.</summary>
    public void TransposedMultiply(ReadOnlyMatrix<T> a, ReadOnlyMatrix<T> b, Matrix<T> c, bool accumulate)
    {
        if (!accumulate)
            Clear(c);
        var block = RowsPerBlock(c.Columns);
        for (var first = 0; first < c.Rows; first += block)
        {
            var end = Math.Min(first + block, c.Rows);
            for (var k = 0; k < a.Rows; k++)
            {
                var factors = a[k];
                var row = b[k];
                for (var m = first; m < end; m++)
                    AddScaled(factors[m], row, c[m]);
            }
        }
    }

    private static void AddScaled(T factor, ReadOnlySpan<T> x, Span<T> sum) => TensorPrimitives.MultiplyAddEstimate(x, factor, sum, sum);

    private static int RowsPerBlock(int columns) => Math.Max(1, BlockBytes / Unsafe.SizeOf<T>() / Math.Max(1, columns));

    private static void Clear(Matrix<T> c)
    {
        for (var m = 0; m < c.Rows; m++)
            c[m].Clear();
    }
}
