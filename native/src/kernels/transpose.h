/* transpose.h - to[c][r] = from[r][c] by blocks of 4 x 4 in registers: plain vectors of GCC and Clang, for every
 * instruction set. */
#ifndef NRNN_TRANSPOSE_H
#define NRNN_TRANSPOSE_H

#include <stdint.h>
#include <string.h>

typedef float nrnn_four __attribute__((vector_size(16)));
typedef int32_t nrnn_places __attribute__((vector_size(16)));

#if defined(__clang__)
#define NRNN_MIX(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define NRNN_MIX(a, b, i, j, k, l) __builtin_shuffle(a, b, (nrnn_places){i, j, k, l})
#endif

static inline nrnn_four nrnn_four_load(const float *p) {
    nrnn_four x;
    memcpy(&x, p, sizeof x);
    return x;
}

static inline void nrnn_transpose_four(const float *from, int64_t stride, float *to, int64_t to_stride) {
    const nrnn_four a = nrnn_four_load(from), b = nrnn_four_load(from + stride);
    const nrnn_four c = nrnn_four_load(from + 2 * stride), d = nrnn_four_load(from + 3 * stride);
    const nrnn_four ab = NRNN_MIX(a, b, 0, 4, 1, 5), cd = NRNN_MIX(c, d, 0, 4, 1, 5);
    const nrnn_four ef = NRNN_MIX(a, b, 2, 6, 3, 7), gh = NRNN_MIX(c, d, 2, 6, 3, 7);
    const nrnn_four columns[4] = {NRNN_MIX(ab, cd, 0, 1, 4, 5), NRNN_MIX(ab, cd, 2, 3, 6, 7),
                                  NRNN_MIX(ef, gh, 0, 1, 4, 5), NRNN_MIX(ef, gh, 2, 3, 6, 7)};
    for (int i = 0; i < 4; ++i)
        memcpy(to + i * to_stride, &columns[i], sizeof columns[i]);
}

static inline void nrnn_transpose(const float *from, int64_t stride, int64_t rows, int64_t columns, float *to,
                                  int64_t to_stride) {
    const int64_t whole_rows = rows / 4 * 4, whole_columns = columns / 4 * 4;
    for (int64_t r = 0; r < whole_rows; r += 4)
        for (int64_t c = 0; c < whole_columns; c += 4)
            nrnn_transpose_four(from + r * stride + c, stride, to + c * to_stride + r, to_stride);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = r < whole_rows ? whole_columns : 0; c < columns; ++c)
            to[c * to_stride + r] = from[r * stride + c];
}

#endif
