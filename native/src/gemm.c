/* gemm.c - see gemm.h. */
#include "gemm.h"

#include "base.h"
#include "kernels/kernels.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

enum {
    PART_ALIGN = 32, /* borders of parts: whole register tiles */
    PART_LEAST = 32  /* a dimension is not cut below this */
};

/* Products of a few columns, or all, as the table of kernels says; and those of rows with weights, as predictions must
 * not depend on how many rows are computed at once. Without vectors all are OpenBLAS's. */
static bool is_ours(const nrnn_gemm *g) {
    const int32_t columns = g->context->kernels->own_columns;
    return g->N <= columns || (g->transpose_b && columns > 0);
}

/* How many shards are worth it: each takes about a tenth of a millisecond or more. */
static int64_t parts_of(const nrnn_gemm *g) {
    const double flops = 2.0 * g->M * g->N * g->K;
    if (is_ours(g))
        return g->context->threads == 1 ? 1 : (int64_t)fmin(2.0 * g->context->threads, 1 + flops / 1e7);
    return flops < 4e6 ? 1 : flops < 1.2e8 ? 2 : flops < 1e9 ? 4 : 8;
}

/* What a cut costs: each shard copies its parts of both factors, floats one after another or transposed. */
static double cost_of(const nrnn_gemm *g, int64_t parts_m, int64_t parts_n) {
    return (double)g->M * (double)parts_n + (double)g->N * (double)parts_m * (g->transpose_b ? 3 : 1);
}

static void plan(nrnn_gemm *g) {
    const int64_t parts = parts_of(g);
    g->parts_m = g->parts_n = 1;
    double least = INFINITY;
    for (int64_t m = 1; m <= parts; ++m)
        if (parts % m == 0 && cost_of(g, m, parts / m) < least && g->M >= m * PART_LEAST &&
            g->N >= parts / m * PART_LEAST) {
            least = cost_of(g, m, parts / m);
            g->parts_m = (int32_t)m;
            g->parts_n = (int32_t)(parts / m);
        }
}

/* A part of the scratch memory that no other thread uses. There are as many as threads. */
static int32_t take_scratch(nrnn_context *context) {
    uint64_t taken = atomic_load_explicit(&context->scratch_taken, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&context->scratch_taken, &taken, taken | (taken + 1),
                                                  memory_order_acquire, memory_order_relaxed)) {
    }
    return __builtin_ctzll(~taken);
}

static void leave_scratch(nrnn_context *context, int32_t slot) {
    atomic_fetch_and_explicit(&context->scratch_taken, ~(UINT64_C(1) << slot), memory_order_release);
}

static void run_shard(void *argument, int64_t index) {
    const nrnn_gemm *g = argument;
    int64_t im = index % g->parts_m, in = index / g->parts_m;
    int64_t m = nrnn_part_begin(g->M, g->parts_m, im, PART_ALIGN);
    int64_t n = nrnn_part_begin(g->N, g->parts_n, in, PART_ALIGN);
    int64_t rows = nrnn_part_begin(g->M, g->parts_m, im + 1, PART_ALIGN) - m;
    int64_t columns = nrnn_part_begin(g->N, g->parts_n, in + 1, PART_ALIGN) - n;
    float *c = g->c + m * g->ldc + n;
    if (is_ours(g)) {
        nrnn_gemm part = *g;
        part.M = (int32_t)rows;
        part.N = (int32_t)columns;
        part.a += g->transpose_a ? m : m * g->lda;
        part.b += g->transpose_b ? n * g->ldb : n;
        part.c = c;
        part.bias = g->bias ? g->bias + n : NULL;
        const int32_t slot = take_scratch(g->context);
        g->context->kernels->gemm(&part, g->context->scratch + slot * g->context->kernels->scratch_floats);
        leave_scratch(g->context, slot);
        return;
    }
    if (g->bias)
        for (int64_t r = 0; r < rows; ++r)
            memcpy(c + r * g->ldc, g->bias + n, (size_t)columns * sizeof(float));
    cblas_sgemm(CblasRowMajor, g->transpose_a ? CblasTrans : CblasNoTrans, g->transpose_b ? CblasTrans : CblasNoTrans,
                (int)rows, (int)columns, g->K, 1, g->a + (g->transpose_a ? m : m * g->lda), (int)g->lda,
                g->b + (g->transpose_b ? n * g->ldb : n), (int)g->ldb, g->bias || g->accumulate ? 1 : 0, c,
                (int)g->ldc);
}

nrnn_work nrnn_gemm_work(nrnn_context *context, nrnn_gemm *gemm) {
    gemm->context = context;
    plan(gemm);
    return (nrnn_work){run_shard, gemm, (int64_t)gemm->parts_m * gemm->parts_n};
}

bool nrnn_gemm_fits(int64_t rows, int64_t columns, int64_t stride) {
    return rows > 0 && rows <= INT32_MAX && columns > 0 && stride >= columns && stride <= INT32_MAX &&
           nrnn_fits(rows, stride, 1);
}
