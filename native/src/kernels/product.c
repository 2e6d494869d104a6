/* product.c - products with packed weights by register tiles, and the loop that measures what a tile could reach. */
#include "kernels/kernels.h"
#include "kernels/tile.h"

#include <stdbool.h>

/* The rows of a tile from `row` of the product on, and its columns from `column` on. */
static void store_tile(const nrnn_panel_product *p, int32_t row, int32_t rows, int64_t column, nrnn_tile tile) {
    const int64_t vectors = p->N - column > NRNN_LANES ? 2 : 1;
    for (int64_t r = row; r < row + rows; ++r, ++tile)
        for (int64_t v = 0; v < vectors; ++v) {
            const int64_t c = column + v * NRNN_LANES, n = p->N - c;
            float *y = p->y + r * p->y_stride + c;
            vf x = vf_load(*tile + v * NRNN_LANES);
            if (p->mask)
                x = vf_mul(x, vf_load_n(p->mask + r * p->mask_stride + c, n));
            vf_store_n(y, p->accumulate ? vf_add(vf_load_n(y, n), x) : x, n);
        }
}

static void product_of_few_rows(const nrnn_panel_product *p) {
    const int64_t panel = p->panel_stride;
    const float *w = p->panels;
    _Alignas(64) nrnn_tile first, second;
    for (int64_t column = 0; column < p->N; column += 2 * NRNN_TILE_COLUMNS, w += 2 * panel) {
        const int64_t next = column + NRNN_TILE_COLUMNS;
        const bool both = next < p->N; /* an odd panel is its own partner */
        nrnn_pair_product(p->rows, (nrnn_left){p->a, p->a_stride, 1}, w, both ? w + panel : w, p->K, first, second);
        store_tile(p, 0, p->rows, column, first);
        if (both)
            store_tile(p, 0, p->rows, next, second);
    }
}

void NRNN_NAME(panel_product)(const nrnn_panel_product *p) {
    if (p->rows <= NRNN_PAIR_ROWS) {
        product_of_few_rows(p);
        return;
    }
    const int32_t tiles = nrnn_tiles_of(p->rows);
    const int64_t panel = p->panel_stride;
    const float *w = p->panels;
    _Alignas(64) nrnn_tile tile;
    for (int64_t column = 0; column < p->N; column += NRNN_TILE_COLUMNS, w += panel)
        for (int32_t i = 0; i < tiles; ++i) {
            int32_t row = nrnn_tile_begin(p->rows, tiles, i);
            int32_t rows = nrnn_tile_begin(p->rows, tiles, i + 1) - row;
            nrnn_tile_product(rows, p->N - column, (nrnn_left){p->a + row * p->a_stride, p->a_stride, 1}, w, p->K,
                              w + panel, tile);
            store_tile(p, row, rows, column, tile);
        }
}

/* Twelve chains: more than two units of latency 4 or 5 need, few enough to stay in 16 registers. The starting values
 * come from volatile memory, or the compiler would see that twelve equal chains are one. */
void NRNN_NAME(fma_chains)(int64_t iterations) {
    volatile float start = 0.5f;
    const vf m = vf_set(0.999f), n = vf_set(0.001f);
    vf a = vf_set(start), b = vf_set(start), c = vf_set(start), d = vf_set(start), e = vf_set(start), f = vf_set(start);
    vf g = vf_set(start), h = vf_set(start), i = vf_set(start), j = vf_set(start), k = vf_set(start), l = vf_set(start);
    for (int64_t count = 0; count < iterations; ++count) {
        a = vf_fma(a, m, n), b = vf_fma(b, m, n), c = vf_fma(c, m, n), d = vf_fma(d, m, n);
        e = vf_fma(e, m, n), f = vf_fma(f, m, n), g = vf_fma(g, m, n), h = vf_fma(h, m, n);
        i = vf_fma(i, m, n), j = vf_fma(j, m, n), k = vf_fma(k, m, n), l = vf_fma(l, m, n);
    }
    vf sum = vf_add(vf_add(vf_add(a, b), vf_add(c, d)), vf_add(vf_add(e, f), vf_add(g, h)));
    sum = vf_add(sum, vf_add(vf_add(i, j), vf_add(k, l)));
    float kept[NRNN_LANES];
    vf_store(kept, sum);
    __asm__ volatile("" : : "r"(kept) : "memory"); /* somebody might read it: the loop must run */
}
