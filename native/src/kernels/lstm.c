/* lstm.c - the LSTM cell: one step forward with its recurrent product, and the pointwise derivatives.
 *     i, f, o = sigmoid(a_i, a_f, a_o), g = tanh(a_g), c = f*c_prev + i*g, h = o*tanh(c)        (docs/math.md)
 * Two register tiles end with the gates of the same units, first i and f, then g and o; each is activated while its
 * tile of weights stays in the first-level cache for all rows. */
#include "kernels/units.h"

/* Rows of a tile, and what of the step belongs to them and to the panel of units. */
typedef struct tile_place {
    const nrnn_cell_step *step;
    int64_t unit;  /* first unit of the panel */
    int64_t units; /* of the panel that exist */
    int32_t row, rows;
} tile_place;

static inline float *gate_of(const tile_place *place, int32_t row, int64_t gate) {
    const nrnn_cell_step *s = place->step;
    return s->gates + row * s->gates_stride + gate * s->H + place->unit;
}

static void activate_input_forget(const tile_place *place, const float *bias, nrnn_tile tile) {
    const vf bias_i = vf_load(bias), bias_f = vf_load(bias + NRNN_LANES);
    const int64_t n = place->units;
    for (int32_t r = 0; r < place->rows; ++r) {
        float *at_i = gate_of(place, place->row + r, 0), *at_f = gate_of(place, place->row + r, 1);
        vf i = vf_add(vf_add(vf_load(tile[r]), bias_i), vf_load_n(at_i, n));
        vf f = vf_add(vf_add(vf_load(tile[r] + NRNN_LANES), bias_f), vf_load_n(at_f, n));
        vf_store_n(at_i, vf_sigmoid(i), n);
        vf_store_n(at_f, vf_sigmoid(f), n);
    }
}

static void activate_cell_output(const tile_place *place, const float *bias, nrnn_tile tile) {
    const nrnn_cell_step *s = place->step;
    const vf bias_g = vf_load(bias + 2 * NRNN_LANES), bias_o = vf_load(bias + 3 * NRNN_LANES);
    const int64_t n = place->units;
    for (int32_t r = 0; r < place->rows; ++r) {
        int64_t row = place->row + r, state = row * s->H + place->unit;
        float *at_g = gate_of(place, (int32_t)row, 2), *at_o = gate_of(place, (int32_t)row, 3);
        vf g = vf_add(vf_add(vf_load(tile[r]), bias_g), vf_load_n(at_g, n));
        vf o = vf_add(vf_add(vf_load(tile[r] + NRNN_LANES), bias_o), vf_load_n(at_o, n));
        g = vf_tanh(g);
        o = vf_sigmoid(o);
        vf_store_n(at_g, g, n);
        vf_store_n(at_o, o, n);
        vf i = vf_load_n(gate_of(place, (int32_t)row, 0), n), f = vf_load_n(gate_of(place, (int32_t)row, 1), n);
        vf c_prev = nrnn_at(s->before.c, s->before.c_stride, row, place->unit, n);
        vf c = vf_fma(i, g, vf_mul(f, c_prev));
        vf_store_n(s->c + state, c, n);
        vf_store_n(s->y + row * s->y_stride + place->unit, vf_mul(o, vf_tanh(c)), n);
    }
}

/* The input's part of two gates lies in as many places as there are rows: ask for it before the product. */
static inline void fetch_gates(const tile_place *place, int64_t gate) {
    for (int32_t r = 0; r < place->rows; ++r) {
        __builtin_prefetch(gate_of(place, place->row + r, gate), 1, 3);
        __builtin_prefetch(gate_of(place, place->row + r, gate + 1), 1, 3);
    }
}

