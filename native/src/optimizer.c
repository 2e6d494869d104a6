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

/* How many of the state's arrays a rule cannot do without. */
static const int required_states[NRNN_RULE_COUNT] = {
    [NRNN_RULE_ADAGRAD] = 1, [NRNN_RULE_ADADELTA] = 2, [NRNN_RULE_RMSPROP] = 1, [NRNN_RULE_ADAM] = 2,
    [NRNN_RULE_NADAM] = 2,   [NRNN_RULE_ADAMAX] = 2,   [NRNN_RULE_ASGD] = 1,
};

static bool update_ok(const nrnn_update_args *a) {
    if (a->rule < 0 || a->rule >= NRNN_RULE_COUNT || !nrnn_fits(a->n, 1, 1) || !a->p || !a->grad)
        return false;
    const int required = required_states[a->rule];
    if ((required > 0 && !a->first) || (required > 1 && !a->second))
        return false;
    const float *velocity = a->rule == NRNN_RULE_SGD ? a->first : a->third;
    return velocity || a->momentum == 0 || (a->rule != NRNN_RULE_SGD && a->rule != NRNN_RULE_RMSPROP);
}

typedef struct update_job {
    nrnn_update_kernel *kernel;
    const nrnn_update_args *args;
    nrnn_update_step step;
} update_job;

static float *part(float *state, int64_t begin) {
    return state ? state + begin : NULL;
}

static void update_shard(void *argument, int64_t index) {
    const update_job *job = argument;
    const nrnn_update_args *a = job->args;
    const int64_t begin = index * NRNN_CHUNK;
    float *const state[3] = {part(a->first, begin), part(a->second, begin), part(a->third, begin)};
    job->kernel(nrnn_min(NRNN_CHUNK, a->n - begin), &job->step, a->p + begin, a->grad + begin, state);
}

int32_t nrnn_update(nrnn_context *context, const nrnn_update_args *a) {
    if (!context || !a || !update_ok(a))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    update_job job = {.kernel = context->kernels->update[a->rule],
                      .args = a,
                      .step = {.grad_scale = (float)a->grad_scale,
                               .limit = a->limit > 0 ? (float)a->limit : INFINITY,
                               .l2 = (float)a->l2,
                               .shrink = (float)a->shrink,
                               .rate = (float)a->rate,
                               .mean_rate = (float)a->mean_rate,
                               .momentum = (float)a->momentum,
                               .fresh = (float)(1 - a->dampening),
                               .beta1 = (float)a->beta1,
                               .rest1 = (float)(1 - a->beta1),
                               .beta2 = (float)a->beta2,
                               .rest2 = (float)(1 - a->beta2),
                               .eps = (float)a->eps,
                               .root = (float)a->root,
                               .average = (float)a->average,
                               .nesterov = a->nesterov}};
    nrnn_pool_run(context->pool, update_shard, &job, nrnn_ceil_div(a->n, NRNN_CHUNK));
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
