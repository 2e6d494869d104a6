/* sequence.c - the steps of a recurrent layer, whatever its cell, shared out among threads.
 *   by rows     the rows of a batch are independent: each thread takes some of them through all steps, and nobody waits
 *   by units    where the batch is too small for that: each thread takes some hidden units of all rows, which keeps its
 *               share of the weights in its own cache, and waits for the others once per phase of a step
 * The bits of an element depend on neither (kernels/tile.h). */
#include "sequence.h"

#include "kernels/kernels.h"
#include "pool.h"

#include <string.h>

enum {
    FLOPS_OF_A_PART = 2000000, /* of all steps: less work is not worth waking a thread for */
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
    int32_t parts;
    bool by_units;
    int64_t unit_align;
    nrnn_crew crew; /* of the parts when they are of units */
} sequence_plan;

/* What one thread does of every step. */
typedef struct sequence_part {
    int64_t row, rows;
    int32_t unit, end; /* hidden units from unit to end */
} sequence_part;

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
    const double flops = 2.0 * (double)s->B * (double)q->gates * s->H; /* of a step */
    *p = (sequence_plan){.sequence = q, .parts = 1, .unit_align = 2 * context->kernels->lanes};
    if (context->threads == 1 || flops * s->T < FLOPS_OF_A_PART)
        return;
    const int64_t crew = nrnn_min(nrnn_min(context->threads, context->cpus), nrnn_ceil_div(s->H, p->unit_align));
    p->by_units = crew > 1 && units_pay((double)s->B / (double)crew, flops / (double)crew) && crew_allowed(context);
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

static sequence_part part_of(const sequence_plan *p, int64_t index) {
    const nrnn_recurrent_shape *s = p->sequence->shape;
    sequence_part part = {0, s->B, 0, s->H};
    if (p->by_units) {
        const int64_t blocks = nrnn_ceil_div(s->H, p->unit_align);
        part.unit = (int32_t)(nrnn_part_begin(blocks, p->parts, index, 1) * p->unit_align);
        part.end = (int32_t)nrnn_min(s->H, nrnn_part_begin(blocks, p->parts, index + 1, 1) * p->unit_align);
    } else {
        part.row = nrnn_part_begin(s->B, p->parts, index, 1);
        part.rows = nrnn_part_begin(s->B, p->parts, index + 1, 1) - part.row;
    }
    return part;
}

/* Other threads have what this one made, and the reverse. */
static void meet(sequence_plan *p) {
    if (p->by_units)
        nrnn_crew_wait(&p->crew);
}

/* Where the cell states begin in the reserve; NULL for a cell without. */
static float *cell_states(const nrnn_sequence *q, float *reserve) {
    return q->cell->cell_state ? reserve + q->rows * q->stride : NULL;
}

static void forward_part(void *argument, int64_t index) {
    sequence_plan *p = argument;
    const nrnn_sequence *q = p->sequence;
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_forward_args *a = q->forward;
    const nrnn_cell_kernels *kernels = &q->context->kernels->cell[s->cell];
    const sequence_part part = part_of(p, index);
    float *states = cell_states(q, a->reserve);
    nrnn_cell_step step = {.H = s->H,
                           .rows = (int32_t)part.rows,
                           .unit = part.unit,
                           .end = part.end,
                           .panels = a->packed,
                           .bias = a->packed + q->layout.bias,
                           .gates_stride = q->stride,
                           .h_prev = a->h_0 ? a->h_0 + part.row * s->H : NULL,
                           .h_stride = s->H,
                           .c_prev = a->c_0 ? a->c_0 + part.row * s->H : NULL,
                           .y_stride = s->y_stride};
    if (q->from > 0) {
        const int64_t before = nrnn_step_at(s, q->from - 1) * s->B + part.row;
        step.h_prev = a->y + before * s->y_stride;
        step.h_stride = s->y_stride;
        step.c_prev = states ? states + before * s->H : NULL;
    }
    for (int64_t i = q->from; i < q->to; ++i) {
        const int64_t row = nrnn_step_at(s, i) * s->B + part.row;
        step.gates = a->reserve + row * q->stride;
        step.c = states ? states + row * s->H : NULL;
        step.y = a->y + row * s->y_stride;
        for (int phase = 0; phase < NRNN_PHASES && kernels->forward[phase]; ++phase) {
            kernels->forward[phase](&step);
            meet(p);
        }
        step.h_prev = step.y;
        step.h_stride = s->y_stride;
        step.c_prev = step.c;
    }
}

