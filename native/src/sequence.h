/* sequence.h - one call of a recurrent layer on its way through the steps: what is at work (this file and rows.h), the
 * threads (sequence.c), the steps (forward.c, backward.c), the states between them (states.c) and the gradients of
 * parameters (gradients.c). */
#ifndef NRNN_SEQUENCE_H
#define NRNN_SEQUENCE_H

#include "base.h"
#include "cells.h"
#include "kernels/kernels.h"
#include "pack.h"
#include "pool.h"

typedef struct nrnn_sequence {
    nrnn_context *context;
    const nrnn_recurrent_shape *shape;
    const nrnn_cell_row *cell;
    const nrnn_cell_kernels *kernels;
    bool open; /* the driver makes the recurrent products; the cell's functions are pointwise */
    nrnn_cell_settings settings;
    const nrnn_recurrent_forward_args *forward; /* one of these two, as the call is */
    const nrnn_recurrent_backward_args *backward;
    const float *packed, *h_0, *c_0, *y, *h_mask; /* these: whatever the call is */
    const int32_t *step_rows;
    const nrnn_zoneout *zoneout; /* NULL: none */
    float *reserve, *workspace;
    nrnn_pack_layout layout;
    int64_t W;     /* columns of h and y */
    int64_t gates; /* G*H */
    /* A row of the reserve: blocks of the cell, statistics where it is normalised, then those that the call needs, with
     * their offsets, 0 where they are not: the states before the step, h as the products see it, what is projected, the
     * gradient of what it was projected to; and a pad. */
    int64_t stride;
    int64_t first; /* where the input's part begins */
    int64_t h_before, seen, c_before, inner, outer;
    int64_t rows;     /* of all steps */
    int64_t from, to; /* the steps at work, in the order in which they are taken: see nrnn_sequence_stretch */
} nrnn_sequence;

/* What one thread does of every step: some rows of the batch, or of all rows some units and columns of y. */
typedef struct nrnn_part {
    int64_t row, row_end;
    int32_t unit, unit_end;     /* of H */
    int32_t column, column_end; /* of W */
    nrnn_crew *crew;            /* NULL: no other thread needs what this one makes */
} nrnn_part;

typedef void nrnn_part_function(const nrnn_sequence *sequence, const nrnn_part *part);

/* Runs all parts of the steps at work. */
void nrnn_sequence_run(const nrnn_sequence *sequence, nrnn_part_function *function);

/* Other threads have what this one made, and the reverse. */
static inline void nrnn_meet(const nrnn_part *part) {
    if (part->crew)
        nrnn_crew_wait(part->crew);
}

/* Runs a kernel over all rows of the steps at work. */
typedef void nrnn_row_kernel(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride);
void nrnn_sequence_each_row(const nrnn_sequence *sequence, nrnn_row_kernel *kernel);

/* The steps that are taken together: large products, then the cell, or the reverse, while what one leaves to the other
 * is in the cache. A matter of the shape alone, as sums over steps are made stretch by stretch. */
int64_t nrnn_sequence_stretch(const nrnn_sequence *sequence);

/* The steps from..to of the cell: from the input's part of the gates to y, and from dy to the gradients of the gates.
 */
void nrnn_sequence_forward(const nrnn_sequence *sequence);
void nrnn_sequence_backward(const nrnn_sequence *sequence);

/* Adds to the gradients of all parameters, and sets dx, from the gradients of the gates of the steps from..to. */
void nrnn_sequence_gradients(const nrnn_sequence *sequence);

/* Where the cell states begin in the reserve; NULL for a cell without. */
static inline float *nrnn_cell_states(const nrnn_sequence *q) {
    return q->cell->cell_state ? q->reserve + q->rows * q->stride : NULL;
}

#endif
