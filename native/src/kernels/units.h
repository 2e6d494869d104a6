/* units.h - for cells whose register tiles end with one gate of 2*lanes units: walks the tiles of a panel and hands
 * each to the cell's function while it is hot. */
#ifndef NRNN_UNITS_H
#define NRNN_UNITS_H

#include "kernels/kernels.h"
#include "kernels/tile.h"

/* One vector of units of one row: where the activations of a cell work. */
typedef struct nrnn_units {
    const nrnn_cell_step *step;
    int64_t row, unit, n; /* n of its lanes exist */
    const float *bias;    /* of these units in the first gate; the next gate's is NRNN_TILE_COLUMNS further */
} nrnn_units;

/* sum: of the products of these units with the state. */
typedef void nrnn_unit_function(const nrnn_units *units, vf sum);

/* What is multiplied by the panels. */
typedef struct nrnn_factor {
    const float *a;
    int64_t stride, K;
} nrnn_factor;

static inline __attribute__((always_inline)) void nrnn_activate(const nrnn_cell_step *s, const float *bias,
                                                                int64_t unit, int32_t row, int32_t rows, nrnn_tile tile,
                                                                nrnn_unit_function *activation) {
    for (int32_t r = 0; r < rows; ++r)
        for (int64_t v = 0; v < NRNN_TILE_COLUMNS && unit + v < s->H; v += NRNN_LANES)
            activation(&(nrnn_units){s, row + r, unit + v, s->H - unit - v, bias + v}, vf_load(tile[r] + v));
}

/* All rows of the step against one block of weights, w. next: the block after it. */
static inline __attribute__((always_inline)) void nrnn_gate(const nrnn_cell_step *s, nrnn_factor f, const float *w,
                                                            const float *next, const float *bias, int64_t unit,
                                                            nrnn_unit_function *activation) {
    const int32_t tiles = nrnn_tiles_of(s->rows);
    _Alignas(64) nrnn_tile tile;
    for (int32_t i = 0; i < tiles; ++i) {
        const int32_t row = nrnn_tile_begin(s->rows, tiles, i), rows = nrnn_tile_begin(s->rows, tiles, i + 1) - row;
        nrnn_tile_product(rows, s->H - unit, (nrnn_left){f.a + row * f.stride, f.stride, 1}, w, f.K, next, tile);
        nrnn_activate(s, bias, unit, row, rows, tile, activation);
    }
}

/* Two gates of the same units. One or two rows take both blocks at once. */
static inline __attribute__((always_inline)) void nrnn_two_gates(const nrnn_cell_step *s, nrnn_factor f, const float *w,
                                                                 const float *bias, int64_t unit,
                                                                 nrnn_unit_function *first,
                                                                 nrnn_unit_function *second) {
    const float *v = w + (int64_t)s->H * NRNN_TILE_COLUMNS;
    if (s->rows > NRNN_PAIR_ROWS) {
        nrnn_gate(s, f, w, v, bias, unit, first);
        nrnn_gate(s, f, v, v + (v - w), bias, unit, second);
        return;
    }
    _Alignas(64) nrnn_tile of_first, of_second;
    nrnn_pair_product(s->rows, (nrnn_left){f.a, f.stride, 1}, w, v, f.K, of_first, of_second);
    nrnn_activate(s, bias, unit, 0, s->rows, of_first, first);
    nrnn_activate(s, bias, unit, 0, s->rows, of_second, second);
}

/* Some units of a row of a state, NULL: of zeros. */
static inline vf nrnn_at(const float *state, int64_t stride, int64_t row, int64_t unit, int64_t n) {
    return state ? vf_load_n(state + row * stride + unit, n) : vf_set(0.0f);
}

/* The state before the step; zeros before the first step: nothing to multiply, and any address will do. */
static inline nrnn_factor nrnn_state_factor(const nrnn_cell_step *s) {
    return s->before.seen ? (nrnn_factor){s->before.seen, s->before.seen_stride, s->K} : (nrnn_factor){s->gates, 0, 0};
}

static inline vf nrnn_state_before(const nrnn_units *u) {
    return nrnn_at(u->step->before.h, u->step->before.h_stride, u->row, u->unit, u->n);
}

/* The same as the products see it. */
static inline vf nrnn_state_seen(const nrnn_units *u) {
    return nrnn_at(u->step->before.seen, u->step->before.seen_stride, u->row, u->unit, u->n);
}

/* Runs a cell's derivatives over all rows and units of a step, vector by vector. */
typedef void nrnn_derivative(const nrnn_cell_step_back *step, int64_t row, int64_t unit, int64_t n);

static inline __attribute__((always_inline)) void nrnn_derive(const nrnn_cell_step_back *s,
                                                              nrnn_derivative *derivative) {
    const int64_t whole = s->end / NRNN_LANES * NRNN_LANES;
    for (int64_t row = 0; row < s->rows; ++row) {
        for (int64_t unit = s->unit; unit < whole; unit += NRNN_LANES)
            derivative(s, row, unit, NRNN_LANES);
        if (whole < s->end)
            derivative(s, row, whole, s->end - whole);
    }
}

/* dh with dy. */
static inline vf nrnn_whole_dh(const nrnn_cell_step_back *s, int64_t row, int64_t unit, int64_t n) {
    const vf dh = vf_load_n(s->dh + row * s->H + unit, n);
    return s->dy ? vf_add(dh, vf_load_n(s->dy + row * s->dy_stride + unit, n)) : dh;
}

#endif
