/* recurrent_layer.h - a recurrent layer of random numbers with all of its memory, for check_recurrent. */
#ifndef RECURRENT_LAYER_H
#define RECURRENT_LAYER_H

#include "check.h"
#include "reference.h"

typedef struct recurrent_case {
    int32_t T, B, I, H, pad;
    bool bias, states, dy, dstates, inputs_wanted; /* inputs_wanted: dx, dh_0, dc_0 */
} recurrent_case;

/* What a layer may be asked for beside its sizes. */
typedef struct recurrent_variant {
    const char *name;
    bool projected, ragged, masked;
    nrnn_zoneout zoneout;
    nrnn_activation gate, candidate, output;
    float clip;
} recurrent_variant;

typedef struct recurrent_layer {
    nrnn_recurrent_shape shape;
    int64_t W, rows;    /* columns of y; packed rows */
    int64_t *lengths;   /* [B] */
    int32_t *step_rows; /* [T] */
    nrnn_zoneout zoneout;
    buffer x, h_0, c_0, h_mask, dy, dh_n, dc_n, p[PARAMETERS];      /* inputs */
    buffer packed, reserve, workspace, y, h_n, c_n, dx, dh_0, dc_0; /* outputs and scratch */
    buffer d[PARAMETERS];                                           /* accumulated: random to begin with */
} recurrent_layer;

/* What the cell does not have is left out of the variant. */
recurrent_layer recurrent_layer_new(nrnn_context *context, int32_t cell, int32_t reverse, const recurrent_case *c,
                                    const recurrent_variant *v);
void recurrent_layer_free(recurrent_layer *l);

/* Packs the weights; returns what forward is to be called with. */
nrnn_recurrent_forward_args recurrent_layer_pack(nrnn_context *context, recurrent_layer *l);

/* Pack, forward, backward; what must not change has not. */
void recurrent_layer_run(nrnn_context *context, recurrent_layer *l);

/* All results with those of the reference. */
void recurrent_layer_compare(const recurrent_layer *l, nrnn_context *context);

#endif
