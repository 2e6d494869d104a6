/* dense.c - the dense layer: y = x w^T + b and its gradients. */
#include "base.h"
#include "cpu.h"
#include "gemm.h"
#include "kernels/kernels.h"
#include "pool.h"

enum { BIAS_COLUMNS = 256 };

static bool sizes_ok(const nrnn_context *context, const nrnn_dense_args *a) {
    return context && a && nrnn_gemm_fits(a->N, a->I, a->I) && nrnn_gemm_fits(a->N, a->O, a->O) &&
           nrnn_gemm_fits(a->O, a->I, a->I) && a->x && a->w;
}

int32_t nrnn_dense_forward(nrnn_context *context, const nrnn_dense_args *a) {
    if (!sizes_ok(context, a) || !a->y)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    nrnn_gemm y = {.transpose_b = true,
                   .M = (int32_t)a->N,
                   .N = a->O,
                   .K = a->I,
                   .a = a->x,
                   .lda = a->I,
                   .b = a->w,
                   .ldb = a->I,
                   .c = a->y,
                   .ldc = a->O,
                   .bias = a->b};
    const nrnn_work work = nrnn_gemm_work(context, &y);
    nrnn_pool_run_list(context->pool, &work, 1);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

typedef struct bias_job {
    const nrnn_kernels *kernels;
    const nrnn_dense_args *args;
} bias_job;

static void bias_shard(void *argument, int64_t index) {
    const bias_job *job = argument;
    const nrnn_dense_args *a = job->args;
    const int64_t column = index * BIAS_COLUMNS, columns = nrnn_min(BIAS_COLUMNS, a->O - column);
    job->kernels->add_column_sums(a->N, columns, a->dy + column, a->O, a->db + column, NULL);
}

int32_t nrnn_dense_backward(nrnn_context *context, const nrnn_dense_args *a) {
    if (!sizes_ok(context, a) || !a->dy || !a->dw || !a->b != !a->db)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    nrnn_gemm dw = {.transpose_a = true,
                    .accumulate = true,
                    .M = a->O,
                    .N = a->I,
                    .K = (int32_t)a->N,
                    .a = a->dy,
                    .lda = a->O,
                    .b = a->x,
                    .ldb = a->I,
                    .c = a->dw,
                    .ldc = a->I};
    nrnn_gemm dx = {.M = (int32_t)a->N,
                    .N = a->I,
                    .K = a->O,
                    .a = a->dy,
                    .lda = a->O,
                    .b = a->w,
                    .ldb = a->I,
                    .c = a->dx,
                    .ldc = a->I};
    bias_job bias = {context->kernels, a};
    nrnn_work work[3];
    int length = 0;
    work[length++] = nrnn_gemm_work(context, &dw);
    if (a->dx)
        work[length++] = nrnn_gemm_work(context, &dx);
    if (a->db)
        work[length++] = (nrnn_work){bias_shard, &bias, nrnn_ceil_div(a->O, BIAS_COLUMNS)};
    nrnn_pool_run_list(context->pool, work, length);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
