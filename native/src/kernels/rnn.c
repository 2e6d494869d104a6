/* rnn.c - the plain recurrent cell: h = tanh(a) or max(0, a).                                      (docs/math.md)
 * The one gate in the reserve is h itself. */
#include "kernels/units.h"

static inline void keep(const nrnn_units *u, vf h) {
    const nrnn_cell_step *s = u->step;
    vf_store_n(s->gates + u->row * s->gates_stride + u->unit, h, u->n);
    vf_store_n(s->y + u->row * s->y_stride + u->unit, h, u->n);
}

static inline vf whole_sum(const nrnn_units *u, vf sum) {
    const float *input = u->step->gates + u->row * u->step->gates_stride + u->unit;
    return vf_add(vf_add(sum, vf_load(u->bias)), vf_load_n(input, u->n));
}

static inline __attribute__((always_inline)) void tanh_state(const nrnn_units *u, vf sum) {
    keep(u, vf_tanh(whole_sum(u, sum)));
}

static inline __attribute__((always_inline)) void relu_state(const nrnn_units *u, vf sum) {
    keep(u, vf_max(vf_set(0.0f), whole_sum(u, sum))); /* the argument second, so that a NaN stays one */
}

static inline __attribute__((always_inline)) void forward(const nrnn_cell_step *s, nrnn_unit_function *activation) {
    const nrnn_factor h = nrnn_state_factor(s);
    const int64_t panel = (int64_t)s->H * NRNN_TILE_COLUMNS;
    const float *w = s->panels + s->unit / NRNN_TILE_COLUMNS * panel, *bias = s->bias;
    int64_t unit = s->unit;
    if (s->rows <= NRNN_PAIR_ROWS) /* two panels at once */
        for (; unit + NRNN_TILE_COLUMNS < s->end; unit += 2 * NRNN_TILE_COLUMNS, w += 2 * panel) {
            _Alignas(64) nrnn_tile first, second;
            nrnn_pair_product(s->rows, (nrnn_left){h.a, h.stride, 1}, w, w + panel, h.K, first, second);
            nrnn_activate(s, bias + unit, unit, 0, s->rows, first, activation);
            nrnn_activate(s, bias + unit + NRNN_TILE_COLUMNS, unit + NRNN_TILE_COLUMNS, 0, s->rows, second, activation);
        }
    for (; unit < s->end; unit += NRNN_TILE_COLUMNS, w += panel)
        nrnn_gate(s, h, w, w + panel, bias + unit, unit, activation);
}

void NRNN_NAME(rnn_tanh_forward)(const nrnn_cell_step *s) {
    forward(s, tanh_state);
}

void NRNN_NAME(rnn_relu_forward)(const nrnn_cell_step *s) {
    forward(s, relu_state);
}

static inline void derive_tanh(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    float *gate = s->gates + row * s->gates_stride + unit;
    const vf h = vf_load_n(gate, n);
    vf_store_n(gate, vf_mul(nrnn_whole_dh(s, row, unit, n), vf_fnma(h, h, vf_set(1.0f))), n);
}

static inline void derive_relu(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const vf zero = vf_set(0.0f);
    float *gate = s->gates + row * s->gates_stride + unit;
    const vf dh = nrnn_whole_dh(s, row, unit, n);
    vf_store_n(gate, vf_select(vf_less(zero, vf_load_n(gate, n)), dh, zero), n);
}

void NRNN_NAME(rnn_tanh_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_tanh);
}

void NRNN_NAME(rnn_relu_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive_relu);
}
