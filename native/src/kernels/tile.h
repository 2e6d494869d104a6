/* tile.h - the register tile: out[R][2 vectors] = sum over k of a[r][k] * w[k][2 vectors], R = 1..NRNN_TILE_ROWS.
 *
 * The vector header sets NRNN_TILE_ROWS. With 16 registers it is 6: 12 accumulators, 2 weights and 1 broadcast, and
 * enough independent chains to hide the latency of the FMA; with 32 registers it is 12. Accumulators have names, not
 * subscripts: GCC keeps arrays of them in memory. `rows` is a constant in each of the functions below, so its tests
 * vanish.
 *
 * Every element is one chain over k, in order: its bits do not depend on R or on the other rows. */
#ifndef NRNN_TILE_H
#define NRNN_TILE_H

#include "kernels/vec_math.h"

enum { NRNN_TILE_COLUMNS = 2 * NRNN_LANES, NRNN_LINE = 16 /* floats of a cache line */ };

typedef float nrnn_tile[NRNN_TILE_ROWS][NRNN_TILE_COLUMNS];

/* The large product's blocks (gemm.c), and the floats of its scratch memory. */
enum {
    NRNN_GEMM_DEPTH = 384,
    NRNN_GEMM_PANELS = 10,
    NRNN_GEMM_TILES = 8,
    NRNN_GEMM_SCRATCH = NRNN_GEMM_TILES * NRNN_TILE_ROWS * (NRNN_GEMM_DEPTH + NRNN_LINE) +
                        NRNN_GEMM_DEPTH * NRNN_GEMM_PANELS * NRNN_TILE_COLUMNS
};

/* The left factor: a[r][k] is at a[r*stride + k*step]. */
typedef struct nrnn_left {
    const float *a;
    int64_t stride, step;
} nrnn_left;

#define NRNN_EACH_ROW(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)

/* vectors: 2, or 1 where a panel ends early. next: what will be read after w; fetched at the pace of w. */
static inline __attribute__((always_inline)) void nrnn_tile_body(const int rows, const int vectors,
                                                                 const nrnn_left left, const float *w, int64_t K,
                                                                 const float *next, nrnn_tile out) {
    const int64_t stride = left.stride, step = left.step;
    const float *a = left.a, *a3 = a + 3 * stride, *a6 = a + 6 * stride, *a9 = a + 9 * stride;
#define ZERO(r) vf x##r = vf_set(0.0f), y##r = vf_set(0.0f);
    NRNN_EACH_ROW(ZERO)
#undef ZERO
    for (const float *end = w + K * NRNN_TILE_COLUMNS; w < end; w += NRNN_TILE_COLUMNS, next += NRNN_TILE_COLUMNS) {
        const vf p = vf_load(w), q = vectors > 1 ? vf_load(w + NRNN_LANES) : p;
        for (int line = 0; line < NRNN_TILE_COLUMNS; line += NRNN_LINE)
            __builtin_prefetch(next + line, 0, 2);
/* Every third row has an address of its own, and the other two follow at one and two strides. */
#define ROW(r, at)                                                                                                     \
    do {                                                                                                               \
        if (rows > r) {                                                                                                \
            const vf b = vf_set(at);                                                                                   \
            x##r = vf_fma(b, p, x##r);                                                                                 \
            if (vectors > 1)                                                                                           \
                y##r = vf_fma(b, q, y##r);                                                                             \
        }                                                                                                              \
    } while (0)
        ROW(0, a[0]);
        ROW(1, a[stride]);
        ROW(2, a[2 * stride]);
        ROW(3, a3[0]);
        ROW(4, a3[stride]);
        ROW(5, a3[2 * stride]);
        ROW(6, a6[0]);
        ROW(7, a6[stride]);
        ROW(8, a6[2 * stride]);
        ROW(9, a9[0]);
        ROW(10, a9[stride]);
        ROW(11, a9[2 * stride]);
#undef ROW
        a += step, a3 += step, a6 += step, a9 += step;
    }
#define STORE(r)                                                                                                       \
    if (rows > r)                                                                                                      \
        vf_store(out[r], x##r), vf_store(out[r] + NRNN_LANES, y##r);
    NRNN_EACH_ROW(STORE)
#undef STORE
}

/* The function of one height; not inlined, so that the compiler allocates registers for the loop alone. */
typedef void nrnn_tile_function(nrnn_left left, const float *w, int64_t K, const float *next, nrnn_tile out);
#define NRNN_TILE_OF(R)                                                                                                \
    static __attribute__((noinline)) void nrnn_tile_##R(nrnn_left left, const float *w, int64_t K, const float *next,  \
                                                        nrnn_tile out) {                                               \
        nrnn_tile_body(R, 2, left, w, K, next, out);                                                                   \
    }                                                                                                                  \
    static __attribute__((noinline)) void nrnn_half_##R(nrnn_left left, const float *w, int64_t K, const float *next,  \
                                                        nrnn_tile out) {                                               \
        nrnn_tile_body(R, 1, left, w, K, next, out);                                                                   \
    }
