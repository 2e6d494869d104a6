/* kernels.h - the table of kernels: what is compiled once per instruction set.
 * Every function works on the part of its arrays that it is given and knows nothing of threads. None of them lets the
 * result of an element depend on how the caller grouped rows or elements, except where its comment says so. */
#ifndef NRNN_KERNELS_H
#define NRNN_KERNELS_H

#include "cells.h"
#include "gemm.h"
#include "nativernn.h"

#include <stdint.h>

/* The states before a step, a row each of those at work; NULL: zeros. seen: h as the recurrent products see it. */
typedef struct nrnn_before {
    const float *h, *seen, *c;
    int64_t h_stride, seen_stride, c_stride;
} nrnn_before;

/* An activation, its kind never the default. Where sums are clipped its values lie between low and high, those at the
 * limits: there the derivative is 0. */
typedef struct nrnn_function {
    int32_t kind;
    float alpha, beta; /* beta of a threshold: the next float above alpha */
    int32_t clipped;
    float low, high;
} nrnn_function;

/* What the open path's functions know beside the step. */
typedef struct nrnn_cell_settings {
    nrnn_function gate, candidate, output;
    float clip;           /* infinity: none */
    const float *vectors; /* of one float per unit, see cells.h; blocks of H */
    int32_t statistics;   /* where those of a row begin in it */
} nrnn_cell_settings;

/* One step of a cell over `rows` rows. A row of the reserve has one block of H floats that the cell keeps beside its
 * gates (GRUs only), then the G gates in PyTorch's order; gates points at the first row.
 * The step is taken for the hidden units from unit, a multiple of 2*lanes, to end.
 * Forward: gates hold x*w_ih^T on entry and the activated gates on return. On the open path the recurrent products have
 * been added to them, or stand in the blocks that cells.c names. */
typedef struct nrnn_cell_step {
    int32_t H, rows, unit, end;
    int32_t K;           /* columns of before.seen */
    const float *panels; /* packed w_hh, see pack.h */
    const float *bias;   /* packed bias, in the order of the panels */
    const nrnn_cell_settings *settings;
    float *gates;
    int64_t gates_stride; /* from one row of the reserve to the next */
    nrnn_before before;
    float *c; /* [rows, H] */
    float *y;
    int64_t y_stride;
} nrnn_cell_step;

/* The pointwise derivatives of one step. gates: activated on entry, the gradient of the pre-activations on return.
 * dh, dc [rows, H] carry the gradients of the later steps; dc is replaced by that of c_prev, dh by what reaches h_prev
 * beside the products if the driver adds them to it. dy NULL: zeros. A second phase finds in dc the product of the
 * first, which h_mask [rows, H] has not multiplied; NULL: ones. */
typedef struct nrnn_cell_step_back {
    int32_t H, rows, unit, end;
    const nrnn_cell_settings *settings;
    float *gates;
    int64_t gates_stride;
    nrnn_before before;
    const float *h_mask;
    const float *c;
    const float *dy;
    int64_t dy_stride;
    float *dh;
    float *dc;
} nrnn_cell_step_back;

/* The phases of a cell, then NULL. A phase needs what the phases before made of all units, not only of its own. */
typedef struct nrnn_cell_kernels {
    void (*forward[NRNN_PHASES])(const nrnn_cell_step *step);
    void (*backward[NRNN_PHASES])(const nrnn_cell_step_back *step); /* a product follows each, see cells.h */
} nrnn_cell_kernels;

/* y[rows, N] = a[rows, K] * w[K, N], w packed in panels of 2*lanes columns (pack.h); accumulate: y += instead. */
typedef struct nrnn_panel_product {
    int32_t rows, K, N;
    int32_t accumulate;
    const float *a;
    int64_t a_stride;
    const float *panels;
    int64_t panel_stride; /* floats from one panel to the next */
    float *y;
    int64_t y_stride;
    const float *mask; /* [rows, N] that multiplies the product; NULL: ones */
    int64_t mask_stride;
} nrnn_panel_product;

/* nrnn_update_args, rounded once; rest = 1 - beta, fresh = 1 - dampening, no limit is an infinite one. */
typedef struct nrnn_update_step {
    float grad_scale, limit, l2, shrink;
    float rate, mean_rate, momentum, fresh;
    float beta1, rest1, beta2, rest2, eps, root, average;
    int32_t nesterov;
} nrnn_update_step;

