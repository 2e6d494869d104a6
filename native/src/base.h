/* base.h - what every file of the library shares: the context, small arithmetic, argument checks.
 * Everything declared outside nativernn.h is hidden in the shared library. */
#ifndef NRNN_BASE_H
#define NRNN_BASE_H

#include "nativernn.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    NRNN_MAX_THREADS = 64,    /* what Debian builds OpenBLAS for; beyond it OpenBLAS prints a warning */
    NRNN_MAX_PARTIALS = 1024, /* most shards of a reduction: each leaves one double in the context */
    NRNN_CHUNK = 1 << 15      /* floats in one shard of an element-wise pass */
};

struct nrnn_kernels;
struct nrnn_pool;

struct nrnn_context {
    const struct nrnn_kernels *kernels;
    struct nrnn_pool *pool;
    int32_t threads, cpus;  /* cpus: that the process may use */
    int32_t alone, penalty; /* calls in which no thread waits for another, as the machine is busy (sequence.c) */
    int64_t stretch_floats, stretch_rows; /* gates beyond so many floats are made and used by so many rows at a time */
    _Atomic uint64_t scratch_taken;       /* bits: which of the threads' parts of scratch are in use */
    double partials[NRNN_MAX_PARTIALS];
    _Alignas(64) float scratch[];
};

/* The only allocation of the library: 64-byte aligned, counted (nrnn_allocations), NULL when there is no memory. */
void *nrnn_alloc(size_t bytes);
void nrnn_free(void *memory);

/* Shards. Part `index` of `parts` of `total`, borders rounded down to multiples of `align`. */
static inline int64_t nrnn_part_begin(int64_t total, int64_t parts, int64_t index, int64_t align) {
    return index >= parts ? total : total * index / parts / align * align;
}

static inline int64_t nrnn_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static inline int64_t nrnn_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}
static inline int64_t nrnn_ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* True when a*b*c floats can be addressed; all factors must be positive. */
static inline bool nrnn_fits(int64_t a, int64_t b, int64_t c) {
    int64_t product;
    return a > 0 && b > 0 && c > 0 && !__builtin_mul_overflow(a, b, &product) &&
           !__builtin_mul_overflow(product, c, &product) && product <= PTRDIFF_MAX / (int64_t)sizeof(float) / 16;
}

/* True when every index is in 0..bound-1. */
static inline bool nrnn_indices_ok(int64_t n, const int32_t *indices, int32_t bound) {
    for (int64_t i = 0; i < n; ++i)
        if (indices[i] < 0 || indices[i] >= bound)
            return false;
    return true;
}

#endif
