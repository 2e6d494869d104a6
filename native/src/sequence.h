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
    int64_t gates;  /* G*H */
    int64_t stride; /* of a row of the reserve: kept blocks and gates, and a pad */
    int64_t first;  /* where the gates begin in it */
    int64_t rows;   /* T*B */
} nrnn_sequence;

/* The step that is taken as the i-th. */
static inline int64_t nrnn_step_at(const nrnn_recurrent_shape *s, int64_t i) {
    return s->reverse ? s->T - 1 - i : i;
}

/* All steps of the cell: from the input's part of the gates to y, and from dy to the gradients of the gates. */
void nrnn_sequence_forward(const nrnn_sequence *sequence);
void nrnn_sequence_backward(const nrnn_sequence *sequence);

/* Adds to dw_ih, dw_hh, db_ih, db_hh, and sets dx, from the gradients of the gates. */
void nrnn_sequence_gradients(const nrnn_sequence *sequence);

#endif