typedef void nrnn_update_kernel(int64_t n, const nrnn_update_step *step, float *p, const float *grad,
                                float *const state[3]);

/* What the losses of single numbers share; the arrays are of one row. */
typedef struct nrnn_pointwise_step {
    double scale, setting, floor;
    const float *weights, *positive_weights; /* NULL: 1 */
} nrnn_pointwise_step;

/* One row of n targets. Returns the sum of weight * loss; dinput, unless NULL, is scale times its gradient. */
typedef double nrnn_pointwise_kernel(int64_t n, const nrnn_pointwise_step *step, const float *input,
                                     const float *target, float *dinput);

/* How the rows of a cross entropy count: see nrnn_cross_entropy_args. */
typedef struct nrnn_class_step {
    double scale, smoothing;
    const float *weights; /* NULL: 1 */
    double weight_sum;    /* of all classes */
} nrnn_class_step;

enum { NRNN_UNIFORM = 64 };

typedef struct nrnn_kernels {
    const char *isa;
    int32_t lanes;
    double fma_flops;                        /* of one iteration of fma_chains */
    nrnn_cell_kernels cell[NRNN_CELL_COUNT]; /* fused with the recurrent products; NULL: not so */
    nrnn_cell_kernels open[NRNN_CELL_COUNT]; /* without products, any activations */

    /* Rows of the reserve of a cell that normalises the input's part: forward before the steps, backward after. */
    void (*normalise_input)(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride);
    void (*derive_input)(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride);
    void (*activation)(const nrnn_function *function, int64_t n, const float *x, float *y);

    void (*panel_product)(const nrnn_panel_product *product);
    void (*gemm)(const nrnn_gemm *product, float *scratch); /* the whole product; scratch: scratch_floats */
    int64_t scratch_floats;
    int32_t own_columns; /* products of at most as many columns are made by gemm, wider ones by OpenBLAS */
    /* to[c] += sum over rows of x[r*stride + c], also to also[c] unless NULL; in double, row after row. */
    void (*add_column_sums)(int64_t rows, int64_t columns, const float *x, int64_t stride, float *to, float *also);
    /* to[c] += sum over rows of x[r*x_stride + c] * y[r*y_stride + c]; in double, row after row. */
    void (*add_column_products)(int64_t rows, int64_t columns, const float *x, int64_t x_stride, const float *y,
                                int64_t y_stride, float *to);
    void (*add)(int64_t n, const float *x, float *y);                      /* y += x */
    void (*multiply)(int64_t n, const float *x, const float *m, float *y); /* y = x*m */
    /* NRNN_UNIFORM numbers of a stream of Philox's, from a block of four on (random.h). */
    void (*uniform)(uint64_t seed, uint64_t stream, uint64_t block, float *out);
    /* Zoneout with draws in [0, 1), or by the rate where draws is NULL; old NULL: zeros.
     * zone: x is old where the draw is below the rate. unzone: d there goes to kept, and is zero. */
    void (*zone)(int64_t n, float rate, const float *draws, const float *old, float *x);
    void (*unzone)(int64_t n, float rate, const float *draws, float *d, float *kept);
    /* Returns log sum exp - logits[target]; dlogits may be NULL or equal logits. */
    double (*cross_entropy_row)(int64_t V, double scale, const float *logits, int32_t target, float *dlogits);
    /* The same with smoothing and weights. */
    double (*weighted_cross_entropy_row)(int64_t V, const nrnn_class_step *step, const float *logits, int32_t target,
                                         float *dlogits);
    nrnn_pointwise_kernel *pointwise[NRNN_LOSS_COUNT];
    double (*sum_of_squares)(int64_t n, const float *x);
    nrnn_update_kernel *update[NRNN_RULE_COUNT];
    void (*fma_chains)(int64_t iterations);
    /* The functions of vec_math.h over an array, for the checks: 0 exp, 1 sigmoid, 2 tanh. */
    void (*math)(int32_t which, int64_t n, const float *x, float *y);
} nrnn_kernels;

/* One per instruction set; those of generic vectors are in the checks only. */
extern const nrnn_kernels nrnn_kernels_scalar, nrnn_kernels_avx2, nrnn_kernels_avx512, nrnn_kernels_neon;
extern const nrnn_kernels nrnn_kernels_generic4, nrnn_kernels_generic16;

/* Names of the functions of the instruction set being compiled (NRNN_ISA is set by CMake). */
#if defined(NRNN_ISA)
#define NRNN_JOIN_(a, b, c) a##b##_##c
#define NRNN_JOIN(a, b, c) NRNN_JOIN_(a, b, c)
#define NRNN_NAME(name) NRNN_JOIN(nrnn_, NRNN_ISA, name)

