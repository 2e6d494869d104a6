/* norm.c - layer normalisation, and the LSTM that has it, row after row.                          (docs/math.md)
 *     norm(v) = (v - mean v) / sqrt(variance v + 1e-5)
 *     a = x_gain*norm(x w_ih^T) + h_gain*norm(h_prev w_hh^T) + bias, h = o*tanh(c_gain*norm(c) + c_bias)
 * A row of the reserve is norm(h w_hh^T), h w_hh^T, the gates, norm(c), the gradient of what is shown of c, and
 * norm(x w_ih^T); then three factors 1 / sqrt(...): of x, h and c. */
#include "kernels/open.h"

#include <math.h>

enum { HIDDEN = 0, PRODUCT = 4, GATES = 8, CELL = 12, SHOWN = 13, INPUT = 14 };
enum { X_GAIN = 0, H_GAIN = 4, C_GAIN = 8, C_BIAS = 9 };

/* Sums run in double; four vectors are added in float before. */
enum { FOUR = 4 * NRNN_LANES };

static inline vf four(const vf x[4]) {
    return vf_add(vf_add(x[0], x[1]), vf_add(x[2], x[3]));
}

static double mean_of(int64_t n, const float *x) {
    vd sum = vd_zero();
    int64_t i = 0;
    for (; i + FOUR <= n; i += FOUR) {
        const float *at = x + i;
        const vf parts[4] = {vf_load(at), vf_load(at + NRNN_LANES), vf_load(at + 2 * NRNN_LANES),
                             vf_load(at + 3 * NRNN_LANES)};
        sum = vd_add(sum, four(parts));
    }
    for (; i < n; i += NRNN_LANES)
        sum = vd_add(sum, vf_load_n(x + i, n - i));
    return vd_total(sum) / (double)n;
}

static inline vf square_of(const float *x, int64_t n, vf mean) {
    const vf d = vf_sub(vf_load_n(x, n), mean);
    return vf_mul(d, d);
}

static double variance_of(int64_t n, const float *x, float mean) {
    const vf m = vf_set(mean);
    vd sum = vd_zero();
    int64_t i = 0;
    for (; i + FOUR <= n; i += FOUR) {
        const float *at = x + i;
        const vf parts[4] = {square_of(at, FOUR, m), square_of(at + NRNN_LANES, FOUR, m),
                             square_of(at + 2 * NRNN_LANES, FOUR, m), square_of(at + 3 * NRNN_LANES, FOUR, m)};
        sum = vd_add(sum, four(parts));
    }
    float rest[NRNN_LANES];
    double total = vd_total(sum);
    for (; i < n; i += NRNN_LANES) {
        vf_store(rest, square_of(x + i, n - i, m));
        for (int64_t k = 0; k < NRNN_LANES && i + k < n; ++k)
            total += (double)rest[k];
    }
    return total / (double)n;
}

/* to = norm(from); returns the factor. */
static float normalise(int64_t n, const float *from, float *to) {
    const float mean = (float)mean_of(n, from), factor = (float)(1 / sqrt(variance_of(n, from, mean) + 1e-5));
    for (int64_t i = 0; i < n; i += NRNN_LANES)
        vf_store_n(to + i, vf_mul(vf_sub(vf_load_n(from + i, n - i), vf_set(mean)), vf_set(factor)), n - i);
    return factor;
}

/* d = the gradient of v, from that of gain*norm(v), `from`. Either of d and norm may be the other. */
static void derive_norm(int64_t n, const float *from, const float *gain, const float *norm, float factor, float *d) {
    vd sum = vd_zero(), along = vd_zero();
    int64_t i = 0;
    for (; i + FOUR <= n; i += FOUR) {
        vf x[4], y[4];
        for (int k = 0; k < 4; ++k) {
            const int64_t at = i + k * NRNN_LANES;
            x[k] = vf_mul(vf_load(from + at), vf_load(gain + at));
            y[k] = vf_mul(x[k], vf_load(norm + at));
        }
        sum = vd_add(sum, four(x));
        along = vd_add(along, four(y));
    }
    for (; i < n; i += NRNN_LANES) {
        const vf x = vf_mul(vf_load_n(from + i, n - i), vf_load_n(gain + i, n - i));
        sum = vd_add(sum, x);
        along = vd_add(along, vf_mul(x, vf_load_n(norm + i, n - i)));
    }
    const vf mean = vf_set((float)(vd_total(sum) / (double)n)), share = vf_set((float)(vd_total(along) / (double)n));
    for (i = 0; i < n; i += NRNN_LANES) {
        const vf x = vf_mul(vf_load_n(from + i, n - i), vf_load_n(gain + i, n - i));
        const vf rest = vf_fnma(vf_load_n(norm + i, n - i), share, vf_sub(x, mean));
        vf_store_n(d + i, vf_mul(rest, vf_set(factor)), n - i);
    }
}

void NRNN_NAME(normalise_input)(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride) {
    for (int64_t r = 0; r < rows; ++r, gates += stride)
        gates[k->statistics] = normalise(4 * H, gates + INPUT * H, gates + INPUT * H);
}

void NRNN_NAME(derive_input)(int64_t rows, int64_t H, const nrnn_cell_settings *k, float *gates, int64_t stride) {
    for (int64_t r = 0; r < rows; ++r, gates += stride)
        derive_norm(4 * H, gates + GATES * H, k->vectors + X_GAIN * H, gates + INPUT * H, gates[k->statistics],
                    gates + INPUT * H);
}

