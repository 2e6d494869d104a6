/* optimizer.c - optimizers and the norm they clip by: one pass over all parameters, in shards of fixed size.
 * Settings are doubles; what follows from them is computed in double and rounded once. */
#include "base.h"
#include "cpu.h"
#include "kernels/kernels.h"
#include "pool.h"

#include <math.h>

typedef struct square_job {
    nrnn_context *context;
    int64_t n, shards;
    const float *x;
} square_job;

static void square_shard(void *argument, int64_t index) {
    const square_job *job = argument;
    const int64_t begin = nrnn_part_begin(job->n, job->shards, index, 16);
    const int64_t end = nrnn_part_begin(job->n, job->shards, index + 1, 16);
    job->context->partials[index] = job->context->kernels->sum_of_squares(end - begin, job->x + begin);
}

int32_t nrnn_sum_of_squares(nrnn_context *context, int64_t n, const float *x, double *sum) {
    if (!context || !x || !sum || !nrnn_fits(n, 1, 1))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    square_job job = {context, n, nrnn_min(nrnn_ceil_div(n, NRNN_CHUNK), NRNN_MAX_PARTIALS), x};
    nrnn_pool_run(context->pool, square_shard, &job, job.shards);
    double total = 0;
    for (int64_t i = 0; i < job.shards; ++i)
        total += context->partials[i];
    *sum = total;
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

typedef struct sgd_job {
    const nrnn_kernels *kernels;
    const nrnn_sgd_args *args;
    nrnn_sgd_step step;
} sgd_job;

static void sgd_shard(void *argument, int64_t index) {
    const sgd_job *job = argument;
    const nrnn_sgd_args *a = job->args;
    const int64_t begin = index * NRNN_CHUNK;
    job->kernels->sgd(nrnn_min(NRNN_CHUNK, a->n - begin), &job->step, a->p + begin, a->grad + begin,
                      a->velocity ? a->velocity + begin : NULL);
}

int32_t nrnn_sgd(nrnn_context *context, const nrnn_sgd_args *a) {
    if (!context || !a || !nrnn_fits(a->n, 1, 1) || !a->p || !a->grad || (a->momentum != 0 && !a->velocity))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    sgd_job job = {.kernels = context->kernels,
                   .args = a,
                   .step = {.lr = (float)a->lr,
                            .momentum = (float)a->momentum,
                            .decay = (float)a->weight_decay,
                            .grad_scale = (float)a->grad_scale,
                            .nesterov = a->nesterov}};
    nrnn_pool_run(context->pool, sgd_shard, &job, nrnn_ceil_div(a->n, NRNN_CHUNK));
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

typedef struct adam_job {
    const nrnn_kernels *kernels;
    const nrnn_adam_args *args;
    nrnn_adam_step step;
} adam_job;

static void adam_shard(void *argument, int64_t index) {
    const adam_job *job = argument;
    const nrnn_adam_args *a = job->args;
    const int64_t begin = index * NRNN_CHUNK;
    job->kernels->adam(nrnn_min(NRNN_CHUNK, a->n - begin), &job->step, a->p + begin, a->grad + begin, a->m + begin,
                       a->v + begin);
}

int32_t nrnn_adam(nrnn_context *context, const nrnn_adam_args *a) {
    if (!context || !a || !nrnn_fits(a->n, 1, 1) || a->step < 1 || !a->p || !a->grad || !a->m || !a->v)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    const double correction1 = 1 - pow(a->beta1, (double)a->step), correction2 = 1 - pow(a->beta2, (double)a->step);
    adam_job job = {.kernels = context->kernels,
                    .args = a,
                    .step = {.beta1 = (float)a->beta1,
                             .rest1 = (float)(1 - a->beta1),
                             .beta2 = (float)a->beta2,
                             .rest2 = (float)(1 - a->beta2),
                             .rate = (float)(a->lr / correction1),
                             .root = (float)(1 / sqrt(correction2)),
                             .eps = (float)a->eps,
                             .decay = (float)a->weight_decay,
                             .grad_scale = (float)a->grad_scale}};
    nrnn_pool_run(context->pool, adam_shard, &job, nrnn_ceil_div(a->n, NRNN_CHUNK));
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
