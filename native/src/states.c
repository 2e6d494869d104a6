/* states.c - see states.h. */
#include "states.h"

#include <string.h>

/* The place in memory of the rows that the rows of a step go on from. */
static int64_t previous_row(const nrnn_sequence *q, nrnn_place at) {
    return nrnn_place_before(q, at).row;
}

nrnn_before nrnn_states_before(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at) {
    const int64_t H = q->shape->H, row = at.row + part->row, before = previous_row(q, at) + part->row;
    const float *blocks = q->reserve + row * q->stride, *states = nrnn_cell_states(q);
    nrnn_before b = {.h_stride = q->W, .c_stride = H};
    if (q->h_before) {
        b.h = blocks + q->h_before;
        b.h_stride = q->stride;
    } else if (at.i > 0) {
        b.h = q->y + before * q->shape->y_stride;
        b.h_stride = q->shape->y_stride;
    } else if (q->h_0)
        b.h = q->h_0 + part->row * q->W;
    b.seen = q->seen ? blocks + q->seen : b.h;
    b.seen_stride = q->seen ? q->stride : b.h_stride;
    if (q->c_before) {
        b.c = blocks + q->c_before;
        b.c_stride = q->stride;
    } else if (at.i > 0 && states)
        b.c = states + before * H;
    else if (q->c_0)
        b.c = q->c_0 + part->row * H;
    return b;
}

static void copy_or_clear(float *to, const float *from, int64_t n) {
    if (from)
        memcpy(to, from, (size_t)n * sizeof(float));
    else
        memset(to, 0, (size_t)n * sizeof(float));
}

/* One row of the batch at a step; before: the row that it goes on from, or -1 where it begins here. */
typedef struct row_place {
    int64_t b, row, before;
} row_place;

static void gather_h(const nrnn_sequence *q, const nrnn_part *part, row_place p) {
    const int64_t n = part->column_end - part->column;
    if (n <= 0 || !(q->h_before || q->seen))
        return;
    const float *from = p.before >= 0 ? q->y + p.before * q->shape->y_stride : q->h_0 ? q->h_0 + p.b * q->W : NULL;
    float *blocks = q->reserve + p.row * q->stride + part->column;
    if (from)
        from += part->column;
    if (q->h_before)
        copy_or_clear(blocks + q->h_before, from, n);
    if (q->seen && from)
        q->context->kernels->multiply(n, from, q->h_mask + p.b * q->W + part->column, blocks + q->seen);
    else if (q->seen)
        copy_or_clear(blocks + q->seen, NULL, n);
}

/* The draws of zoneout of a state of `columns` columns, from element `first` of row b at step t on. */
typedef struct draws {
    float rate;
    bool expect;
    uint64_t stream, first;
} draws;

enum { DRAWS = 256 };

static draws draws_of_h(const nrnn_sequence *q, int64_t t, int64_t b, int64_t column) {
    const nrnn_zoneout *z = q->zoneout;
    return (draws){z->h, z->expect, z->stream, (uint64_t)((t * q->shape->B + b) * q->W + column)};
}

static draws draws_of_c(const nrnn_sequence *q, int64_t t, int64_t b, int64_t unit) {
    const nrnn_zoneout *z = q->zoneout;
    return (draws){z->c, z->expect, z->stream + 1, (uint64_t)((t * q->shape->B + b) * q->shape->H + unit)};
}

/* The next n of the draws, or NULL where the rate itself is taken. numbers: room for n and a rest. */
static const float *draw(const nrnn_sequence *q, draws d, int64_t at, int64_t n, float *numbers) {
    const uint64_t first = d.first + (uint64_t)at;
    const int64_t skipped = (int64_t)(first % 4);
    if (d.expect)
        return NULL;
    for (int64_t i = 0; i < skipped + n; i += NRNN_UNIFORM)
        q->context->kernels->uniform(q->zoneout->seed, d.stream, first / 4 + (uint64_t)i / 4, numbers + i);
    return numbers + skipped;
}

/* x, or what it was; old NULL: zeros. */
static void zone(const nrnn_sequence *q, draws d, int64_t n, const float *old, float *x) {
    float numbers[DRAWS + NRNN_UNIFORM];
    for (int64_t i = 0; d.rate > 0 && i < n; i += DRAWS) {
        const int64_t part = nrnn_min(DRAWS, n - i);
        q->context->kernels->zone(part, d.rate, draw(q, d, i, part, numbers), old ? old + i : NULL, x + i);
    }
}

static void unzone(const nrnn_sequence *q, draws d, int64_t n, float *gradient, float *kept) {
    float numbers[DRAWS + NRNN_UNIFORM];
    for (int64_t i = 0; i < n; i += DRAWS) {
        const int64_t part = nrnn_min(DRAWS, n - i);
        q->context->kernels->unzone(part, d.rate, draw(q, d, i, part, numbers), gradient + i, kept + i);
    }
}

