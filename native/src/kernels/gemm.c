/* gemm.c - large products by the register tile, for the instruction sets whose tiles are as fast as OpenBLAS's.
 * Both factors are copied in blocks of DEPTH steps of the sum: the right one into panels (SPAN columns of them stay in
 * the second-level cache), the left one a tile of rows at a time (which stays in the first).
 * An element is a sum over blocks of DEPTH, each a chain in order: its bits do not depend on the other elements. */
#include "kernels/kernels.h"
#include "kernels/tile.h"
#include "kernels/transpose.h"

#include <string.h>

enum {
    DEPTH = NRNN_GEMM_DEPTH,
    SPAN = NRNN_GEMM_PANELS * NRNN_TILE_COLUMNS,
    LEFT_ROWS = NRNN_GEMM_TILES * NRNN_TILE_ROWS,
    LEFT_STRIDE =
        DEPTH + NRNN_LINE /* a row further is not a power of two further, or all rows would share a cache set */
};

typedef struct block {
    int32_t rows;
    int64_t columns, depth;
    nrnn_left left;
    const float *panels;
    float *c;
    const float *from; /* what c is, but for the product; NULL: zeros */
    int64_t from_stride;
} block;

/* Rows k.. of columns n..n+columns of the right factor as a panel [depth][NRNN_TILE_COLUMNS]. */
static void copy_panel(const nrnn_gemm *g, int64_t k, int64_t depth, int64_t n, int64_t columns, float *w) {
    const float *b = g->b + k * g->ldb + n;
    for (int64_t i = 0; i < depth; ++i, b += g->ldb, w += NRNN_TILE_COLUMNS)
        if (columns >= NRNN_TILE_COLUMNS) {
            vf_store(w, vf_load(b));
            vf_store(w + NRNN_LANES, vf_load(b + NRNN_LANES));
        } else {
            memcpy(w, b, (size_t)columns * sizeof(float));
            memset(w + columns, 0, (size_t)(NRNN_TILE_COLUMNS - columns) * sizeof(float));
        }
}

/* The same from a transposed factor, a cache line of each of its rows at a time. */
static void transpose_panel(const nrnn_gemm *g, int64_t k, int64_t depth, int64_t n, int64_t columns, float *w) {
    if (columns < NRNN_TILE_COLUMNS)
        memset(w, 0, (size_t)(depth * NRNN_TILE_COLUMNS) * sizeof(float));
    const float *b = g->b + n * g->ldb + k;
    for (int64_t i = 0; i < depth; i += NRNN_LINE)
        nrnn_transpose(b + i, g->ldb, columns, depth - i < NRNN_LINE ? depth - i : NRNN_LINE, w + i * NRNN_TILE_COLUMNS,
                       NRNN_TILE_COLUMNS);
}

static void pack_right(const nrnn_gemm *g, int64_t k, int64_t depth, int64_t n, int64_t columns, float *w) {
    for (int64_t c = 0; c < columns; c += NRNN_TILE_COLUMNS, w += depth * NRNN_TILE_COLUMNS)
        (g->transpose_b ? transpose_panel : copy_panel)(
            g, k, depth, n + c, columns - c < NRNN_TILE_COLUMNS ? columns - c : NRNN_TILE_COLUMNS, w);
}

/* Rows m..m+rows of the left factor, as tiles of at most NRNN_TILE_ROWS of them find it: row after row, or, from a
 * transposed factor, step after step of the sum. */