NRNN_TILE_OF(1)
NRNN_TILE_OF(2)
NRNN_TILE_OF(3)
NRNN_TILE_OF(4)
NRNN_TILE_OF(5)
NRNN_TILE_OF(6)
#if NRNN_TILE_ROWS > 6
NRNN_TILE_OF(7)
NRNN_TILE_OF(8)
NRNN_TILE_OF(9)
NRNN_TILE_OF(10)
NRNN_TILE_OF(11)
NRNN_TILE_OF(12)
#endif

/* columns: of the panel that are wanted; the tile's other vector is undefined where one vector holds them. */
static inline void nrnn_tile_product(int32_t rows, int64_t columns, nrnn_left left, const float *w, int64_t K,
                                     const float *next, nrnn_tile out) {
#define BOTH(R) {nrnn_half_##R, nrnn_tile_##R},
    static nrnn_tile_function *const of_rows[][2] = {
        BOTH(1) BOTH(2) BOTH(3) BOTH(4) BOTH(5) BOTH(6)
#if NRNN_TILE_ROWS > 6
            BOTH(7) BOTH(8) BOTH(9) BOTH(10) BOTH(11) BOTH(12)
#endif
    };
#undef BOTH
    of_rows[rows - 1][columns > NRNN_LANES](left, w, K, next, out);
}

/* Few rows, up to NRNN_PAIR_ROWS, against two panels at once, w and v: a tile of so few rows has too few chains to keep
 * the multipliers busy. Each element is the same chain as in the tiles above. */
static inline __attribute__((always_inline)) void nrnn_pair_body(const int rows, const nrnn_left left, const float *w,
                                                                 const float *v, int64_t K, nrnn_tile out_w,
                                                                 nrnn_tile out_v) {
    const int64_t stride = left.stride, step = left.step;
    const float *a = left.a, *a3 = a + 3 * stride;
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5)
#define ZERO(r) vf x##r = vf_set(0.0f), y##r = vf_set(0.0f), z##r = vf_set(0.0f), u##r = vf_set(0.0f);
    EACH(ZERO)
#undef ZERO
    for (const float *end = w + K * NRNN_TILE_COLUMNS; w < end; w += NRNN_TILE_COLUMNS, v += NRNN_TILE_COLUMNS) {
        const vf p = vf_load(w), q = vf_load(w + NRNN_LANES), f = vf_load(v), g = vf_load(v + NRNN_LANES);
#define ROW(r, at)                                                                                                     \
    do {                                                                                                               \
        if (rows > r) {                                                                                                \
            const vf b = vf_set(at);                                                                                   \
            x##r = vf_fma(b, p, x##r), y##r = vf_fma(b, q, y##r), z##r = vf_fma(b, f, z##r),                           \
            u##r = vf_fma(b, g, u##r);                                                                                 \
        }                                                                                                              \
    } while (0)
        ROW(0, a[0]);
        ROW(1, a[stride]);
        ROW(2, a[2 * stride]);
        ROW(3, a3[0]);
        ROW(4, a3[stride]);
        ROW(5, a3[2 * stride]);
#undef ROW
        a += step, a3 += step;
    }
#define STORE(r)                                                                                                       \
    if (rows > r) {                                                                                                    \
        vf_store(out_w[r], x##r), vf_store(out_w[r] + NRNN_LANES, y##r);                                               \
        vf_store(out_v[r], z##r), vf_store(out_v[r] + NRNN_LANES, u##r);                                               \
    }
    EACH(STORE)
#undef STORE
#undef EACH
}

typedef void nrnn_pair_function(nrnn_left left, const float *w, const float *v, int64_t K, nrnn_tile out_w,
                                nrnn_tile out_v);
#define NRNN_PAIR_OF(R)                                                                                                \
    static __attribute__((noinline)) void nrnn_pair_##R(nrnn_left left, const float *w, const float *v, int64_t K,     \
                                                        nrnn_tile out_w, nrnn_tile out_v) {                            \
        nrnn_pair_body(R, left, w, v, K, out_w, out_v);                                                                \
    }
NRNN_PAIR_OF(1)
NRNN_PAIR_OF(2)
#if NRNN_PAIR_ROWS > 2
NRNN_PAIR_OF(3)
NRNN_PAIR_OF(4)
NRNN_PAIR_OF(5)
NRNN_PAIR_OF(6)
#endif

static inline void nrnn_pair_product(int32_t rows, nrnn_left left, const float *w, const float *v, int64_t K,
                                     nrnn_tile out_w, nrnn_tile out_v) {
    static nrnn_pair_function *const of_rows[] = {
        nrnn_pair_1,
        nrnn_pair_2,
#if NRNN_PAIR_ROWS > 2
        nrnn_pair_3,
        nrnn_pair_4,
        nrnn_pair_5,
        nrnn_pair_6,
#endif
    };
    of_rows[rows - 1](left, w, v, K, out_w, out_v);
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
