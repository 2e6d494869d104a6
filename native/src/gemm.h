/* gemm.h - large products, cut into shards: by our own tiles (kernels/gemm.c) or by OpenBLAS, as the table of kernels
 * says. OpenBLAS sums in an order that depends on the sizes of the product it is given, so its shards follow from the
 * shape alone; ours does not, so its shards may follow the number of threads. */
#ifndef NRNN_GEMM_H
#define NRNN_GEMM_H

#include "pool.h"

#include <stdbool.h>
#include <stdint.h>

/* C[M,N] = A[M,K] B[K,N], row-major. transpose_x: the operand is stored as its transpose, with that row stride.
 * accumulate: C += instead. bias [N]: added to every row of C (then accumulate must be false). */
typedef struct nrnn_gemm {
    bool transpose_a, transpose_b, accumulate;
    int32_t M, N, K;
    const float *a, *b;
    float *c;
    int64_t lda, ldb, ldc;
    const float *bias;
    int32_t parts_m, parts_n; /* these two: set by nrnn_gemm_work */
    struct nrnn_context *context;
} nrnn_gemm;

/* Decides the shards, so that they copy as little as possible of both operands (small products are not cut), and
 * returns the entry for nrnn_pool_run_list. */
nrnn_work nrnn_gemm_work(struct nrnn_context *context, nrnn_gemm *gemm);

/* Sizes OpenBLAS's 32-bit interface accepts. */
bool nrnn_gemm_fits(int64_t rows, int64_t columns, int64_t stride);

#endif
