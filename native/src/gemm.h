/* gemm.h - large products by OpenBLAS, cut into shards that follow from the shape alone.
 * OpenBLAS sums in an order that depends on the sizes of the product it is given, so a shard is always the same
 * product whoever runs it. */
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
    int32_t parts_m, parts_n; /* set by nrnn_gemm_plan */
} nrnn_gemm;

/* Decides the shards. Products are cut in two dimensions, the longer one first, because OpenBLAS repacks both of a
 * shard's operands; small products are not cut. */
void nrnn_gemm_plan(nrnn_gemm *gemm);

/* The task of the pool: argument is the nrnn_gemm, index one of parts_m * parts_n. */
void nrnn_gemm_shard(void *gemm, int64_t index);

/* Plans, and returns the entry for nrnn_pool_run_list. */
nrnn_work nrnn_gemm_work(nrnn_gemm *gemm);

/* Sizes OpenBLAS's 32-bit interface accepts. */
bool nrnn_gemm_fits(int64_t rows, int64_t columns, int64_t stride);

#endif
