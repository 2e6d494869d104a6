/* gru_open.c - the GRUs of the open path, pointwise, with any activations, and the minimal GRU, whose gates do not see
 * the state:  h = h_prev + z*(n - h_prev).                                                        (docs/math.md)
 * The blocks are those of gru.c; of the minimal GRU z, n. */
#include "kernels/open.h"

enum { KEPT, RESET, UPDATE, NEW };

static inline vf gate(const nrnn_units *u, int64_t block) {
    return nrnn_gate_value(u, &u->step->settings->gate, block, nrnn_biased(u, block, block - RESET));
}

/* n from its whole sum, and the state. */
static inline void finish(const nrnn_units *u, vf sum) {
    const vf n = nrnn_gate_value(u, &u->step->settings->candidate, NEW, sum);
    const vf z = vf_load_n(nrnn_block_of(u, UPDATE), u->n);
    nrnn_show(u, vf_fma(z, vf_sub(nrnn_state_before(u), n), n));
}

static inline __attribute__((always_inline)) void after(const nrnn_units *u) {
    const vf r = gate(u, RESET), q = nrnn_biased(u, KEPT, 3);
    gate(u, UPDATE);
    vf_store_n(nrnn_block_of(u, KEPT), q, u->n);
    finish(u, vf_fma(r, q, nrnn_biased(u, NEW, 2)));
}

static inline __attribute__((always_inline)) void gates_before(const nrnn_units *u) {
    const vf r = gate(u, RESET);
    gate(u, UPDATE);
    vf_store_n(nrnn_block_of(u, KEPT), vf_mul(r, nrnn_state_seen(u)), u->n);
}

static inline __attribute__((always_inline)) void state_before(const nrnn_units *u) {
    finish(u, nrnn_biased(u, NEW, 2));
}

static inline __attribute__((always_inline)) void minimal(const nrnn_units *u) {
    const nrnn_cell_settings *k = u->step->settings;
    const vf z = nrnn_gate_value(u, &k->gate, 0, nrnn_biased(u, 0, 0));
    const vf n = nrnn_gate_value(u, &k->candidate, 1, nrnn_biased(u, 1, 1)), h = nrnn_state_before(u);
    nrnn_show(u, vf_fma(z, vf_sub(n, h), h));
}

void NRNN_NAME(gru_open_forward)(const nrnn_cell_step *s) {
    nrnn_pointwise(s, 4, after);
}

void NRNN_NAME(gru_open_gates)(const nrnn_cell_step *s) {
    nrnn_pointwise(s, 3, gates_before);
}

void NRNN_NAME(gru_open_state)(const nrnn_cell_step *s) {
    nrnn_pointwise(s, 3, state_before);
}

void NRNN_NAME(min_gru_forward)(const nrnn_cell_step *s) {
    nrnn_pointwise(s, 2, minimal);
}

static inline vf h_before(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    return nrnn_at(s->before.h, s->before.h_stride, row, unit, n);
}

/* The gradients of z and n, at their blocks; returns the latter. dh keeps what passes by. */
static inline vf derive_state(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const int64_t H = s->H;
    float *at = s->gates + row * s->gates_stride + unit;
    const vf z = vf_load_n(at + UPDATE * H, n), new = vf_load_n(at + NEW * H, n), dh = nrnn_whole_dh(s, row, unit, n);
    const vf dz = vf_mul(dh, vf_sub(h_before(s, row, unit, n), new)), passed = vf_mul(dh, z);
    const vf dn = vf_mul(vf_sub(dh, passed), nrnn_slope(&s->settings->candidate, new));
    vf_store_n(at + UPDATE * H, vf_mul(dz, nrnn_slope(&s->settings->gate, z)), n);
    vf_store_n(at + NEW * H, dn, n);
    vf_store_n(s->dh + row * H + unit, passed, n);
    return dn;
}

static inline void derive_after(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const vf dn = derive_state(s, row, unit, n);
    float *kept = s->gates + row * s->gates_stride + unit, *at = kept + RESET * (int64_t)s->H;
    const vf r = vf_load_n(at, n), q = vf_load_n(kept, n);
    vf_store_n(at, vf_mul(vf_mul(dn, q), nrnn_slope(&s->settings->gate, r)), n);
    vf_store_n(kept, vf_mul(dn, r), n);
}

static inline void derive_before(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    derive_state(s, row, unit, n);
}

/* dc is the gradient of r*h, h as the products see it. */
static inline void derive_reset(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const int64_t H = s->H, state = row * H + unit;
    float *at = s->gates + row * s->gates_stride + RESET * H + unit;
    const vf r = vf_load_n(at, n), product = vf_load_n(s->dc + state, n);
    const vf seen = nrnn_at(s->before.seen, s->before.seen_stride, row, unit, n);
    vf_store_n(at, vf_mul(vf_mul(product, seen), nrnn_slope(&s->settings->gate, r)), n);
    const vf dseen = s->h_mask ? vf_mul(product, vf_load_n(s->h_mask + state, n)) : product;
    vf_store_n(s->dh + state, vf_fma(dseen, r, vf_load_n(s->dh + state, n)), n);
}

static inline void derive_minimal(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const int64_t H = s->H;
    float *at = s->gates + row * s->gates_stride + unit;
    const vf z = vf_load_n(at, n), new = vf_load_n(at + H, n), dh = nrnn_whole_dh(s, row, unit, n);
    const vf dz = vf_mul(dh, vf_sub(new, h_before(s, row, unit, n))), taken = vf_mul(dh, z);
    vf_store_n(at, vf_mul(dz, nrnn_slope(&s->settings->gate, z)), n);
    vf_store_n(at + H, vf_mul(taken, nrnn_slope(&s->settings->candidate, new)), n);
    vf_store_n(s->dh + row * H + unit, vf_sub(dh, taken), n);
}

void NRNN_NAME(gru_open_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_after);
}

void NRNN_NAME(gru_open_before_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_before);
}

void NRNN_NAME(gru_open_reset)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_reset);
}

void NRNN_NAME(min_gru_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_minimal);
}
