/* sequence.c - the steps of a recurrent layer, whatever its cell, shared out among threads.
 *   by rows     the rows of a batch are independent: each thread takes some of them through all steps, and nobody waits
 *   by units    where the batch is too small for that: each thread takes some hidden units of all rows, which keeps its
 *               share of the weights in its own cache, and waits for the others once per phase of a step
 * The bits of an element depend on neither (kernels/tile.h). */
#include "rows.h"

enum {
    FLOPS_OF_A_PART = 2000000, /* of all steps: less work is not worth waking a thread for */
    POINTWISE_FLOPS = 16,      /* about, of half a gate of a unit, where there are no products */
    MOST_LONG_WAITS = 1,       /* in a call; any machine has one now and then */
    LEAST_PENALTY = 8,         /* calls */
    MOST_PENALTY = 512
};

/* Units are shared out where each thread would have fewer rows than these, and a step has enough work for each of them
 * to outweigh the wait: with hardly any rows it brings all, with some it saves traffic between the caches. */
static const struct {
    int64_t rows;
    double flops;
} by_units[] = {{3, 1e5}, {9, 1.5e6}};

static bool units_pay(double rows, double flops) {
    for (size_t i = 0; i < sizeof by_units / sizeof by_units[0]; ++i)
        if (rows < (double)by_units[i].rows && flops >= by_units[i].flops)
            return true;
    return false;
}

typedef struct sequence_plan {
    const nrnn_sequence *sequence;
    nrnn_part_function *function;
    int32_t parts;
    bool by_units;
    int64_t align;  /* of units and columns */
    nrnn_crew crew; /* of the parts when they are of units */
} sequence_plan;

/* On a busy machine a crew stands still whenever one of its members has lost its processor. After a call with long
 * waits some calls are made without a crew, twice as many each time. */
static bool crew_allowed(nrnn_context *context) {
    if (context->alone == 0)
        return true;
    --context->alone;
    return false;
}

static void end_plan(nrnn_context *context, const sequence_plan *p) {
    if (!p->by_units)
        return;
    const bool busy = atomic_load_explicit(&p->crew.long_waits, memory_order_relaxed) > MOST_LONG_WAITS;
    context->penalty = busy ? (int32_t)nrnn_min(nrnn_max(2 * context->penalty, LEAST_PENALTY), MOST_PENALTY) : 0;
    context->alone = context->penalty;
}

static void make_plan(sequence_plan *p, const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    nrnn_context *context = q->context;
    const double rows = (double)q->rows / s->T; /* of a step; those of a ragged batch on average */
    const double flops = 2.0 * rows * (double)q->gates * (double)(q->layout.products ? q->W : POINTWISE_FLOPS);
    p->parts = 1;
    p->align = 2 * context->kernels->lanes;
    if (context->threads == 1 || flops * s->T < FLOPS_OF_A_PART)
        return;
    const int64_t crew = nrnn_min(nrnn_min(context->threads, context->cpus), nrnn_ceil_div(s->H, p->align));
    p->by_units = crew > 1 && !q->cell->normalised && units_pay(rows / (double)crew, flops / (double)crew) &&
                  crew_allowed(context);
    p->parts = (int32_t)(p->by_units ? crew : nrnn_min(context->threads, s->B));
    nrnn_crew_start(&p->crew, p->parts);
}

int64_t nrnn_sequence_stretch(const nrnn_sequence *q) {
    const nrnn_context *context = q->context;
    const int64_t T = q->shape->T;
    if (q->rows * q->stride <= context->stretch_floats)
        return T;
    return nrnn_ceil_div(T, nrnn_min(T, nrnn_ceil_div(q->rows, context->stretch_rows)));
}

/* Where part `index` of n units or columns begins. */
static int32_t border(const sequence_plan *p, int64_t n, int64_t index) {
    return (int32_t)nrnn_min(n, nrnn_part_begin(nrnn_ceil_div(n, p->align), p->parts, index, 1) * p->align);
}

static void run_part(void *argument, int64_t index) {
    sequence_plan *p = argument;
    const nrnn_sequence *q = p->sequence;
    nrnn_part part = {0, q->shape->B, 0, q->shape->H, 0, (int32_t)q->W, NULL};
    if (p->by_units) {
        part.unit = border(p, q->shape->H, index);
        part.unit_end = border(p, q->shape->H, index + 1);
        part.column = border(p, q->W, index);
        part.column_end = border(p, q->W, index + 1);
        part.crew = &p->crew;
    } else {
        part.row = nrnn_rows_border(q, p->parts, index);
        part.row_end = nrnn_rows_border(q, p->parts, index + 1);
    }
    p->function(q, &part);
}

void nrnn_sequence_run(const nrnn_sequence *q, nrnn_part_function *function) {
    sequence_plan plan = {.sequence = q, .function = function};
    make_plan(&plan, q);
    nrnn_pool_run(q->context->pool, run_part, &plan, plan.parts);
    end_plan(q->context, &plan);
}

enum { ROWS_OF_A_SHARD = 16 };

typedef struct row_job {
    const nrnn_sequence *sequence;
    nrnn_row_kernel *kernel;
    nrnn_span span;
} row_job;

static void row_shard(void *argument, int64_t index) {
    const row_job *job = argument;
    const nrnn_sequence *q = job->sequence;
    const int64_t row = index * ROWS_OF_A_SHARD, rows = nrnn_min(ROWS_OF_A_SHARD, job->span.rows - row);
    job->kernel(rows, q->shape->H, &q->settings, q->reserve + (job->span.row + row) * q->stride, q->stride);
}

void nrnn_sequence_each_row(const nrnn_sequence *q, nrnn_row_kernel *kernel) {
    row_job job = {q, kernel, nrnn_span_of(q, q->from, q->to)};
    nrnn_pool_run(q->context->pool, row_shard, &job, nrnn_ceil_div(job.span.rows, ROWS_OF_A_SHARD));
}
