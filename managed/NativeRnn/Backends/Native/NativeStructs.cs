using System.Runtime.CompilerServices;

namespace NativeRnn.Backends.Native;

#pragma warning disable IDE1006 // the names of the C header, verbatim

internal unsafe struct nrnn_options
{
    public int abi_version, threads;
    public byte* isa;
}

internal unsafe struct nrnn_info
{
    public int abi_version, threads, lanes, reserved;
    public byte* isa, isas, blas_core, blas_version;
}

internal struct nrnn_activation
{
    public int kind;
    public float alpha, beta;
}

internal struct nrnn_recurrent_shape
{
    public int cell, has_bias;
    public int T, B, I, H;
    public int reverse, P;
    public long x_stride, y_stride, R;
    public nrnn_activation gate, candidate, output;
    public float clip;
    public int masked, zoneout;
}

internal struct nrnn_recurrent_sizes
{
    public long packed, reserve, workspace;
}

internal unsafe struct nrnn_recurrent_weights
{
    public float* w_ih, w_hh, b_ih, b_hh, w_hr;
    public float* w_peephole, ln_ih_gain, ln_hh_gain, ln_c_gain, ln_c_bias;
}

internal struct nrnn_zoneout
{
    public float h, c;
    public int expect, reserved;
    public ulong seed, stream;
}

internal unsafe struct nrnn_recurrent_forward_args
{
    public float* x, w_ih, packed, h_0, c_0;
    public float* y, h_n, c_n, reserve, workspace;
    public int* step_rows;
    public float* h_mask;
    public nrnn_zoneout zoneout;
}

internal unsafe struct nrnn_recurrent_backward_args
{
    public float* x, w_ih, packed, h_0, c_0, y, dy, dh_n, dc_n;
    public float* reserve, workspace;
    public float* dx, dh_0, dc_0;
    public float* dw_ih, dw_hh, db_ih, db_hh;
    public int* step_rows;
    public float* h_mask;
    public nrnn_zoneout zoneout;
    public float* dw_hr, dw_peephole, dln_ih_gain, dln_hh_gain, dln_c_gain, dln_c_bias;
}

internal unsafe struct nrnn_dense_args
{
    public long N;
    public int I, O;
    public float* x, w, b;
    public float* y;
    public float* dy;
    public float* dx, dw, db;
}

internal unsafe struct nrnn_cross_entropy_args
{
    public long N;
    public int V, mean, ignores, ignored;
    public double scale, label_smoothing;
    public float* class_weights, logits;
    public int* targets;
    public float* dlogits;
    public double loss;
}

internal unsafe struct nrnn_pointwise_loss_args
{
    public int loss_kind, columns;
    public long N;
    public double scale, setting, floor;
    public float* weights, positive_weights, input, target, dinput;
    public double loss;
}

internal unsafe struct nrnn_ctc_args
{
    public int T, B, C, S, blank, mean, zero_infinity, reserved;
    public double scale;
    public float* logits;
    public int* targets, input_lengths, target_lengths;
    public float* dlogits, workspace;
    public double loss;
}

internal unsafe struct nrnn_dense_cross_entropy_args
{
    public long N;
    public int I, V;
    public double scale;
    public float* x, w, b;
    public int* targets;
    public float* dx, dw, db;
    public float* workspace;
    public double loss;
}

internal unsafe struct nrnn_update_args
{
    public int rule, nesterov;
    public long n;
    public double grad_scale, limit, l2, shrink, rate, mean_rate, momentum, dampening, beta1, beta2, eps, root, average;
    public float* p, grad, first, second, third;
}

/// <summary>The values of the enumeration <c>nrnn_status</c>.</summary>
internal enum nrnn_status
{
    NRNN_OK = 0,
    NRNN_BAD_ARGUMENT = 1,
    NRNN_BAD_ABI = 2,
    NRNN_NO_MEMORY = 3,
    NRNN_NO_ISA = 4,
    NRNN_NO_THREAD = 5,
}

/// <summary>Sizes that are compared with those of the library when it is loaded.</summary>
internal static class NativeStructs
{
    /// <summary>The version of the header that these structs mirror.</summary>
    public const int AbiVersion = 3;

    /// <summary>Name and size in bytes in the order of the header's <c>nrnn_struct</c>.</summary>
    public static (string Name, int Size)[] Sizes { get; } =
    [
        (nameof(nrnn_options), Unsafe.SizeOf<nrnn_options>()),
        (nameof(nrnn_info), Unsafe.SizeOf<nrnn_info>()),
        (nameof(nrnn_recurrent_shape), Unsafe.SizeOf<nrnn_recurrent_shape>()),
        (nameof(nrnn_recurrent_sizes), Unsafe.SizeOf<nrnn_recurrent_sizes>()),
        (nameof(nrnn_recurrent_weights), Unsafe.SizeOf<nrnn_recurrent_weights>()),
        (nameof(nrnn_recurrent_forward_args), Unsafe.SizeOf<nrnn_recurrent_forward_args>()),
        (nameof(nrnn_recurrent_backward_args), Unsafe.SizeOf<nrnn_recurrent_backward_args>()),
        (nameof(nrnn_dense_args), Unsafe.SizeOf<nrnn_dense_args>()),
        (nameof(nrnn_cross_entropy_args), Unsafe.SizeOf<nrnn_cross_entropy_args>()),
        (nameof(nrnn_dense_cross_entropy_args), Unsafe.SizeOf<nrnn_dense_cross_entropy_args>()),
        (nameof(nrnn_update_args), Unsafe.SizeOf<nrnn_update_args>()),
        (nameof(nrnn_pointwise_loss_args), Unsafe.SizeOf<nrnn_pointwise_loss_args>()),
        (nameof(nrnn_ctc_args), Unsafe.SizeOf<nrnn_ctc_args>()),
    ];
}
