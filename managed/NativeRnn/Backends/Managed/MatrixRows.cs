using System.Numerics;
using System.Numerics.Tensors;

namespace NativeRnn.Backends.Managed;

/// <summary>What layers do with the rows of a matrix.</summary>
internal static class MatrixRows
{
    /// <summary>Adds <paramref name="row"/> to every row of <paramref name="matrix"/>.</summary>
    public static void Add<T>(ReadOnlySpan<T> row, Matrix<T> matrix) where T : unmanaged, INumber<T>
    {
        for (var r = 0; r < matrix.Rows; r++)
            TensorPrimitives.Add(matrix[r], row, matrix[r]);
    }

    /// <summary>Adds every row of <paramref name="matrix"/> to <paramref name="sum"/>.</summary>
    public static void Sum<T>(ReadOnlyMatrix<T> matrix, Span<T> sum) where T : unmanaged, INumber<T>
    {
        sum = sum[..matrix.Columns];
        for (var r = 0; r < matrix.Rows; r++)
            TensorPrimitives.Add(sum, matrix[r], sum);
    }

    /// <summary>Copies all rows, unless <paramref name="to"/> is not wanted.</summary>
    public static void Copy<T>(ReadOnlyMatrix<T> from, Matrix<T> to)
    {
        for (var r = 0; r < (to.IsEmpty ? 0 : from.Rows); r++)
            from[r].CopyTo(to[r]);
    }

    /// <summary>Copies all rows, or clears them where there is nothing to copy.</summary>
    public static void CopyOrClear<T>(ReadOnlyMatrix<T> from, Matrix<T> to)
    {
        for (var r = 0; r < to.Rows; r++)
        {
            if (from.IsEmpty)
                to[r].Clear();
            else
                from[r].CopyTo(to[r]);
        }
    }
}
