/* gemm.c - see gemm.h. */
#include "gemm.h"

#include "base.h"

#include <cblas.h>
#include <string.h>

enum {
    PART_ALIGN = 16, /* borders of parts: whole register tiles of OpenBLAS's kernels */
    PART_LEAST = 32  /* a dimension is not cut below this */
};

/* How many shards are worth it: each takes about a millisecond of one core or more. */
static int32_t parts_of(double flops) {
    return flops < 4e6 ? 1 : flops < 1.2e8 ? 2 : flops < 1e9 ? 4 : 8;
}

void nrnn_gemm_plan(nrnn_gemm *g) {
    int32_t parts = parts_of(2.0 * g->M * g->N * g->K);
    g->parts_m = g->parts_n = 1;
    for (; parts > 1; parts /= 2) {
        int32_t m = g->M / g->parts_m, n = g->N / g->parts_n;
        if (m >= n && m >= 2 * PART_LEAST)
            g->parts_m *= 2;
        else if (n >= 2 * PART_LEAST)
            g->parts_n *= 2;
        else
            break;
    }
}

void nrnn_gemm_shard(void *argument, int64_t index) {
    const nrnn_gemm *g = argument;
    int64_t im = index % g->parts_m, in = index / g->parts_m;
    int64_t m = nrnn_part_begin(g->M, g->parts_m, im, PART_ALIGN);
    int64_t n = nrnn_part_begin(g->N, g->parts_n, in, PART_ALIGN);
    int64_t rows = nrnn_part_begin(g->M, g->parts_m, im + 1, PART_ALIGN) - m;
    int64_t columns = nrnn_part_begin(g->N, g->parts_n, in + 1, PART_ALIGN) - n;
    float *c = g->c + m * g->ldc + n;
    if (g->bias)
        for (int64_t r = 0; r < rows; ++r)
            memcpy(c + r * g->ldc, g->bias + n, (size_t)columns * sizeof(float));
    cblas_sgemm(CblasRowMajor, g->transpose_a ? CblasTrans : CblasNoTrans, g->transpose_b ? CblasTrans : CblasNoTrans,
                (int)rows, (int)columns, g->K, 1, g->a + (g->transpose_a ? m : m * g->lda), (int)g->lda,
                g->b + (g->transpose_b ? n * g->ldb : n), (int)g->ldb, g->bias || g->accumulate ? 1 : 0, c,
                (int)g->ldc);
}

nrnn_work nrnn_gemm_work(nrnn_gemm *gemm) {
    nrnn_gemm_plan(gemm);
    return (nrnn_work){nrnn_gemm_shard, gemm, (int64_t)gemm->parts_m * gemm->parts_n};
}

bool nrnn_gemm_fits(int64_t rows, int64_t columns, int64_t stride) {
    return rows > 0 && rows <= INT32_MAX && columns > 0 && stride >= columns && stride <= INT32_MAX &&
           nrnn_fits(rows, stride, 1);
}
