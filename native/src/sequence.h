/* sequence.h - one call of a recurrent layer on its way through the steps (sequence.c) and the gradients (gradients.c).
 */
#ifndef NRNN_SEQUENCE_H
#define NRNN_SEQUENCE_H

#include "base.h"
#include "cells.h"
#include "pack.h"

typedef struct nrnn_sequence {
    nrnn_context *context;
    const nrnn_recurrent_shape *shape;
    const nrnn_cell_row *cell;
    const nrnn_recurrent_forward_args *forward; /* one of these two, as the call is */
    const nrnn_recurrent_backward_args *backward;
    nrnn_pack_layout layout;
    int64_t gates;    /* G*H */
    int64_t stride;   /* of a row of the reserve: kept blocks and gates, and a pad */
    int64_t first;    /* where the gates begin in it */
    int64_t rows;     /* T*B */
    int64_t from, to; /* the steps at work, in the order in which they are taken: see nrnn_sequence_stretch */
} nrnn_sequence;

/* The step that is taken as the i-th. */
static inline int64_t nrnn_step_at(const nrnn_recurrent_shape *s, int64_t i) {
    return s->reverse ? s->T - 1 - i : i;
}

/* Where the steps from..to lie in x, y and the reserve. */
static inline int64_t nrnn_first_row(const nrnn_recurrent_shape *s, int64_t from, int64_t to) {
    return (s->reverse ? s->T - to : from) * s->B;
}

/* The steps that are taken together: large products, then the cell, or the reverse, while what one leaves to the other
 * is in the cache. A matter of the shape alone, as sums over steps are made stretch by stretch. */
int64_t nrnn_sequence_stretch(const nrnn_sequence *sequence);

/* The steps from..to of the cell: from the input's part of the gates to y, and from dy to the gradients of the gates.
 */
void nrnn_sequence_forward(const nrnn_sequence *sequence);
void nrnn_sequence_backward(const nrnn_sequence *sequence);

/* Adds to dw_ih, dw_hh, db_ih, db_hh, and sets dx, from the gradients of the gates of the steps from..to. */
void nrnn_sequence_gradients(const nrnn_sequence *sequence);

#endif
