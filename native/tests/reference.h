/* reference.h - the equations in double precision and plain loops; arrays are dense, outputs are overwritten unless a
 * comment says += . */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdint.h>

/* A recurrent layer of any cell (nrnn_cell), in either direction. */
typedef struct reference_layer {
    int32_t cell, reverse;
    int64_t T, B, I, H, G;
    const double *x, *w_ih, *w_hh, *b_ih, *b_hh, *h_0, *c_0; /* biases and states may be NULL */
    double *gates, *c, *y;          /* [T,B,G*H] activated, [T,B,H] (c of an LSTM, q of a GRU), [T,B,H] */
    const double *dy, *dh_n, *dc_n; /* may be NULL */
    double *dx, *dh_0, *dc_0;
    double *dw_ih, *dw_hh, *db_ih, *db_hh; /* += */
} reference_layer;

enum { REFERENCE_CELLS = 5 }; /* cells from the first on */

int64_t reference_gates(int32_t cell); /* G */
const char *reference_cell_name(int32_t cell);
void reference_forward(reference_layer *r);
void reference_backward(reference_layer *r);

/* y[N,O] = x[N,I] w[O,I]^T + b */
void reference_dense(int64_t N, int64_t I, int64_t O, const double *x, const double *w, const double *b, double *y);
/* dw, db += ; dx overwritten */
void reference_dense_back(int64_t N, int64_t I, int64_t O, const double *x, const double *w, const double *dy,
                          double *dx, double *dw, double *db);
double reference_cross_entropy(int64_t N, int64_t V, double scale, const double *logits, const int32_t *targets,
                               double *dlogits);

#endif
