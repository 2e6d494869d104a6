/* pack.h - recurrent weights in the order in which the kernels read them; written once per update of the parameters.
 *
 * L lanes; panels of U = L or 2 L units; units beyond H are zero. K columns of w_hh. The G*U columns of a panel, gate
 * after gate, are cut into blocks of 2 L, what a register tile takes: two gates where U = L, one where U = 2 L.
 *     forward    for each panel, for each block: [K][2 L], row k holds w_hh[gate*H + unit][k]
 *     bias       for each panel: [G][U], b_ih + b_hh; split_bias: the last gate has b_ih alone, and [U] more b_hh
 *     backward   for each panel of 2 L columns of w_hh: [G*H][2 L], a row holds w_hh[k][column], k from back_first*H
 *                on, then from 0
 *     project    with a projection w_hr [P, H]: for each panel of 2 L of its rows: [H][2 L], row k holds w_hr[row][k]
 *     unproject  for each panel of 2 L of its columns: [P][2 L], row k holds w_hr[k][column]
 *     vectors    other parameters as they are, each of some blocks of H
 * Without products forward and backward are empty. */
#ifndef NRNN_PACK_H
#define NRNN_PACK_H

#include "base.h"
#include "cells.h"

typedef struct nrnn_pack_layout {
    int32_t lanes, gates, H, K, P; /* these nine: set by the caller; P 0: no projection */
    int32_t units;                 /* U; gates * units is a multiple of 2 * lanes */
    bool products, split_bias;
    int32_t back_first;
    const nrnn_cell_vector *vector_list; /* NRNN_VECTORS */
    int64_t panels, back_panels;
    int64_t bias, back, project, unproject, vectors, total; /* offsets of the sections, and the whole, in floats */
} nrnn_pack_layout;

/* Sets the rest; false when the packed weights could not be addressed. */
bool nrnn_pack_layout_complete(nrnn_pack_layout *layout);

/* Where the backward rows of a gate begin within a panel. */
static inline int64_t nrnn_pack_back_row(const nrnn_pack_layout *l, int32_t gate) {
    return (int64_t)((gate + l->gates - l->back_first) % l->gates) * l->H * 2 * l->lanes;
}

/* The parameter of a kind. */
const float *nrnn_weights_vector(const nrnn_recurrent_weights *weights, nrnn_vector_kind kind);

/* Runs on the context's pool. */
void nrnn_pack_weights(nrnn_context *context, const nrnn_pack_layout *layout, const nrnn_recurrent_weights *weights,
                       float *packed);

#endif
