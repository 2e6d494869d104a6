/* reference.h - the equations in double precision and plain loops; arrays are dense, outputs are overwritten unless a
 * comment says += . */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "nativernn.h"

#include <stdbool.h>
#include <stdint.h>

/* The parameters of recurrent layers, in the order of nrnn_recurrent_weights. */
typedef enum reference_parameter {
    W_IH,
    W_HH,
    B_IH,
    B_HH,
    W_HR,
    W_PEEPHOLE,
    LN_IH_GAIN,
    LN_HH_GAIN,
    LN_C_GAIN,
    LN_C_BIAS,
    PARAMETERS
} reference_parameter;

extern const char *const reference_parameter_names[PARAMETERS]; /* as in files, without layer and direction */

typedef struct reference_size {
    int64_t rows, columns; /* 0 rows: the layer has no such parameter; 0 columns: it is a vector */
} reference_size;

const char *reference_cell_name(int32_t cell);
int64_t reference_gates(int32_t cell); /* G */
bool reference_has_cell_state(int32_t cell);
reference_size reference_size_of(const nrnn_recurrent_shape *shape, reference_parameter which);
int64_t reference_floats(reference_size size);

/* The value of an activation of a given kind, and its derivative. */
double reference_activation(const nrnn_activation *f, double x, double *slope);

/* A recurrent layer in either direction. Sequences are padded, [T,B,...], whatever the lengths; what lies beyond a
 * length is not read and written as zeros. Of the shape sizes, direction, activations and clip count. */
typedef struct reference_layer {
    nrnn_recurrent_shape shape;
    const int64_t *lengths; /* [B]; NULL: T */
    const double *x, *h_0, *c_0, *p[PARAMETERS];
    const double *h_mask; /* [B,W]; NULL: ones */
    const double *keep_h,
        *keep_c; /* [T,B,W], [T,B,H]: the share of the states before that zoneout keeps; NULL: zeros */
    const double *dy, *dh_n, *dc_n; /* NULL: zeros, as h_0 and c_0 */
    double *y, *h_n, *c_n;
    double *dx, *dh_0, *dc_0;
    double *d[PARAMETERS]; /* += ; NULL where there is no such parameter */
} reference_layer;

/* Forward and backward. */
void reference_run(const reference_layer *r);

/* y[N,O] = x[N,I] w[O,I]^T + b */
void reference_dense(int64_t N, int64_t I, int64_t O, const double *x, const double *w, const double *b, double *y);
/* dw, db += ; dx overwritten */
void reference_dense_back(int64_t N, int64_t I, int64_t O, const double *x, const double *w, const double *dy,
                          double *dx, double *dw, double *db);
double reference_cross_entropy(int64_t N, int64_t V, double scale, const double *logits, const int32_t *targets,
                               double *dlogits);

#endif
