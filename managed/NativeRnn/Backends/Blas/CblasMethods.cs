using System.Runtime.InteropServices;

namespace NativeRnn.Backends.Blas;

#pragma warning disable IDE1006 // the names of the C interface, verbatim

/// <summary>The one function of CBLAS that the products need. Sizes are 32-bit integers (LP64).</summary>
internal static unsafe partial class CblasMethods
{
    public const string Library = "cblas";
    public const int RowMajor = 101, NoTranspose = 111, Transpose = 112;

    /// <summary>C = alpha·op(A)·op(B) + beta·C; op(A) [m, k], op(B) [k, n], C [m, n].</summary>
    [LibraryImport(Library)]
    public static partial void cblas_sgemm(int order, int transA, int transB, int m, int n, int k, float alpha, float* a, int lda, float* b,
        int ldb, float beta, float* c, int ldc);
}