static inline vf gate_sum(const nrnn_units *u, int64_t gate) {
    const float *vectors = u->step->settings->vectors + u->unit;
    const int64_t H = u->step->H, n = u->n;
    const vf of_x = vf_mul(vf_load_n(nrnn_block_of(u, INPUT + gate), n), vf_load_n(vectors + (X_GAIN + gate) * H, n));
    const vf of_h = vf_load_n(nrnn_block_of(u, HIDDEN + gate), n), bias = vf_load(u->bias + gate * NRNN_TILE_COLUMNS);
    return vf_add(vf_fma(of_h, vf_load_n(vectors + (H_GAIN + gate) * H, n), of_x), bias);
}

/* Gates and cell state; the driver has given all units to this thread. */
static inline __attribute__((always_inline)) void gates_and_cell(const nrnn_units *u) {
    const nrnn_cell_step *s = u->step;
    const nrnn_cell_settings *k = s->settings;
    const vf i = nrnn_gate_value(u, &k->gate, GATES, gate_sum(u, 0));
    const vf f = nrnn_gate_value(u, &k->gate, GATES + 1, gate_sum(u, 1));
    const vf g = nrnn_gate_value(u, &k->candidate, GATES + 2, gate_sum(u, 2));
    nrnn_gate_value(u, &k->gate, GATES + 3, gate_sum(u, 3));
    const vf c_prev = nrnn_at(s->before.c, s->before.c_stride, u->row, u->unit, u->n);
    vf_store_n(s->c + u->row * s->H + u->unit, vf_fma(i, g, vf_mul(f, c_prev)), u->n);
}

/* What the output gate sees: the activation of c_gain*norm(c) + c_bias. */
static inline vf shown(const nrnn_cell_settings *k, int64_t H, const float *gates, int64_t unit, int64_t n) {
    const vf gain = vf_load_n(k->vectors + C_GAIN * H + unit, n), bias = vf_load_n(k->vectors + C_BIAS * H + unit, n);
    return nrnn_value(&k->output, vf_fma(vf_load_n(gates + CELL * H + unit, n), gain, bias));
}

static inline __attribute__((always_inline)) void output(const nrnn_units *u) {
    const nrnn_cell_step *s = u->step;
    const vf out = shown(s->settings, s->H, s->gates + u->row * s->gates_stride, u->unit, u->n);
    nrnn_show(u, vf_mul(vf_load_n(nrnn_block_of(u, GATES + 3), u->n), out));
}

void NRNN_NAME(lstm_layernorm_forward)(const nrnn_cell_step *s) {
    const int64_t H = s->H;
    float *gates = s->gates;
    for (int64_t r = 0; r < s->rows; ++r, gates += s->gates_stride)
        gates[s->settings->statistics + 1] = normalise(4 * H, gates + PRODUCT * H, gates + HIDDEN * H);
    nrnn_pointwise(s, 4, gates_and_cell);
    gates = s->gates;
    for (int64_t r = 0; r < s->rows; ++r, gates += s->gates_stride)
        gates[s->settings->statistics + 2] = normalise(H, s->c + r * H, gates + CELL * H);
    nrnn_pointwise(s, 4, output);
}

/* The gradients of o's sum and of what is shown of c. */
static inline void derive_output(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const nrnn_cell_settings *k = s->settings;
    const int64_t H = s->H;
    float *gates = s->gates + row * s->gates_stride, *of_o = gates + (GATES + 3) * H + unit;
    const vf out = shown(k, H, gates, unit, n), o = vf_load_n(of_o, n), dh = nrnn_whole_dh(s, row, unit, n);
    vf_store_n(gates + SHOWN * H + unit, vf_mul(vf_mul(dh, o), nrnn_slope(&k->output, out)), n);
    vf_store_n(of_o, vf_mul(vf_mul(dh, out), nrnn_slope(&k->gate, o)), n);
}

/* The gradients of the other sums and of c_prev; the block of the product holds that of c through its norm. */
static inline void derive_gates(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const nrnn_cell_settings *k = s->settings;
    const int64_t H = s->H, state = row * H + unit;
    float *const of_i = s->gates + row * s->gates_stride + GATES * H + unit, *const of_f = of_i + H;
    float *const of_g = of_f + H;
    const vf i = vf_load_n(of_i, n), f = vf_load_n(of_f, n), g = vf_load_n(of_g, n);
    const vf c_prev = nrnn_at(s->before.c, s->before.c_stride, row, unit, n);
    const vf through = vf_load_n(s->gates + row * s->gates_stride + PRODUCT * H + unit, n);
    const vf dc = vf_add(vf_load_n(s->dc + state, n), through);
    vf_store_n(of_i, vf_mul(vf_mul(dc, g), nrnn_slope(&k->gate, i)), n);
    vf_store_n(of_f, vf_mul(vf_mul(dc, c_prev), nrnn_slope(&k->gate, f)), n);
    vf_store_n(of_g, vf_mul(vf_mul(dc, i), nrnn_slope(&k->candidate, g)), n);
    vf_store_n(s->dc + state, vf_mul(dc, f), n);
}

void NRNN_NAME(lstm_layernorm_backward)(const nrnn_cell_step_back *s) {
    const int64_t H = s->H;
    const float *vectors = s->settings->vectors;
    nrnn_derive(s, derive_output);
    float *gates = s->gates;
    for (int64_t r = 0; r < s->rows; ++r, gates += s->gates_stride)
        derive_norm(H, gates + SHOWN * H, vectors + C_GAIN * H, gates + CELL * H, gates[s->settings->statistics + 2],
                    gates + PRODUCT * H);
    nrnn_derive(s, derive_gates);
    gates = s->gates;
    for (int64_t r = 0; r < s->rows; ++r, gates += s->gates_stride)
        derive_norm(4 * H, gates + GATES * H, vectors + H_GAIN * H, gates + HIDDEN * H,
                    gates[s->settings->statistics + 1], gates + PRODUCT * H);
}