void NRNN_NAME(lstm_forward)(const nrnn_cell_step *step);
void NRNN_NAME(lstm_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(gru_forward)(const nrnn_cell_step *step);
void NRNN_NAME(gru_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(gru_before_gates)(const nrnn_cell_step *step);
void NRNN_NAME(gru_before_state)(const nrnn_cell_step *step);
void NRNN_NAME(gru_before_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(gru_before_reset)(const nrnn_cell_step_back *step);
void NRNN_NAME(rnn_tanh_forward)(const nrnn_cell_step *step);
void NRNN_NAME(rnn_tanh_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(rnn_relu_forward)(const nrnn_cell_step *step);
void NRNN_NAME(rnn_relu_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(lstm_open_forward)(const nrnn_cell_step *step);
void NRNN_NAME(lstm_open_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(lstm_peephole_forward)(const nrnn_cell_step *step);
void NRNN_NAME(lstm_peephole_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(lstm_coupled_forward)(const nrnn_cell_step *step);
void NRNN_NAME(lstm_coupled_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(lstm_layernorm_forward)(const nrnn_cell_step *step);
void NRNN_NAME(lstm_layernorm_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(gru_open_forward)(const nrnn_cell_step *step);
void NRNN_NAME(gru_open_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(rnn_open_forward)(const nrnn_cell_step *step);
void NRNN_NAME(rnn_open_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(indrnn_forward)(const nrnn_cell_step *step);
void NRNN_NAME(indrnn_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(min_gru_forward)(const nrnn_cell_step *step);
void NRNN_NAME(min_gru_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(gru_open_gates)(const nrnn_cell_step *step);
void NRNN_NAME(gru_open_state)(const nrnn_cell_step *step);
void NRNN_NAME(gru_open_before_backward)(const nrnn_cell_step_back *step);
void NRNN_NAME(gru_open_reset)(const nrnn_cell_step_back *step);
void NRNN_NAME(normalise_input)(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride);
void NRNN_NAME(derive_input)(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride);
void NRNN_NAME(activation)(const nrnn_function *function, int64_t n, const float *x, float *y);
void NRNN_NAME(panel_product)(const nrnn_panel_product *product);
void NRNN_NAME(gemm)(const nrnn_gemm *product, float *scratch);
void NRNN_NAME(add_column_sums)(int64_t rows, int64_t columns, const float *x, int64_t stride, float *to, float *also);
void NRNN_NAME(add_column_products)(int64_t rows, int64_t columns, const float *x, int64_t x_stride, const float *y,
                                    int64_t y_stride, float *to);
void NRNN_NAME(add)(int64_t n, const float *x, float *y);
void NRNN_NAME(multiply)(int64_t n, const float *x, const float *m, float *y);
void NRNN_NAME(uniform)(uint64_t seed, uint64_t stream, uint64_t block, float *out);
void NRNN_NAME(zone)(int64_t n, float rate, const float *draws, const float *old, float *x);
void NRNN_NAME(unzone)(int64_t n, float rate, const float *draws, float *d, float *kept);
double NRNN_NAME(cross_entropy_row)(int64_t V, double scale, const float *logits, int32_t target, float *dlogits);
double NRNN_NAME(weighted_cross_entropy_row)(int64_t V, const nrnn_class_step *step, const float *logits,
                                             int32_t target, float *dlogits);
nrnn_pointwise_kernel NRNN_NAME(squared_loss), NRNN_NAME(absolute_loss), NRNN_NAME(huber_loss),
    NRNN_NAME(quantile_loss);
nrnn_pointwise_kernel NRNN_NAME(binary_loss), NRNN_NAME(gaussian_loss), NRNN_NAME(student_t_loss);
double NRNN_NAME(sum_of_squares)(int64_t n, const float *x);
nrnn_update_kernel NRNN_NAME(sgd), NRNN_NAME(adagrad), NRNN_NAME(adadelta), NRNN_NAME(rmsprop), NRNN_NAME(adam);
nrnn_update_kernel NRNN_NAME(nadam), NRNN_NAME(adamax), NRNN_NAME(asgd);
void NRNN_NAME(fma_chains)(int64_t iterations);
void NRNN_NAME(math)(int32_t which, int64_t n, const float *x, float *y);
#endif

#endif
