/* embedding.c - rows of a table by their numbers, and the gradient of the table. */
#include "base.h"
#include "cpu.h"
#include "kernels/kernels.h"
#include "pool.h"

#include <string.h>

enum {
    LEAST_COLUMNS = 16, /* of a shard: whole cache lines */
    MOST_SHARDS = 8     /* every shard reads all ids */
};

typedef struct embedding_job {
    const nrnn_kernels *kernels;
    int64_t n, E, shards;
    const float *from;
    const int32_t *ids;
    float *to;
} embedding_job;

static bool arguments_ok(const nrnn_context *context, int64_t n, int32_t V, int32_t E, const void *from,
                         const int32_t *ids, const void *to) {
    return context && from && ids && to && nrnn_fits(n, E, 1) && nrnn_fits(V, E, 1) && nrnn_indices_ok(n, ids, V);
}

static void gather_shard(void *argument, int64_t index) {
    const embedding_job *job = argument;
    const int64_t E = job->E, end = nrnn_part_begin(job->n, job->shards, index + 1, 1);
    for (int64_t i = nrnn_part_begin(job->n, job->shards, index, 1); i < end; ++i)
        memcpy(job->to + i * E, job->from + job->ids[i] * E, (size_t)E * sizeof(float));
}

int32_t nrnn_embedding_forward(nrnn_context *context, int64_t n, int32_t V, int32_t E, const float *table,
                               const int32_t *ids, float *rows) {
    if (!arguments_ok(context, n, V, E, table, ids, rows))
        return NRNN_BAD_ARGUMENT;
    embedding_job job = {context->kernels, n, E, nrnn_ceil_div(n * E, NRNN_CHUNK), table, ids, rows};
    job.shards = nrnn_min(job.shards, n);
    nrnn_pool_run(context->pool, gather_shard, &job, job.shards);
    return NRNN_OK;
}

/* Ids repeat, so the shards are columns: a table row is added to in the order of the ids, by one thread. */
static void scatter_shard(void *argument, int64_t index) {
    const embedding_job *job = argument;
    const int64_t E = job->E;
    const int64_t column = nrnn_part_begin(E, job->shards, index, LEAST_COLUMNS);
    const int64_t columns = nrnn_part_begin(E, job->shards, index + 1, LEAST_COLUMNS) - column;
    for (int64_t i = 0; i < job->n; ++i)
        job->kernels->add(columns, job->from + i * E + column, job->to + job->ids[i] * E + column);
}

int32_t nrnn_embedding_backward(nrnn_context *context, int64_t n, int32_t V, int32_t E, const int32_t *ids,
                                const float *drows, float *dtable) {
    if (!arguments_ok(context, n, V, E, drows, ids, dtable))
        return NRNN_BAD_ARGUMENT;
    embedding_job job = {context->kernels, n, E, 1, drows, ids, dtable};
    if (n * E > NRNN_CHUNK / 4)
        job.shards = nrnn_max(1, nrnn_min(MOST_SHARDS, E / LEAST_COLUMNS));
    uint64_t mode = nrnn_fp_enter();
    nrnn_pool_run(context->pool, scatter_shard, &job, job.shards);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
