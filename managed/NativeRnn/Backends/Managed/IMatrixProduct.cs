namespace NativeRnn.Backends.Managed;

/// <summary>
/// The three products that training needs. Each writes C, or adds to it where <c>accumulate</c> is set; C overlaps neither input.
/// </summary>
internal interface IMatrixProduct<T>
{
    /// <summary>What results depend on: the instruction set or the library that multiplies.</summary>
    string Fingerprint { get; }

    /// <summary>C [M, N] = A·B; A [M, K], B [K, N].</summary>
    void Multiply(ReadOnlyMatrix<T> a, ReadOnlyMatrix<T> b, Matrix<T> c, bool accumulate);

    /// <summary>C [M, N] = A·Bᵀ; A [M, K], B [N, K].</summary>
    void MultiplyTransposed(ReadOnlyMatrix<T> a, ReadOnlyMatrix<T> b, Matrix<T> c, bool accumulate);

    /// <summary>C [M, N] = Aᵀ·B; A [K, M], B [K, N].</summary>
    void TransposedMultiply(ReadOnlyMatrix<T> a, ReadOnlyMatrix<T> b, Matrix<T> c, bool accumulate);
}
