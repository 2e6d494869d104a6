/* tile.h - the register tile: out[R][2 vectors] = sum over k of a[r][k] * w[k][2 vectors], R = 1..NRNN_TILE_ROWS.
 *
 * 6 x 2 vectors are 12 accumulators, 2 weights and 1 broadcast: all of the 16 registers of AVX2 but one, and enough
 * independent chains to hide the latency of the FMA. Accumulators have names, not subscripts: GCC keeps arrays of them
 * in memory. `rows` is a constant in each of the functions below, so its tests vanish.
 *
 * Every element is one chain over k, in order: its bits do not depend on R or on the other rows. */
#ifndef NRNN_TILE_H
#define NRNN_TILE_H

#include "kernels/vec_math.h"

enum { NRNN_TILE_ROWS = 6, NRNN_TILE_COLUMNS = 2 * NRNN_LANES };

typedef float nrnn_tile[NRNN_TILE_ROWS][NRNN_TILE_COLUMNS];

/* next: what will be read after w; fetched towards the cache at the pace of w. */
static inline __attribute__((always_inline)) void nrnn_tile_body(const int rows, const float *a, int64_t stride,
                                                                 const float *w, int64_t K, const float *next,
                                                                 nrnn_tile out) {
    const float *a1 = a + stride, *a2 = a1 + stride, *a3 = a2 + stride, *a4 = a3 + stride, *a5 = a4 + stride;
    const vf zero = vf_set(0.0f);
    vf x0 = zero, x1 = zero, x2 = zero, x3 = zero, x4 = zero, x5 = zero;
    vf y0 = zero, y1 = zero, y2 = zero, y3 = zero, y4 = zero, y5 = zero;
    for (int64_t k = 0; k < K; ++k) {
        const float *wk = w + k * NRNN_TILE_COLUMNS;
        const vf p = vf_load(wk), q = vf_load(wk + NRNN_LANES);
        __builtin_prefetch(next + k * NRNN_TILE_COLUMNS, 0, 2);
        vf b = vf_set(a[k]);
        x0 = vf_fma(b, p, x0), y0 = vf_fma(b, q, y0);
        if (rows > 1)
            b = vf_set(a1[k]), x1 = vf_fma(b, p, x1), y1 = vf_fma(b, q, y1);
        if (rows > 2)
            b = vf_set(a2[k]), x2 = vf_fma(b, p, x2), y2 = vf_fma(b, q, y2);
        if (rows > 3)
            b = vf_set(a3[k]), x3 = vf_fma(b, p, x3), y3 = vf_fma(b, q, y3);
        if (rows > 4)
            b = vf_set(a4[k]), x4 = vf_fma(b, p, x4), y4 = vf_fma(b, q, y4);
        if (rows > 5)
            b = vf_set(a5[k]), x5 = vf_fma(b, p, x5), y5 = vf_fma(b, q, y5);
    }
    vf_store(out[0], x0), vf_store(out[0] + NRNN_LANES, y0);
    if (rows > 1)
        vf_store(out[1], x1), vf_store(out[1] + NRNN_LANES, y1);
    if (rows > 2)
        vf_store(out[2], x2), vf_store(out[2] + NRNN_LANES, y2);
    if (rows > 3)
        vf_store(out[3], x3), vf_store(out[3] + NRNN_LANES, y3);
    if (rows > 4)
        vf_store(out[4], x4), vf_store(out[4] + NRNN_LANES, y4);
    if (rows > 5)
        vf_store(out[5], x5), vf_store(out[5] + NRNN_LANES, y5);
}

/* The function of one height; not inlined, so that the compiler allocates registers for the loop alone. */
#define NRNN_TILE_OF(R)                                                                                                \
    static __attribute__((noinline)) void nrnn_tile_##R(const float *a, int64_t stride, const float *w, int64_t K,     \
                                                        const float *next, nrnn_tile out) {                            \
        nrnn_tile_body(R, a, stride, w, K, next, out);                                                                 \
    }
NRNN_TILE_OF(1)
NRNN_TILE_OF(2)
NRNN_TILE_OF(3)
NRNN_TILE_OF(4)
NRNN_TILE_OF(5)
NRNN_TILE_OF(6)