void nrnn_sequence_forward(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_forward_args *a = q->forward;
    const int64_t last = nrnn_step_at(s, s->T - 1) * s->B;
    const size_t bytes = (size_t)s->H * sizeof(float);
    sequence_plan plan;
    make_plan(&plan, q);
    nrnn_pool_run(q->context->pool, forward_part, &plan, plan.parts);
    end_plan(q->context, &plan);
    if (q->to < s->T)
        return;
    if (a->h_n)
        for (int64_t r = 0; r < s->B; ++r)
            memcpy(a->h_n + r * s->H, a->y + (last + r) * s->y_stride, bytes);
    if (a->c_n)
        memcpy(a->c_n, cell_states(q, a->reserve) + last * s->H, bytes * (size_t)s->B);
}

/* The product after a phase, for the rows and units of a part: the rows of w_hh of the phase's gates times theirs. */
static void phase_product(const nrnn_sequence *q, const nrnn_cell_phase *phase, const nrnn_cell_step_back *back) {
    const int32_t H = q->shape->H;
    const nrnn_pack_layout *l = &q->layout;
    const int64_t panel = q->gates * 2 * l->lanes;
    q->context->kernels->panel_product(
        &(nrnn_panel_product){.rows = back->rows,
                              .K = phase->gates * H,
                              .N = back->end - back->unit,
                              .accumulate = phase->to == NRNN_ADD_TO_DH,
                              .a = back->gates + (int64_t)phase->block * H,
                              .a_stride = q->stride,
                              .panels = q->backward->packed + l->back + nrnn_pack_back_row(l, phase->gate) +
                                        back->unit / (2 * l->lanes) * panel,
                              .panel_stride = panel,
                              .y = (phase->to == NRNN_TO_DC ? back->dc : back->dh) + back->unit,
                              .y_stride = H});
}

static void backward_part(void *argument, int64_t index) {
    sequence_plan *p = argument;
    const nrnn_sequence *q = p->sequence;
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const nrnn_cell_kernels *kernels = &q->context->kernels->cell[s->cell];
    const sequence_part part = part_of(p, index);
    const int64_t state = part.row * s->H;
    const float *states = cell_states(q, a->reserve);
    nrnn_cell_step_back back = {.H = s->H,
                                .rows = (int32_t)part.rows,
                                .unit = part.unit,
                                .end = part.end,
                                .gates_stride = q->stride,
                                .dy_stride = s->y_stride,
                                .h_stride = s->y_stride,
                                .dh = a->workspace + state,
                                .dc = a->workspace + (int64_t)s->B * s->H + state};
    for (int64_t i = q->to - 1; i >= q->from; --i) {
        const int64_t row = nrnn_step_at(s, i) * s->B + part.row, before = row + (s->reverse ? s->B : -s->B);
        back.gates = a->reserve + row * q->stride;
        back.dy = a->dy ? a->dy + row * s->y_stride : NULL;
        back.c = states ? states + row * s->H : NULL;
        if (i > 0) {
            back.h_prev = a->y + before * s->y_stride;
            back.c_prev = states ? states + before * s->H : NULL;
        } else {
            back.h_prev = a->h_0 ? a->h_0 + state : NULL;
            back.h_stride = s->H;
            back.c_prev = a->c_0 ? a->c_0 + state : NULL;
        }
        for (int phase = 0; phase < NRNN_PHASES && kernels->backward[phase]; ++phase) {
            kernels->backward[phase](&back);
            meet(p);
            if (i > 0 || a->dh_0 || q->cell->phases[phase].to == NRNN_TO_DC)
                phase_product(q, &q->cell->phases[phase], &back);
        }
    }
}

/* Copies, or zeros where there is nothing to copy. */
static void copy_or_clear(float *to, const float *from, size_t bytes) {
    if (from)
        memcpy(to, from, bytes);
    else
        memset(to, 0, bytes);
}

void nrnn_sequence_backward(const nrnn_sequence *q) {
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t states = (int64_t)q->shape->B * q->shape->H;
    const size_t bytes = (size_t)states * sizeof(float);
    float *dh = a->workspace, *dc = a->workspace + states;
    sequence_plan plan;
    make_plan(&plan, q);
    if (q->to == q->shape->T) {
        copy_or_clear(dh, a->dh_n, bytes);
        copy_or_clear(dc, a->dc_n, bytes);
    }
    nrnn_pool_run(q->context->pool, backward_part, &plan, plan.parts);
    end_plan(q->context, &plan);
    if (q->from > 0)
        return;
    if (a->dh_0)
        memcpy(a->dh_0, dh, bytes);
    if (a->dc_0)
        memcpy(a->dc_0, dc, bytes);
}
