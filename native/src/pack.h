/* pack.h - recurrent weights in the order in which the kernels read them; written once per update of the parameters.
 *
 * L lanes, P = ceil(H / L) panels of units, units beyond H are zero:
 *     forward   for each panel, for each pair of gates (0|1, 2|3): [H][2 L], row k holds w_hh[gate*H + unit][k]
 *     bias      for each panel: [G][L], b_ih + b_hh
 *     backward  for each panel of 2 L columns of w_hh: [G*H][2 L], row k holds w_hh[k][column] */
#ifndef NRNN_PACK_H
#define NRNN_PACK_H

#include "base.h"

typedef struct nrnn_pack_layout {
    int32_t lanes, gates, H;
    int64_t panels, back_panels;
    int64_t bias, back, total; /* offsets of the sections after the first, and the whole, in floats */
} nrnn_pack_layout;

/* False when the packed weights could not be addressed. gates must be even. */
bool nrnn_pack_layout_of(int32_t lanes, int32_t gates, int32_t H, nrnn_pack_layout *layout);

/* Runs on the context's pool. The biases are NULL together. */
void nrnn_pack_weights(nrnn_context *context, const nrnn_pack_layout *layout, const float *w_hh, const float *b_ih,
                       const float *b_hh, float *packed);

#endif
