/* loss.c - losses: of single numbers, cross entropy, and cross entropy together with the layer that makes the logits.
 */
#include "base.h"
#include "cpu.h"
#include "gemm.h"
#include "kernels/kernels.h"
#include "pool.h"

#include <string.h>

enum {
    LOGITS_OF_BLOCK = 1 << 21, /* floats: a block of logits stays in the last-level cache */
    LEAST_ROWS = 64,           /* of a block, or the products would be all repacking */
    LOGITS_OF_SHARD = 1 << 14,
    NUMBERS_OF_SHARD = 1 << 12,
    BIAS_COLUMNS = 256,
    MOST_DX_PARTS = 8
};

/* In the order of the shards: the sum does not depend on who computed what. */
static double sum_of_partials(nrnn_context *context, int64_t shards) {
    double sum = 0;
    for (int64_t i = 0; i < shards; ++i)
        sum += context->partials[i];
    return sum;
}

/* ---- losses of single numbers ---- */

typedef struct pointwise_job {
    nrnn_context *context;
    const nrnn_pointwise_loss_args *args;
    int64_t rows, columns, input_columns, shards;
    nrnn_pointwise_step step;
} pointwise_job;

static void pointwise_shard(void *argument, int64_t index) {
    const pointwise_job *job = argument;
    const nrnn_pointwise_loss_args *a = job->args;
    const int64_t end = nrnn_part_begin(job->rows, job->shards, index + 1, 1);
    double sum = 0;
    for (int64_t row = nrnn_part_begin(job->rows, job->shards, index, 1); row < end; ++row) {
        const int64_t input = row * job->input_columns;
        sum += job->context->kernels->pointwise[a->loss_kind](job->columns, &job->step, a->input + input,
                                                              a->target + row * job->columns,
                                                              a->dinput ? a->dinput + input : NULL);
    }
    job->context->partials[index] = sum;
}

