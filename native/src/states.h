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

/* Zoneout of h, forward after the step, and of both states backward before it: what is passed on goes to kept_h and
 * kept_c [B, W] and [B, H] and the rest stays. */
void nrnn_states_zone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at);
void nrnn_states_unzone(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, float *dh, float *kept_h,
                        float *dc, float *kept_c);

/* h_n and c_n, after the last step. */
void nrnn_states_final(const nrnn_sequence *q);

#endif
