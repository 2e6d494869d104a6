/* rows.h - where the rows of a step lie. Rows are packed: step after step in memory, of each step those that are at
 * work, in the order of the batch. Without step_rows these are all, and a row is t*B + b. */
#ifndef NRNN_ROWS_H
#define NRNN_ROWS_H

#include "sequence.h"

/* A step on its way: the i-th that is taken, t in memory; its rows begin at `row`. */
typedef struct nrnn_place {
    int64_t i, t, row;
} nrnn_place;

/* Rows at work in step t in memory; none outside the sequence. */
static inline int64_t nrnn_rows_at(const nrnn_sequence *q, int64_t t) {
    return t < 0 || t >= q->shape->T ? 0 : q->step_rows ? q->step_rows[t] : q->shape->B;
}

nrnn_place nrnn_place_of(const nrnn_sequence *q, int64_t i);

/* The places of the steps that are taken after and before. */
static inline nrnn_place nrnn_place_after(const nrnn_sequence *q, nrnn_place p) {
    return q->shape->reverse ? (nrnn_place){p.i + 1, p.t - 1, p.row - nrnn_rows_at(q, p.t - 1)}
                             : (nrnn_place){p.i + 1, p.t + 1, p.row + nrnn_rows_at(q, p.t)};
}
static inline nrnn_place nrnn_place_before(const nrnn_sequence *q, nrnn_place p) {
    return q->shape->reverse ? (nrnn_place){p.i - 1, p.t + 1, p.row + nrnn_rows_at(q, p.t)}
                             : (nrnn_place){p.i - 1, p.t - 1, p.row - nrnn_rows_at(q, p.t - 1)};
}

/* Rows of the batch that a part has at work in a step, from its first on. */
static inline int64_t nrnn_part_rows(const nrnn_sequence *q, const nrnn_part *part, nrnn_place p) {
    return nrnn_max(0, nrnn_min(part->row_end, nrnn_rows_at(q, p.t)) - part->row);
}

/* Rows of the steps at work, which are neighbours in memory. */
typedef struct nrnn_span {
    int64_t row, rows;
} nrnn_span;

/* Of the steps that are taken as from .. to-1. */
nrnn_span nrnn_span_of(const nrnn_sequence *q, int64_t from, int64_t to);

/* True when step_rows is as the shape says. */
bool nrnn_step_rows_ok(const nrnn_recurrent_shape *s, const int32_t *step_rows);

/* The row of the batch with which part `index` of `parts` begins: all have as many steps of rows to take. */
int64_t nrnn_rows_border(const nrnn_sequence *q, int64_t parts, int64_t index);

#endif
