/* rnn_open.c - plain cells of the open path, pointwise, with any activation: h = act(a), and the IndRNN, whose units
 * see themselves alone: h = act(a + w_hh*h_prev).                                                     (docs/math.md) */
#include "kernels/open.h"

static inline void finish(const nrnn_units *u, vf sum) {
    nrnn_show(u, nrnn_gate_value(u, &u->step->settings->candidate, 0, sum));
}

static inline __attribute__((always_inline)) void plain(const nrnn_units *u) {
    finish(u, nrnn_biased(u, 0, 0));
}

static inline __attribute__((always_inline)) void independent(const nrnn_units *u) {
    const vf w = vf_load_n(u->step->settings->vectors + u->unit, u->n);
    finish(u, vf_fma(w, nrnn_state_seen(u), nrnn_biased(u, 0, 0)));
}

void NRNN_NAME(rnn_open_forward)(const nrnn_cell_step *s) {
    nrnn_pointwise(s, 1, plain);
}

void NRNN_NAME(indrnn_forward)(const nrnn_cell_step *s) {
    nrnn_pointwise(s, 1, independent);
}

void NRNN_NAME(activation)(const nrnn_function *f, int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += NRNN_LANES)
        vf_store_n(y + i, nrnn_value(f, vf_load_n(x + i, n - i)), n - i);
}

static inline vf derive_sum(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    float *gate = s->gates + row * s->gates_stride + unit;
    const vf slope = nrnn_slope(&s->settings->candidate, vf_load_n(gate, n));
    const vf da = vf_mul(nrnn_whole_dh(s, row, unit, n), slope);
    vf_store_n(gate, da, n);
    return da;
}

static inline void derive_plain(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    derive_sum(s, row, unit, n);
}

static inline void derive_independent(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const int64_t state = row * s->H + unit;
    vf dseen = vf_mul(derive_sum(s, row, unit, n), vf_load_n(s->settings->vectors + unit, n));
    if (s->h_mask)
        dseen = vf_mul(dseen, vf_load_n(s->h_mask + state, n));
    vf_store_n(s->dh + state, dseen, n);
}

void NRNN_NAME(rnn_open_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_plain);
}

void NRNN_NAME(indrnn_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_independent);
}
