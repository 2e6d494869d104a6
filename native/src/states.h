/* states.h - the states from one step to the next, as far as a cell's own functions do not see to it: ragged batches,
 * masks, zoneout (states.c). */
#ifndef NRNN_STATES_H
#define NRNN_STATES_H

#include "rows.h"

/* The states before a step, for the rows of a part. */
nrnn_before nrnn_states_before(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at);

/* True where each row keeps states before it in the reserve; nrnn_states_gather writes those of a step, of a part. */
static inline bool nrnn_states_are_gathered(const nrnn_sequence *q) {
    return q->h_before || q->seen || q->c_before;
}
void nrnn_states_gather(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at);

/* The gradients of the states on their way back, [B, W] and [B, H], and what zoneout passes on of them. */
typedef struct nrnn_gradients {
    float *dh, *dc, *kept_h, *kept_c;
} nrnn_gradients;

/* Zoneout: of h after a step forward; backward before the step, where what is passed on is set apart, and after it. */
void nrnn_states_zone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at);
void nrnn_states_unzone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, const nrnn_gradients *g);
void nrnn_states_rezone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, const nrnn_gradients *g);

/* h_n and c_n, after the last step. */
void nrnn_states_final(const nrnn_sequence *q);

#endif
