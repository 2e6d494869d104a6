/* lstm_open.c - the LSTMs of the open path, pointwise: any activations, peepholes, coupled gates.  (docs/math.md)
 *     a_i, a_f += p_i*c_prev, p_f*c_prev; a_o += p_o*c       with peepholes
 *     i = 1 - f                                              coupled: the blocks are f, g, o */
#include "kernels/open.h"

typedef enum lstm_kind { PLAIN, PEEPHOLE, COUPLED } lstm_kind;

static inline vf peephole(const nrnn_cell_settings *k, int64_t H, int64_t which, int64_t unit, int64_t n) {
    return vf_load_n(k->vectors + which * H + unit, n);
}

static inline __attribute__((always_inline)) void forward(const nrnn_units *u, const lstm_kind kind) {
    const nrnn_cell_step *s = u->step;
    const nrnn_cell_settings *k = s->settings;
    const int64_t first = kind == COUPLED ? 0 : 1; /* the block of f */
    const vf c_prev = nrnn_at(s->before.c, s->before.c_stride, u->row, u->unit, u->n);
    vf a_f = nrnn_biased(u, first, first), a_o = nrnn_biased(u, first + 2, first + 2), i;
    if (kind == PEEPHOLE)
        a_f = vf_fma(peephole(k, s->H, 1, u->unit, u->n), c_prev, a_f);
    const vf f = nrnn_gate_value(u, &k->gate, first, a_f);
    if (kind == COUPLED)
        i = vf_sub(vf_set(1.0f), f);
    else {
        vf a_i = nrnn_biased(u, 0, 0);
        if (kind == PEEPHOLE)
            a_i = vf_fma(peephole(k, s->H, 0, u->unit, u->n), c_prev, a_i);
        i = nrnn_gate_value(u, &k->gate, 0, a_i);
    }
    const vf g = nrnn_gate_value(u, &k->candidate, first + 1, nrnn_biased(u, first + 1, first + 1));
    const vf c = vf_fma(i, g, vf_mul(f, c_prev));
    if (kind == PEEPHOLE)
        a_o = vf_fma(peephole(k, s->H, 2, u->unit, u->n), c, a_o);
    const vf o = nrnn_gate_value(u, &k->gate, first + 2, a_o);
    vf_store_n(s->c + u->row * s->H + u->unit, c, u->n);
    nrnn_show(u, vf_mul(o, nrnn_value(&k->output, c)));
}

static inline __attribute__((always_inline)) void derive(const nrnn_cell_step_back *s, int64_t row, int64_t unit,
                                                         int64_t n, const lstm_kind kind) {
    const nrnn_cell_settings *k = s->settings;
    const int64_t H = s->H, state = row * H + unit;
    float *const of_i = s->gates + row * s->gates_stride + unit, *const of_f = of_i + (kind == COUPLED ? 0 : H);
    float *const of_g = of_f + H, *const of_o = of_g + H;
    const vf f = vf_load_n(of_f, n), g = vf_load_n(of_g, n), o = vf_load_n(of_o, n);
    const vf i = kind == COUPLED ? vf_sub(vf_set(1.0f), f) : vf_load_n(of_i, n);
    const vf c_prev = nrnn_at(s->before.c, s->before.c_stride, row, unit, n);
    const vf shown = nrnn_value(&k->output, vf_load_n(s->c + state, n)), dh = nrnn_whole_dh(s, row, unit, n);
    const vf da_o = vf_mul(vf_mul(dh, shown), nrnn_slope(&k->gate, o));
    vf dc = vf_fma(vf_mul(dh, o), nrnn_slope(&k->output, shown), vf_load_n(s->dc + state, n));
    if (kind == PEEPHOLE)
        dc = vf_fma(da_o, peephole(k, H, 2, unit, n), dc);
    const vf df = kind == COUPLED ? vf_mul(dc, vf_sub(c_prev, g)) : vf_mul(dc, c_prev);
    const vf da_f = vf_mul(df, nrnn_slope(&k->gate, f));
    vf dc_prev = vf_mul(dc, f);
    vf_store_n(of_f, da_f, n);
    vf_store_n(of_g, vf_mul(vf_mul(dc, i), nrnn_slope(&k->candidate, g)), n);
    vf_store_n(of_o, da_o, n);
    if (kind != COUPLED) {
        const vf da_i = vf_mul(vf_mul(dc, g), nrnn_slope(&k->gate, i));
        vf_store_n(of_i, da_i, n);
        if (kind == PEEPHOLE)
            dc_prev = vf_fma(da_i, peephole(k, H, 0, unit, n), vf_fma(da_f, peephole(k, H, 1, unit, n), dc_prev));
    }
    vf_store_n(s->dc + state, dc_prev, n);
}

#define FUNCTIONS(name, kind, biases)                                                                                  \
    static inline __attribute__((always_inline)) void forward_##name(const nrnn_units *u) {                            \
        forward(u, kind);                                                                                              \
    }                                                                                                                  \
    static inline __attribute__((always_inline)) void derive_##name(const nrnn_cell_step_back *s, int64_t row,         \
                                                                    int64_t unit, int64_t n) {                         \
        derive(s, row, unit, n, kind);                                                                                 \
    }                                                                                                                  \
    void NRNN_NAME(lstm_##name##_forward)(const nrnn_cell_step *s) {                                                   \
        nrnn_pointwise(s, biases, forward_##name);                                                                     \
    }                                                                                                                  \
    void NRNN_NAME(lstm_##name##_backward)(const nrnn_cell_step_back *s) {                                             \
        nrnn_derive(s, derive_##name);                                                                                 \
    }
FUNCTIONS(open, PLAIN, 4)
FUNCTIONS(peephole, PEEPHOLE, 4)
FUNCTIONS(coupled, COUPLED, 3)
