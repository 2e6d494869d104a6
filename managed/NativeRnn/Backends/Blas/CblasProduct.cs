using NativeRnn.Backends.Managed;

namespace NativeRnn.Backends.Blas;

/// <summary>Products by a CBLAS of the system, for measuring what else the native backend gains.</summary>
internal sealed unsafe class CblasProduct : IMatrixProduct<float>
{
    /// <summary>Loads the library.</summary>
    /// <exception cref="BackendException">There is none.</exception>
    public CblasProduct() => Fingerprint = CblasLibrary.Load();

    public string Fingerprint { get; }

    public void Multiply(ReadOnlyMatrix<float> a, ReadOnlyMatrix<float> b, Matrix<float> c, bool accumulate) =>
        Call(CblasMethods.NoTranspose, a, CblasMethods.NoTranspose, b, c, inner: a.Columns, accumulate);

    public void MultiplyTransposed(ReadOnlyMatrix<float> a, ReadOnlyMatrix<float> b, Matrix<float> c, bool accumulate) =>
        Call(CblasMethods.NoTranspose, a, CblasMethods.Transpose, b, c, inner: a.Columns, accumulate);

    public void TransposedMultiply(ReadOnlyMatrix<float> a, ReadOnlyMatrix<float> b, Matrix<float> c, bool accumulate) =>
        Call(CblasMethods.Transpose, a, CblasMethods.NoTranspose, b, c, inner: a.Rows, accumulate);

    private static void Call(int transA, ReadOnlyMatrix<float> a, int transB, ReadOnlyMatrix<float> b, Matrix<float> c, int inner,
        bool accumulate)
    {
        fixed (float* left = a.Data, right = b.Data, result = c.Data)
        {
            CblasMethods.cblas_sgemm(CblasMethods.RowMajor, transA, transB, c.Rows, c.Columns, inner, 1, left, a.Stride, right, b.Stride,
                accumulate ? 1 : 0, result, c.Stride);
        }
    }
}