static inline void nrnn_tile_product(int rows, const float *a, int64_t stride, const float *w, int64_t K,
                                     const float *next, nrnn_tile out) {
    switch (rows) {
    case 1:
        nrnn_tile_1(a, stride, w, K, next, out);
        break;
    case 2:
        nrnn_tile_2(a, stride, w, K, next, out);
        break;
    case 3:
        nrnn_tile_3(a, stride, w, K, next, out);
        break;
    case 4:
        nrnn_tile_4(a, stride, w, K, next, out);
        break;
    case 5:
        nrnn_tile_5(a, stride, w, K, next, out);
        break;
    default:
        nrnn_tile_6(a, stride, w, K, next, out);
    }
}

/* One or two rows against two panels at once, w and v: a tile of so few rows has too few chains to keep the multipliers
 * busy. Each element is the same chain as in the tiles above. */
static inline __attribute__((always_inline)) void nrnn_pair_body(const int rows, const float *a, int64_t stride,
                                                                 const float *w, const float *v, int64_t K,
                                                                 nrnn_tile out_w, nrnn_tile out_v) {
    const float *a1 = a + stride;
    const vf zero = vf_set(0.0f);
    vf x0 = zero, y0 = zero, z0 = zero, u0 = zero, x1 = zero, y1 = zero, z1 = zero, u1 = zero;
    for (int64_t k = 0; k < K; ++k) {
        const float *wk = w + k * NRNN_TILE_COLUMNS, *vk = v + k * NRNN_TILE_COLUMNS;
        const vf p = vf_load(wk), q = vf_load(wk + NRNN_LANES), r = vf_load(vk), s = vf_load(vk + NRNN_LANES);
        vf b = vf_set(a[k]);
        x0 = vf_fma(b, p, x0), y0 = vf_fma(b, q, y0), z0 = vf_fma(b, r, z0), u0 = vf_fma(b, s, u0);
        if (rows > 1) {
            b = vf_set(a1[k]);
            x1 = vf_fma(b, p, x1), y1 = vf_fma(b, q, y1), z1 = vf_fma(b, r, z1), u1 = vf_fma(b, s, u1);
        }
    }
    vf_store(out_w[0], x0), vf_store(out_w[0] + NRNN_LANES, y0);
    vf_store(out_v[0], z0), vf_store(out_v[0] + NRNN_LANES, u0);
    if (rows > 1) {
        vf_store(out_w[1], x1), vf_store(out_w[1] + NRNN_LANES, y1);
        vf_store(out_v[1], z1), vf_store(out_v[1] + NRNN_LANES, u1);
    }
}

enum { NRNN_PAIR_ROWS = 2 };

static __attribute__((noinline)) void nrnn_pair_1(const float *a, const float *w, const float *v, int64_t K,
                                                  nrnn_tile out_w, nrnn_tile out_v) {
    nrnn_pair_body(1, a, 0, w, v, K, out_w, out_v);
}

static __attribute__((noinline)) void nrnn_pair_2(const float *a, int64_t stride, const float *w, const float *v,
                                                  int64_t K, nrnn_tile out_w, nrnn_tile out_v) {
    nrnn_pair_body(2, a, stride, w, v, K, out_w, out_v);
}

static inline void nrnn_pair_product(int rows, const float *a, int64_t stride, const float *w, const float *v,
                                     int64_t K, nrnn_tile out_w, nrnn_tile out_v) {
    if (rows == 1)
        nrnn_pair_1(a, w, v, K, out_w, out_v);
    else
        nrnn_pair_2(a, stride, w, v, K, out_w, out_v);
}

/* Rows are cut into tiles of nearly equal height: 16 rows are 6, 5, 5 rather than 6, 6, 4, as low tiles leave the
 * multipliers idle. */
static inline int32_t nrnn_tiles_of(int32_t rows) {
    return (rows + NRNN_TILE_ROWS - 1) / NRNN_TILE_ROWS;
}
static inline int32_t nrnn_tile_begin(int32_t rows, int32_t tiles, int32_t index) {
    return (int32_t)((int64_t)rows * index / tiles);
}

#endif
