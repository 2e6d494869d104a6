/* gru.c - both GRU cells: one step forward with its recurrent products, and the pointwise derivatives.
 *     r, z = sigmoid(a_r, a_z), h = n + z*(h_prev - n)                                             (docs/math.md)
 *     reset after     n = tanh(a_n + r*q), q = h_prev w_hn^T + b_hn
 *     reset before    n = tanh(a_n + q),   q = (r*h_prev) w_hn^T
 * A row of the reserve is k, r, z, n: k is q where the reset gate comes after, which becomes r*dn, the gradient of q;
 * and r*h_prev where it comes before, which stays for the gradient of w_hn. */
#include "kernels/units.h"

enum { KEPT, RESET, UPDATE, NEW, BLOCKS };

static inline float *block_of(const nrnn_units *u, int block) {
    const nrnn_cell_step *s = u->step;
    return s->gates + u->row * s->gates_stride + block * (int64_t)s->H + u->unit;
}

/* The biases lie in the order of the gates: r, z, n, and the n of the recurrent product. */
static inline vf bias_of(const nrnn_units *u, int row) {
    return vf_load(u->bias + row * NRNN_TILE_COLUMNS);
}

static inline vf gate(const nrnn_units *u, int block, vf sum) {
    float *at = block_of(u, block);
    const vf value = vf_sigmoid(vf_add(vf_add(sum, bias_of(u, block - RESET)), vf_load_n(at, u->n)));
    vf_store_n(at, value, u->n);
    return value;
}

static inline __attribute__((always_inline)) void reset(const nrnn_units *u, vf sum) {
    gate(u, RESET, sum);
}

static inline __attribute__((always_inline)) void reset_before(const nrnn_units *u, vf sum) {
    vf_store_n(block_of(u, KEPT), vf_mul(gate(u, RESET, sum), nrnn_state_seen(u)), u->n);
}

static inline __attribute__((always_inline)) void update(const nrnn_units *u, vf sum) {
    gate(u, UPDATE, sum);
}

/* n from its whole sum, and the state. */
static inline void finish(const nrnn_units *u, vf sum) {
    const nrnn_cell_step *s = u->step;
    const vf n = vf_tanh(sum), z = vf_load_n(block_of(u, UPDATE), u->n);
    vf_store_n(block_of(u, NEW), n, u->n);
    vf_store_n(s->y + u->row * s->y_stride + u->unit, vf_fma(z, vf_sub(nrnn_state_before(u), n), n), u->n);
}

static inline __attribute__((always_inline)) void state_after(const nrnn_units *u, vf sum) {
    const vf q = vf_add(sum, bias_of(u, 3)), a = vf_add(bias_of(u, 2), vf_load_n(block_of(u, NEW), u->n));
    vf_store_n(block_of(u, KEPT), q, u->n);
    finish(u, vf_fma(vf_load_n(block_of(u, RESET), u->n), q, a));
}

static inline __attribute__((always_inline)) void state_before(const nrnn_units *u, vf sum) {
    finish(u, vf_add(vf_add(sum, bias_of(u, 2)), vf_load_n(block_of(u, NEW), u->n)));
}

/* Where the blocks of weights and the rows of biases of a panel begin. */
static inline const float *panel_of(const nrnn_cell_step *s, int64_t unit) {
    return s->panels + 3 * unit * s->H;
}
static inline const float *bias_at(const nrnn_cell_step *s, int64_t unit, int rows) {
    return s->bias + rows * unit;
}

void NRNN_NAME(gru_forward)(const nrnn_cell_step *s) {
    const nrnn_factor h = nrnn_state_factor(s);
    const int64_t block = (int64_t)s->H * NRNN_TILE_COLUMNS;
    for (int64_t unit = s->unit; unit < s->end; unit += NRNN_TILE_COLUMNS) {
        const float *w = panel_of(s, unit), *bias = bias_at(s, unit, 4);
        nrnn_two_gates(s, h, w, bias, unit, reset, update);
        nrnn_gate(s, h, w + 2 * block, w + 3 * block, bias, unit, state_after);
    }
}

void NRNN_NAME(gru_before_gates)(const nrnn_cell_step *s) {
    const nrnn_factor h = nrnn_state_factor(s);
    for (int64_t unit = s->unit; unit < s->end; unit += NRNN_TILE_COLUMNS)
        nrnn_two_gates(s, h, panel_of(s, unit), bias_at(s, unit, 3), unit, reset_before, update);
}

/* A phase of its own: the product for n sees r*h_prev of all units. */
void NRNN_NAME(gru_before_state)(const nrnn_cell_step *s) {
    const nrnn_factor rh = {s->gates, s->gates_stride, nrnn_state_factor(s).K};
    const int64_t block = (int64_t)s->H * NRNN_TILE_COLUMNS;
    for (int64_t unit = s->unit; unit < s->end; unit += NRNN_TILE_COLUMNS) {
        const float *w = panel_of(s, unit) + 2 * block;
        nrnn_gate(s, rh, w, w + 3 * block, bias_at(s, unit, 3), unit, state_before);
    }
}

static inline vf sigmoid_slope(vf value) {
    return vf_mul(value, vf_sub(vf_set(1.0f), value));
}

static inline vf h_before(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    return nrnn_at(s->before.h, s->before.h_stride, row, unit, n);
}

/* What both cells have: the gradients of z and n; returns the latter. dh keeps what passes through z. */
static inline vf derive_state(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const vf one = vf_set(1.0f);
    const int64_t H = s->H;
    float *at = s->gates + row * s->gates_stride + unit;
    const vf z = vf_load_n(at + UPDATE * H, n), new = vf_load_n(at + NEW * H, n);
    const vf dh = nrnn_whole_dh(s, row, unit, n);
    const vf dz = vf_mul(vf_mul(dh, vf_sub(h_before(s, row, unit, n), new)), sigmoid_slope(z));
    const vf dn = vf_mul(vf_mul(dh, vf_sub(one, z)), vf_fnma(new, new, one));
    vf_store_n(at + UPDATE * H, dz, n);
    vf_store_n(at + NEW * H, dn, n);
    vf_store_n(s->dh + row * H + unit, vf_mul(dh, z), n);
    return dn;
}

static inline void derive_after(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const vf dn = derive_state(s, row, unit, n);
    float *kept = s->gates + row * s->gates_stride + unit, *at = kept + RESET * (int64_t)s->H;
    const vf r = vf_load_n(at, n), q = vf_load_n(kept, n);
    vf_store_n(at, vf_mul(vf_mul(dn, q), sigmoid_slope(r)), n);
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
    vf_store_n(at, vf_mul(vf_mul(product, seen), sigmoid_slope(r)), n);
    const vf dseen = s->h_mask ? vf_mul(product, vf_load_n(s->h_mask + state, n)) : product;
    vf_store_n(s->dh + state, vf_fma(dseen, r, vf_load_n(s->dh + state, n)), n);
}

void NRNN_NAME(gru_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_after);
}

void NRNN_NAME(gru_before_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_before);
}

void NRNN_NAME(gru_before_reset)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_reset);
}
