using System.Runtime.InteropServices;

namespace NativeRnn.Backends.Native;

#pragma warning disable IDE1006 // the names of the C header, verbatim

/// <summary>The functions of <c>native/include/nativernn.h</c>, where they are described.</summary>
internal static unsafe partial class NativeMethods
{
    public const string Library = "nativernn";

    /// <summary>All of them: a library that lacks one is refused when it is loaded, not in the middle of a run.</summary>
    public static readonly string[] Names =
    [
        nameof(nrnn_abi_version), nameof(nrnn_struct_size), nameof(nrnn_status_text), nameof(nrnn_allocations),
        nameof(nrnn_context_create), nameof(nrnn_context_destroy), nameof(nrnn_context_info), nameof(nrnn_recurrent_sizes_of),
        nameof(nrnn_recurrent_pack), nameof(nrnn_recurrent_forward), nameof(nrnn_recurrent_backward), nameof(nrnn_embedding_forward),
        nameof(nrnn_embedding_backward), nameof(nrnn_dense_forward), nameof(nrnn_dense_backward), nameof(nrnn_cross_entropy),
        nameof(nrnn_dense_cross_entropy_workspace), nameof(nrnn_dense_cross_entropy), nameof(nrnn_pointwise_loss), nameof(nrnn_ctc_workspace),
        nameof(nrnn_ctc), nameof(nrnn_sum_of_squares), nameof(nrnn_update), nameof(nrnn_philox), nameof(nrnn_dropout_mask),
        nameof(nrnn_fma_chains),
    ];

    [LibraryImport(Library)]
    public static partial int nrnn_abi_version();

    [LibraryImport(Library)]
    public static partial int nrnn_struct_size(int which);

    [LibraryImport(Library)]
    public static partial byte* nrnn_status_text(int status);

    [LibraryImport(Library)]
    public static partial long nrnn_allocations();

    [LibraryImport(Library)]
    public static partial int nrnn_context_create(nrnn_options* options, nint* context);

    [LibraryImport(Library)]
    public static partial int nrnn_context_destroy(nint context);

    [LibraryImport(Library)]
    public static partial int nrnn_context_info(NativeContextHandle context, nrnn_info* info);

    [LibraryImport(Library)]
    public static partial int nrnn_recurrent_sizes_of(NativeContextHandle context, nrnn_recurrent_shape* shape,
        nrnn_recurrent_sizes* sizes);

    [LibraryImport(Library)]
    public static partial int nrnn_recurrent_pack(NativeContextHandle context, nrnn_recurrent_shape* shape, nrnn_recurrent_weights* weights,
        float* packed);

    [LibraryImport(Library)]
    public static partial int nrnn_recurrent_forward(NativeContextHandle context, nrnn_recurrent_shape* shape,
        nrnn_recurrent_forward_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_recurrent_backward(NativeContextHandle context, nrnn_recurrent_shape* shape,
        nrnn_recurrent_backward_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_embedding_forward(NativeContextHandle context, long n, int V, int E, float* table, int* ids,
        float* rows);

    [LibraryImport(Library)]
    public static partial int nrnn_embedding_backward(NativeContextHandle context, long n, int V, int E, int* ids, float* drows,
        float* dtable);

    [LibraryImport(Library)]
    public static partial int nrnn_dense_forward(NativeContextHandle context, nrnn_dense_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_dense_backward(NativeContextHandle context, nrnn_dense_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_cross_entropy(NativeContextHandle context, nrnn_cross_entropy_args* args);

    [LibraryImport(Library)]
    public static partial long nrnn_dense_cross_entropy_workspace(long N, int I, int V);

    [LibraryImport(Library)]
    public static partial int nrnn_dense_cross_entropy(NativeContextHandle context, nrnn_dense_cross_entropy_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_pointwise_loss(NativeContextHandle context, nrnn_pointwise_loss_args* args);

    [LibraryImport(Library)]
    public static partial long nrnn_ctc_workspace(int T, int B, int S);

    [LibraryImport(Library)]
    public static partial int nrnn_ctc(NativeContextHandle context, nrnn_ctc_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_sum_of_squares(NativeContextHandle context, long n, float* x, double* sum);

    [LibraryImport(Library)]
    public static partial int nrnn_update(NativeContextHandle context, nrnn_update_args* args);

    [LibraryImport(Library)]
    public static partial int nrnn_philox(NativeContextHandle context, ulong seed, ulong stream, ulong offset, long n, float* @out);

    [LibraryImport(Library)]
    public static partial int nrnn_dropout_mask(NativeContextHandle context, ulong seed, ulong stream, ulong offset, double rate, long n,
        float* mask);

    [LibraryImport(Library)]
    public static partial int nrnn_fma_chains(NativeContextHandle context, int threads, long iterations, double* flops);
}