/* All rows of the step against the panel of these units, both pairs of gates at once. */
static void forward_few_rows(const nrnn_cell_step *s, nrnn_factor h, int64_t unit, const float *w, const float *bias) {
    _Alignas(64) nrnn_tile input_forget, cell_output;
    const tile_place place = {s, unit, s->H - unit, 0, s->rows};
    nrnn_pair_product(s->rows, (nrnn_left){h.a, h.stride, 1}, w, w + (int64_t)s->K * NRNN_TILE_COLUMNS, h.K,
                      input_forget, cell_output);
    activate_input_forget(&place, bias, input_forget);
    activate_cell_output(&place, bias, cell_output);
}

static void forward_panel(const nrnn_cell_step *s, nrnn_factor h, int64_t unit, const float *w, const float *bias) {
    const int64_t half = (int64_t)s->K * NRNN_TILE_COLUMNS;
    const int32_t tiles = nrnn_tiles_of(s->rows);
    _Alignas(64) nrnn_tile tile;
    for (int gates = 0; gates < 2; ++gates, w += half)
        for (int32_t i = 0; i < tiles; ++i) {
            int32_t row = nrnn_tile_begin(s->rows, tiles, i);
            int32_t rows = nrnn_tile_begin(s->rows, tiles, i + 1) - row;
            const tile_place place = {s, unit, s->H - unit, row, rows};
            fetch_gates(&place, 2 * gates);
            nrnn_tile_product(rows, NRNN_TILE_COLUMNS, (nrnn_left){h.a + row * h.stride, h.stride, 1}, w, h.K, w + half,
                              tile);
            if (gates == 0)
                activate_input_forget(&place, bias, tile);
            else
                activate_cell_output(&place, bias, tile);
        }
}

void NRNN_NAME(lstm_forward)(const nrnn_cell_step *s) {
    const nrnn_factor h = nrnn_state_factor(s);
    const int64_t panel = 2 * (int64_t)s->K * NRNN_TILE_COLUMNS;
    const float *w = s->panels + s->unit / NRNN_LANES * panel, *bias = s->bias + 4 * s->unit;
    for (int64_t unit = s->unit; unit < s->end; unit += NRNN_LANES, w += panel, bias += 4 * NRNN_LANES)
        if (s->rows <= NRNN_PAIR_ROWS)
            forward_few_rows(s, h, unit, w, bias);
        else
            forward_panel(s, h, unit, w, bias);
}

/* One vector of units of one row. */
static inline void derive(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const vf one = vf_set(1.0f);
    const int64_t H = s->H, state = row * H + unit;
    float *gates = s->gates + row * s->gates_stride + unit;
    vf i = vf_load_n(gates, n), f = vf_load_n(gates + H, n);
    vf g = vf_load_n(gates + 2 * H, n), o = vf_load_n(gates + 3 * H, n);
    vf c_prev = nrnn_at(s->before.c, s->before.c_stride, row, unit, n);
    vf tanh_c = vf_tanh(vf_load_n(s->c + state, n));
    vf dh = vf_load_n(s->dh + state, n);
    if (s->dy)
        dh = vf_add(dh, vf_load_n(s->dy + row * s->dy_stride + unit, n));
    vf dc = vf_fma(vf_mul(dh, o), vf_fnma(tanh_c, tanh_c, one), vf_load_n(s->dc + state, n));
    vf do_ = vf_mul(vf_mul(dh, tanh_c), vf_mul(o, vf_sub(one, o)));
    vf di = vf_mul(vf_mul(dc, g), vf_mul(i, vf_sub(one, i)));
    vf df = vf_mul(vf_mul(dc, c_prev), vf_mul(f, vf_sub(one, f)));
    vf dg = vf_mul(vf_mul(dc, i), vf_fnma(g, g, one));
    vf_store_n(gates, di, n);
    vf_store_n(gates + H, df, n);
    vf_store_n(gates + 2 * H, dg, n);
    vf_store_n(gates + 3 * H, do_, n);
    vf_store_n(s->dc + state, vf_mul(dc, f), n);
}

void NRNN_NAME(lstm_backward)(const nrnn_cell_step_back *s) {
    nrnn_derive(s, derive);
}