/* The cell state at a place of step t and row b of the batch, from `unit` on: the new one, zoned. */
static void copy_c(const nrnn_sequence *q, int64_t t, int64_t b, int64_t row, int64_t unit, int64_t n, float *to) {
    memcpy(to, nrnn_cell_states(q) + row * q->shape->H + unit, (size_t)n * sizeof(float));
    if (q->zoneout)
        zone(q, draws_of_c(q, t, b, unit), n, q->reserve + row * q->stride + q->c_before + unit, to);
}

static void gather_c(const nrnn_sequence *q, const nrnn_part *part, nrnn_place previous, row_place p) {
    float *to = q->reserve + p.row * q->stride + q->c_before + part->unit;
    const int64_t n = part->unit_end - part->unit;
    if (p.before >= 0)
        copy_c(q, previous.t, p.b, p.before, part->unit, n, to);
    else
        copy_or_clear(to, q->c_0 ? q->c_0 + p.b * q->shape->H + part->unit : NULL, n);
}

void nrnn_states_gather(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at) {
    const nrnn_place previous = nrnn_place_before(q, at);
    const int64_t going_on = at.i > 0 ? nrnn_rows_at(q, previous.t) : 0, rows = nrnn_part_rows(q, part, at);
    for (int64_t b = part->row; b < part->row + rows; ++b) {
        const row_place p = {b, at.row + b, b < going_on ? previous.row + b : -1};
        gather_h(q, part, p);
        if (q->c_before)
            gather_c(q, part, previous, p);
    }
}

void nrnn_states_zone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at) {
    const nrnn_before before = nrnn_states_before(q, part, at);
    const int64_t rows = nrnn_part_rows(q, part, at), column = part->column, n = part->column_end - column;
    for (int64_t r = 0; r < rows; ++r) {
        const int64_t b = part->row + r;
        zone(q, draws_of_h(q, at.t, b, column), n, before.h ? before.h + r * before.h_stride + column : NULL,
             q->forward->y + (at.row + b) * q->shape->y_stride + column);
    }
}

void nrnn_states_unzone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, const nrnn_gradients *g) {
    const int64_t rows = nrnn_part_rows(q, part, at), W = q->W, H = q->shape->H;
    const int64_t column = part->column, columns = part->column_end - column;
    const int64_t unit = part->unit, units = part->unit_end - unit;
    for (int64_t b = part->row; b < part->row + rows; ++b) {
        if (columns > 0)
            unzone(q, draws_of_h(q, at.t, b, column), columns, g->dh + b * W + column, g->kept_h + b * W + column);
        if (q->cell->cell_state)
            unzone(q, draws_of_c(q, at.t, b, unit), units, g->dc + b * H + unit, g->kept_c + b * H + unit);
    }
}

void nrnn_states_rezone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, const nrnn_gradients *g) {
    const int64_t rows = nrnn_part_rows(q, part, at), W = q->W, H = q->shape->H;
    const int64_t column = part->column, columns = part->column_end - column;
    const int64_t unit = part->unit, units = part->unit_end - unit;
    for (int64_t b = part->row; b < part->row + rows; ++b) {
        if (columns > 0)
            q->context->kernels->add(columns, g->kept_h + b * W + column, g->dh + b * W + column);
        if (q->cell->cell_state)
            q->context->kernels->add(units, g->kept_c + b * H + unit, g->dc + b * H + unit);
    }
}

/* The final states of row b of the batch, whose last step is t in memory, at `row`; row -1: it has none. */
static void final_row(const nrnn_sequence *q, int64_t b, int64_t t, int64_t row) {
    const nrnn_recurrent_forward_args *a = q->forward;
    const int64_t H = q->shape->H, W = q->W;
    if (row >= 0) {
        if (a->h_n)
            memcpy(a->h_n + b * W, a->y + row * q->shape->y_stride, (size_t)W * sizeof(float));
        if (a->c_n)
            copy_c(q, t, b, row, 0, H, a->c_n + b * H);
        return;
    }
    if (a->h_n && a->h_n != a->h_0)
        copy_or_clear(a->h_n + b * W, a->h_0 ? a->h_0 + b * W : NULL, W);
    if (a->c_n && a->c_n != a->c_0)
        copy_or_clear(a->c_n + b * H, a->c_0 ? a->c_0 + b * H : NULL, H);
}

void nrnn_states_final(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    int64_t first = 0, last = s->reverse ? 1 : s->T; /* rows end with the last step that has them, or with step 0 */
    for (int64_t t = 0; t < last; first += nrnn_rows_at(q, t), ++t)
        for (int64_t b = s->reverse ? 0 : nrnn_rows_at(q, t + 1); b < nrnn_rows_at(q, t); ++b)
            final_row(q, b, t, first + b);
    for (int64_t b = nrnn_rows_at(q, 0); b < s->B; ++b)
        final_row(q, b, 0, -1);
}