int32_t nrnn_pointwise_loss(nrnn_context *context, nrnn_pointwise_loss_args *a) {
    if (!context || !a || a->loss_kind < 0 || a->loss_kind >= NRNN_LOSS_COUNT || !nrnn_fits(a->N, a->columns, 2) ||
        !a->input || !a->target)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    const int64_t inputs = a->loss_kind == NRNN_LOSS_GAUSSIAN || a->loss_kind == NRNN_LOSS_STUDENT_T ? 2 : 1;
    pointwise_job job = {.context = context,
                         .args = a,
                         .rows = a->N,
                         .columns = a->columns,
                         .input_columns = inputs * a->columns,
                         .step = {a->scale, a->setting, a->floor, a->weights, a->positive_weights}};
    job.shards = nrnn_min(nrnn_min(nrnn_ceil_div(a->N * a->columns, NUMBERS_OF_SHARD), a->N), NRNN_MAX_PARTIALS);
    nrnn_pool_run(context->pool, pointwise_shard, &job, job.shards);
    a->loss = a->scale * sum_of_partials(context, job.shards);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

/* ---- cross entropy ---- */

typedef struct softmax_job {
    nrnn_context *context;
    int64_t N, V, shards;
    double scale;
    const float *logits;
    const int32_t *targets;
    float *dlogits;
} softmax_job;

static void softmax_shard(void *argument, int64_t index) {
    const softmax_job *job = argument;
    const int64_t V = job->V, end = nrnn_part_begin(job->N, job->shards, index + 1, 1);
    double sum = 0;
    for (int64_t row = nrnn_part_begin(job->N, job->shards, index, 1); row < end; ++row)
        sum += job->context->kernels->cross_entropy_row(V, job->scale, job->logits + row * V, job->targets[row],
                                                        job->dlogits ? job->dlogits + row * V : NULL);
    job->context->partials[index] = sum;
}

/* Returns the sum over the rows, not scaled. */
static double softmax_rows(softmax_job job) {
    int64_t shards = nrnn_ceil_div(job.N * job.V, LOGITS_OF_SHARD);
    job.shards = nrnn_min(nrnn_min(shards, job.N), NRNN_MAX_PARTIALS);
    nrnn_pool_run(job.context->pool, softmax_shard, &job, job.shards);
    return sum_of_partials(job.context, job.shards);
}

typedef struct class_job {
    nrnn_context *context;
    const nrnn_cross_entropy_args *args;
    int64_t shards;
    nrnn_class_step step;
} class_job;

static bool counts(const nrnn_cross_entropy_args *a, int64_t row) {
    return !a->ignores || a->targets[row] != a->ignored;
}

static void class_shard(void *argument, int64_t index) {
    const class_job *job = argument;
    const nrnn_cross_entropy_args *a = job->args;
    const int64_t V = a->V, end = nrnn_part_begin(a->N, job->shards, index + 1, 1);
    double sum = 0;
    for (int64_t row = nrnn_part_begin(a->N, job->shards, index, 1); row < end; ++row) {
        float *dlogits = a->dlogits ? a->dlogits + row * V : NULL;
        if (counts(a, row))
            sum += job->context->kernels->weighted_cross_entropy_row(V, &job->step, a->logits + row * V,
                                                                     a->targets[row], dlogits);
        else if (dlogits)
            memset(dlogits, 0, (size_t)V * sizeof(float));
    }
    job->context->partials[index] = sum;
}

/* What the mean divides by: the weights of the targets that count. */
static double weight_of_targets(const nrnn_cross_entropy_args *a) {
    double sum = 0;
    for (int64_t row = 0; row < a->N; ++row)
        if (counts(a, row))
            sum += a->class_weights ? (double)a->class_weights[a->targets[row]] : 1;
    return sum;
}

static bool targets_ok(const nrnn_cross_entropy_args *a) {
    for (int64_t row = 0; row < a->N; ++row)
        if (counts(a, row) && (a->targets[row] < 0 || a->targets[row] >= a->V))
            return false;
    return true;
}

int32_t nrnn_cross_entropy(nrnn_context *context, nrnn_cross_entropy_args *a) {
    if (!context || !a || !a->logits || !a->targets || !nrnn_fits(a->N, a->V, 1) || !targets_ok(a))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    const double total = a->mean ? weight_of_targets(a) : 1;
    class_job job = {.context = context,
                     .args = a,
                     .shards = nrnn_min(nrnn_min(nrnn_ceil_div(a->N * a->V, LOGITS_OF_SHARD), a->N), NRNN_MAX_PARTIALS),
                     .step = {.scale = total > 0 ? a->scale / total : 0,
                              .smoothing = a->label_smoothing,
                              .weights = a->class_weights}};
    for (int64_t v = 0; v < a->V; ++v)
        job.step.weight_sum += a->class_weights ? (double)a->class_weights[v] : 1;
    nrnn_pool_run(context->pool, class_shard, &job, job.shards);
    a->loss = job.step.scale * sum_of_partials(context, job.shards);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

/* ---- dense layer and cross entropy ---- */

/* The blocks of a shape. dx sums over the whole vocabulary: where that is much longer than the block is wide, the sum
 * is cut into parts (each weight is repacked once that way, not once per shard) that are added up afterwards. */
typedef struct block_plan {
    int64_t rows;     /* of a block */
    int64_t dx_parts; /* the first in dx itself, the others in the workspace behind the logits */
} block_plan;

static block_plan plan_blocks(int64_t N, int64_t I, int64_t V) {
    block_plan plan = {nrnn_min(N, nrnn_max(LEAST_ROWS, LOGITS_OF_BLOCK / V)), 1};
    if (V >= 4 * nrnn_max(plan.rows, I))
        while (plan.dx_parts < MOST_DX_PARTS && (double)plan.rows * (double)I * (double)V > 1e7 * (double)plan.dx_parts)
            plan.dx_parts *= 2;
    return plan;
}

static bool sizes_ok(int64_t N, int32_t I, int32_t V) {
    return nrnn_gemm_fits(N, I, I) && nrnn_gemm_fits(N, V, V) && nrnn_gemm_fits(V, I, I);
}

int64_t nrnn_dense_cross_entropy_workspace(int64_t N, int32_t I, int32_t V) {
    if (!sizes_ok(N, I, V))
        return -1;
    const block_plan plan = plan_blocks(N, I, V);
    return plan.rows * V + (plan.dx_parts - 1) * plan.rows * I;
}

typedef struct block {
    nrnn_context *context;
    const nrnn_dense_cross_entropy_args *args;
    int64_t rows, partial_size, dx_parts;
    float *logits, *dx, *partials;
} block;

static void bias_shard(void *argument, int64_t index) {
    const block *b = argument;
    const int64_t V = b->args->V, column = index * BIAS_COLUMNS, columns = nrnn_min(BIAS_COLUMNS, V - column);
    b->context->kernels->add_column_sums(b->rows, columns, b->logits + column, V, b->args->db + column, NULL);
}

static void add_shard(void *argument, int64_t index) {
    const block *b = argument;
    const int64_t begin = index * NRNN_CHUNK, n = nrnn_min(NRNN_CHUNK, b->rows * b->args->I - begin);
    for (int64_t part = 1; part < b->dx_parts; ++part)
        b->context->kernels->add(n, b->partials + (part - 1) * b->partial_size + begin, b->dx + begin);
}

/* The gradients that a block of dlogits gives. */
static void block_gradients(const block *b, const float *x) {
    const nrnn_dense_cross_entropy_args *a = b->args;
    const int32_t I = a->I, V = a->V, rows = (int32_t)b->rows;
    nrnn_gemm dw = {.transpose_a = true,
                    .accumulate = true,
                    .M = V,
                    .N = I,
                    .K = rows,
                    .a = b->logits,
                    .lda = V,
                    .b = x,
                    .ldb = I,
                    .c = a->dw,
                    .ldc = I};
    nrnn_gemm dx[MOST_DX_PARTS];
    nrnn_work work[MOST_DX_PARTS + 2];
    int length = 0;
    work[length++] = nrnn_gemm_work(b->context, &dw);
    for (int64_t part = 0; part < b->dx_parts; ++part) {
        const int64_t v = nrnn_part_begin(V, b->dx_parts, part, 16);
        const int64_t end = nrnn_part_begin(V, b->dx_parts, part + 1, 16);
        dx[part] = (nrnn_gemm){.M = rows,
                               .N = I,
                               .K = (int32_t)(end - v),
                               .a = b->logits + v,
                               .lda = V,
                               .b = a->w + v * I,
                               .ldb = I,
                               .ldc = I,
                               .c = part == 0 ? b->dx : b->partials + (part - 1) * b->partial_size};
        work[length++] = nrnn_gemm_work(b->context, &dx[part]);
    }
    if (a->db)
        work[length++] = (nrnn_work){bias_shard, (void *)b, nrnn_ceil_div(V, BIAS_COLUMNS)};
    nrnn_pool_run_list(b->context->pool, work, length);
    if (b->dx_parts > 1)
        nrnn_pool_run(b->context->pool, add_shard, (void *)b, nrnn_ceil_div(b->rows * I, NRNN_CHUNK));
}

static double run_block(nrnn_context *context, block *b, int64_t row) {
    const nrnn_dense_cross_entropy_args *a = b->args;
    const float *x = a->x + row * a->I;
    nrnn_gemm logits = {.transpose_b = true,
                        .M = (int32_t)b->rows,
                        .N = a->V,
                        .K = a->I,
                        .a = x,
                        .lda = a->I,
                        .b = a->w,
                        .ldb = a->I,
                        .c = b->logits,
                        .ldc = a->V,
                        .bias = a->b};
    const nrnn_work work = nrnn_gemm_work(context, &logits);
    nrnn_pool_run_list(context->pool, &work, 1);
    const double sum = softmax_rows((softmax_job){.context = context,
                                                  .N = b->rows,
                                                  .V = a->V,
                                                  .scale = a->scale,
                                                  .logits = b->logits,
                                                  .targets = a->targets + row,
                                                  .dlogits = a->dx ? b->logits : NULL});
    if (a->dx) {
        b->dx = a->dx + row * a->I;
        block_gradients(b, x);
    }
    return sum;
}

int32_t nrnn_dense_cross_entropy(nrnn_context *context, nrnn_dense_cross_entropy_args *a) {
    if (!context || !a || !sizes_ok(a->N, a->I, a->V) || !a->x || !a->w || !a->targets || !a->workspace ||
        (a->dx && (!a->dw || !a->b != !a->db)) || !nrnn_indices_ok(a->N, a->targets, a->V))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    const block_plan plan = plan_blocks(a->N, a->I, a->V);
    double sum = 0;
    for (int64_t row = 0; row < a->N; row += plan.rows) {
        block b = {.context = context,
                   .args = a,
                   .rows = nrnn_min(plan.rows, a->N - row),
                   .partial_size = plan.rows * a->I,
                   .dx_parts = plan.dx_parts,
                   .logits = a->workspace,
                   .partials = a->workspace + plan.rows * a->V};
        sum += run_block(context, &b, row);
    }
    a->loss = a->scale * sum;
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