static nrnn_left pack_left(const nrnn_gemm *g, int64_t k, int64_t depth, int64_t m, int64_t rows, float *to) {
    if (!g->transpose_a) {
        if (g->lda % 1024 != 0) /* rows lie in different sets of the cache where they are */
            return (nrnn_left){g->a + m * g->lda + k, g->lda, 1};
        for (int64_t r = 0; r < rows; ++r)
            memcpy(to + r * LEFT_STRIDE, g->a + (m + r) * g->lda + k, (size_t)depth * sizeof(float));
        return (nrnn_left){to, LEFT_STRIDE, 1};
    }
    const float *a = g->a + k * g->lda + m;
    if (g->N <= 2 * NRNN_TILE_COLUMNS) /* read too few times to be worth a copy */
        return (nrnn_left){a, 1, g->lda};
    for (int64_t i = 0; i < depth; ++i, a += g->lda)
        for (int64_t r = 0; r < rows; r += NRNN_LANES)
            vf_store_n(to + i * LEFT_ROWS + r, vf_load_n(a + r, rows - r), rows - r);
    return (nrnn_left){to, 1, LEFT_ROWS};
}

/* The tile's rows from `row` and columns from `column` of the block on. */
static void store(const nrnn_gemm *g, const block *b, int32_t row, int32_t rows, int64_t column, nrnn_tile tile) {
    for (int64_t r = row; r < row + rows; ++r, ++tile)
        for (int64_t v = 0; v < NRNN_TILE_COLUMNS && column + v < b->columns; v += NRNN_LANES) {
            const int64_t n = b->columns - column - v;
            vf sum = vf_load(*tile + v);
            if (b->from)
                sum = vf_add(vf_load_n(b->from + r * b->from_stride + column + v, n), sum);
            vf_store_n(b->c + r * g->ldc + column + v, sum, n);
        }
}

/* What the tile will be added to comes from far away: ask for it before the tile is computed. */
static inline void fetch(const float *c, int64_t stride, int32_t rows) {
    for (int32_t r = 0; r < rows; ++r, c += stride) {
        __builtin_prefetch(c, 1, 3);
        __builtin_prefetch(c + NRNN_LANES, 1, 3);
    }
}

/* A block of the left factor, by tiles, against all packed panels. */
static void multiply(const nrnn_gemm *g, const block *b) {
    const int32_t tiles = nrnn_tiles_of(b->rows);
    const int64_t panel = b->depth * NRNN_TILE_COLUMNS;
    _Alignas(64) nrnn_tile tile;
    for (int32_t i = 0; i < tiles; ++i) {
        const int32_t r = nrnn_tile_begin(b->rows, tiles, i), rows = nrnn_tile_begin(b->rows, tiles, i + 1) - r;
        const nrnn_left left = {b->left.a + r * b->left.stride, b->left.stride, b->left.step};
        const float *w = b->panels;
        for (int64_t c = 0; c < b->columns; c += NRNN_TILE_COLUMNS, w += panel) {
            fetch(b->c + r * g->ldc + c, g->ldc, rows);
            nrnn_tile_product(rows, b->columns - c, left, w, b->depth, w + panel, tile);
            store(g, b, r, rows, c, tile);
        }
    }
}

void NRNN_NAME(gemm)(const nrnn_gemm *g, float *scratch) {
    float *const panels = scratch + LEFT_ROWS * LEFT_STRIDE;
    for (int64_t k = 0; k < g->K; k += DEPTH) {
        const int64_t depth = g->K - k < DEPTH ? g->K - k : DEPTH;
        for (int64_t n = 0; n < g->N; n += SPAN) {
            const int64_t columns = g->N - n < SPAN ? g->N - n : SPAN;
            pack_right(g, k, depth, n, columns, panels);
            for (int32_t m = 0; m < g->M; m += LEFT_ROWS) {
                const int32_t rows = g->M - m < LEFT_ROWS ? g->M - m : LEFT_ROWS;
                float *c = g->c + m * g->ldc + n;
                const bool add = g->accumulate || k > 0, bias = !add && g->bias;
                multiply(g, &(block){.rows = rows,
                                     .columns = columns,
                                     .depth = depth,
                                     .left = pack_left(g, k, depth, m, rows, scratch),
                                     .panels = panels,
                                     .c = c,
                                     .from = add    ? c
                                             : bias ? g->bias + n
                                                    : NULL,
                                     .from_stride = add ? g->ldc : 0});
            }
        }
    }
}
