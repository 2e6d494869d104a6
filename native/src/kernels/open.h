/* open.h - for the open path, where the driver makes the recurrent products: activations of any kind, and the walk over
 * the units of a step.
 * A derivative comes from the activation's value alone. NaN stays so: it is the operand that vf_max and vf_min return,
 * and fails every comparison. */
#ifndef NRNN_OPEN_H
#define NRNN_OPEN_H

#include "kernels/units.h"

/* log(1 + e) for 0 <= e <= 1, as 2 atanh(e / (2 + e)): eight terms, the next is below 2^-27. */
static inline vf nrnn_log_of_one_and(vf e) {
    const vf s = vf_div(e, vf_add(vf_set(2.0f), e)), u = vf_mul(s, s);
    vf q = vf_set(1.0f / 15);
    for (int k = 13; k > 0; k -= 2)
        q = vf_fma(u, q, vf_set(1.0f / (float)k));
    return vf_mul(vf_add(s, s), q);
}

static inline vf nrnn_value(const nrnn_function *f, vf x) {
    const vf zero = vf_set(0.0f), one = vf_set(1.0f), alpha = vf_set(f->alpha), beta = vf_set(f->beta);
    switch (f->kind) {
    case NRNN_ACTIVATION_SIGMOID:
        return vf_sigmoid(x);
    case NRNN_ACTIVATION_TANH:
        return vf_tanh(x);
    case NRNN_ACTIVATION_RELU:
        return vf_max(zero, x);
    case NRNN_ACTIVATION_HARD_SIGMOID:
        return vf_min(one, vf_max(zero, vf_fma(alpha, x, beta)));
    case NRNN_ACTIVATION_SOFTSIGN:
        return vf_div(x, vf_add(one, vf_abs(x)));
    case NRNN_ACTIVATION_SOFTPLUS:
        return vf_add(vf_max(zero, x), nrnn_log_of_one_and(vf_exp(vf_sub(zero, vf_abs(x)))));
    case NRNN_ACTIVATION_ELU:
        return vf_select(vf_less(x, zero), vf_mul(alpha, vf_sub(vf_exp(x), one)), x);
    case NRNN_ACTIVATION_LEAKY_RELU:
        return vf_select(vf_less(x, zero), vf_mul(alpha, x), x);
    case NRNN_ACTIVATION_THRESHOLDED_RELU: /* beta: the next float above alpha */
        return vf_select(vf_less(x, beta), zero, x);
    case NRNN_ACTIVATION_SCALED_TANH:
        return vf_mul(alpha, vf_tanh(vf_mul(beta, x)));
    default:
        return vf_fma(alpha, x, beta);
    }
}

static inline vf nrnn_slope_of_kind(const nrnn_function *f, vf y) {
    const vf zero = vf_set(0.0f), one = vf_set(1.0f), alpha = vf_set(f->alpha), beta = vf_set(f->beta);
    switch (f->kind) {
    case NRNN_ACTIVATION_SIGMOID:
        return vf_mul(y, vf_sub(one, y));
    case NRNN_ACTIVATION_TANH:
        return vf_fnma(y, y, one);
    case NRNN_ACTIVATION_RELU:
    case NRNN_ACTIVATION_THRESHOLDED_RELU:
        return vf_select(vf_less(zero, y), one, zero);
    case NRNN_ACTIVATION_HARD_SIGMOID:
        return vf_select(vf_less(zero, y), vf_select(vf_less(y, one), alpha, zero), zero);
    case NRNN_ACTIVATION_SOFTSIGN: {
        const vf rest = vf_sub(one, vf_abs(y));
        return vf_mul(rest, rest);
    }
    case NRNN_ACTIVATION_SOFTPLUS:
        return vf_sub(one, vf_exp(vf_sub(zero, y)));
    case NRNN_ACTIVATION_ELU:
        return vf_select(vf_less(zero, y), one, vf_add(y, alpha));
    case NRNN_ACTIVATION_LEAKY_RELU:
        return vf_select(vf_less(zero, y), one, alpha);
    case NRNN_ACTIVATION_SCALED_TANH:
        return vf_mul(beta, vf_sub(alpha, vf_mul(y, vf_div(y, alpha))));
    default:
        return alpha;
    }
}

/* The derivative where the value is y. */
static inline vf nrnn_slope(const nrnn_function *f, vf y) {
    const vf slope = nrnn_slope_of_kind(f, y), zero = vf_set(0.0f);
    if (!f->clipped)
        return slope;
    const vf below = vf_select(vf_less(y, vf_set(f->high)), slope, zero);
    return vf_select(vf_less(vf_set(f->low), y), below, zero);
}

/* The value of a sum that may be clipped. */
static inline vf nrnn_clipped_value(const nrnn_cell_settings *k, const nrnn_function *f, vf sum) {
    return nrnn_value(f, vf_min(vf_set(k->clip), vf_max(vf_set(-k->clip), sum)));
}

static inline float *nrnn_block_of(const nrnn_units *u, int64_t block) {
    const nrnn_cell_step *s = u->step;
    return s->gates + u->row * s->gates_stride + block * s->H + u->unit;
}

/* A block and a row of biases. */
static inline vf nrnn_biased(const nrnn_units *u, int64_t block, int64_t bias) {
    return vf_add(vf_load_n(nrnn_block_of(u, block), u->n), vf_load(u->bias + bias * NRNN_TILE_COLUMNS));
}

/* The value of the gate in a block, which replaces its sum. */
static inline vf nrnn_gate_value(const nrnn_units *u, const nrnn_function *f, int64_t block, vf sum) {
    const vf value = nrnn_clipped_value(u->step->settings, f, sum);
    vf_store_n(nrnn_block_of(u, block), value, u->n);
    return value;
}

static inline void nrnn_show(const nrnn_units *u, vf h) {
    vf_store_n(u->step->y + u->row * u->step->y_stride + u->unit, h, u->n);
}

/* Runs a cell's function over all rows and units of a step, vector by vector. biases: rows of them in a panel. */
typedef void nrnn_pointwise_function(const nrnn_units *units);

static inline __attribute__((always_inline)) void nrnn_pointwise(const nrnn_cell_step *s, int64_t biases,
                                                                 nrnn_pointwise_function *function) {
    for (int64_t row = 0; row < s->rows; ++row)
        for (int64_t unit = s->unit; unit < s->end; unit += NRNN_LANES) {
            const int64_t in_panel = unit % NRNN_TILE_COLUMNS;
            const float *bias = s->bias + (unit - in_panel) * biases + in_panel;
            function(&(nrnn_units){s, row, unit, s->end - unit, bias});
        }
}

#endif
