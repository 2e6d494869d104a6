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

static void gather_c(const nrnn_sequence *q, const nrnn_part *part, row_place p) {
    const int64_t H = q->shape->H;
    const float *from = p.before >= 0 ? nrnn_cell_states(q) + p.before * H : q->c_0 ? q->c_0 + p.b * H : NULL;
    copy_or_clear(q->reserve + p.row * q->stride + q->c_before + part->unit, from ? from + part->unit : NULL,
                  part->unit_end - part->unit);
}

void nrnn_states_gather(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at) {
    const nrnn_place previous = nrnn_place_before(q, at);
    const int64_t going_on = at.i > 0 ? nrnn_rows_at(q, previous.t) : 0, rows = nrnn_part_rows(q, part, at);
    for (int64_t b = part->row; b < part->row + rows; ++b) {
        const row_place p = {b, at.row + b, b < going_on ? previous.row + b : -1};
        gather_h(q, part, p);
        if (q->c_before)
            gather_c(q, part, p);
    }
}

void nrnn_states_zone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at) {
    (void)q, (void)part, (void)at;
}

/* The final states of one row of the batch; row: its last, or -1 where it has none. */
static void final_row(const nrnn_sequence *q, int64_t b, int64_t row) {
    const nrnn_recurrent_forward_args *a = q->forward;
    const int64_t H = q->shape->H;
    const float *h = row >= 0 ? a->y + row * q->shape->y_stride : a->h_0 ? a->h_0 + b * q->W : NULL;
    const float *c = row >= 0 && a->c_n ? nrnn_cell_states(q) + row * H : a->c_0 ? a->c_0 + b * H : NULL;
    if (a->h_n && a->h_n + b * q->W != h)
        copy_or_clear(a->h_n + b * q->W, h, q->W);
    if (a->c_n && a->c_n + b * H != c)
        copy_or_clear(a->c_n + b * H, c, H);
}

void nrnn_states_final(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    int64_t first = 0, last = s->reverse ? 1 : s->T; /* rows end with the last step that has them, or with step 0 */
    for (int64_t t = 0; t < last; first += nrnn_rows_at(q, t), ++t)
        for (int64_t b = s->reverse ? 0 : nrnn_rows_at(q, t + 1); b < nrnn_rows_at(q, t); ++b)
            final_row(q, b, first + b);
    for (int64_t b = nrnn_rows_at(q, 0); b < s->B; ++b)
        final_row(q, b, -1);
}
