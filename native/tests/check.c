/* check.c - see check.h. */
#define _GNU_SOURCE
#include "check.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int check_failures;
bool check_reference = true;
uint64_t check_digest = 1469598103934665603u;
char check_label[200];

void check_that(bool ok, const char *text, const char *file, int line) {
    if (ok)
        return;
    if (++check_failures <= 50)
        fprintf(stderr, "FAILED %s:%d: %s [%s]\n", file, line, text, check_label);
}

/* ---- the heap, counted by the linker's --wrap ---- */

static _Atomic int64_t heap_calls;
int64_t check_heap_calls(void) {
    return heap_calls;
}
static void count_call(void) {
    ++heap_calls;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_aligned_alloc(size_t alignment, size_t n);
int __real_posix_memalign(void **p, size_t alignment, size_t n);
void *__real_mmap(void *p, size_t n, int protection, int flags, int file, off_t offset);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_aligned_alloc(size_t alignment, size_t n);
int __wrap_posix_memalign(void **p, size_t alignment, size_t n);
void *__wrap_mmap(void *p, size_t n, int protection, int flags, int file, off_t offset);

void *__wrap_malloc(size_t n) {
    count_call();
    return __real_malloc(n);
}
void *__wrap_calloc(size_t n, size_t size) {
    count_call();
    return __real_calloc(n, size);
}
void *__wrap_realloc(void *p, size_t n) {
    count_call();
    return __real_realloc(p, n);
}
void *__wrap_aligned_alloc(size_t alignment, size_t n) {
    count_call();
    return __real_aligned_alloc(alignment, n);
}
int __wrap_posix_memalign(void **p, size_t alignment, size_t n) {
    count_call();
    return __real_posix_memalign(p, alignment, n);
}
void *__wrap_mmap(void *p, size_t n, int protection, int flags, int file, off_t offset) {
    count_call();
    return __real_mmap(p, n, protection, flags, file, offset);
}

/* ---- random numbers ---- */

static uint64_t random_state = 88172645463325252u;
void check_seed(uint64_t seed) {
    random_state = seed * 0x9E3779B97F4A7C15u + 1;
}
double check_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (double)(random_state >> 11) * 0x1p-52 - 1;
}

/* ---- buffers ---- */

enum { GUARD = 67 }; /* odd: what follows is aligned to 4 bytes only */
static const uint32_t guard_pattern = 0x7fdefaced & 0x7fffffff;

static void set_guard(float *p) {
    for (int i = 0; i < GUARD; ++i)
        memcpy(p + i, &guard_pattern, sizeof *p);
}

static bool guard_ok(const float *p) {
    for (int i = 0; i < GUARD; ++i)
        if (memcmp(p + i, &guard_pattern, sizeof *p) != 0)
            return false;
    return true;
}

buffer buffer_new(int64_t n) {
    buffer b = {.n = n, .memory = malloc((size_t)(n + 2 * GUARD) * sizeof(float))};
    if (!b.memory)
        abort();
    b.p = b.memory + GUARD;
    set_guard(b.memory);
    set_guard(b.p + n);
    for (int64_t i = 0; i < n; ++i)
        b.p[i] = NAN;
    return b;
}

buffer buffer_rows(int64_t rows, int64_t columns, int64_t stride, double scale) {
    buffer b = buffer_new((rows - 1) * stride + columns);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
            b.p[r * stride + c] = (float)(scale * check_random());
    return b;
}

buffer buffer_random(int64_t n, double scale) {
    return buffer_rows(1, n, n, scale);
}

static void guards_ok(const buffer *b) {
    CHECK(guard_ok(b->memory));
    CHECK(guard_ok(b->p + b->n));
}

void buffer_keep(buffer *b) {
    free(b->copy);
    b->copy = malloc((size_t)b->n * sizeof(float));
    if (!b->copy)
        abort();
    memcpy(b->copy, b->p, (size_t)b->n * sizeof(float));
}

void buffer_unchanged(const buffer *b) {
    guards_ok(b);
    if (b->copy)
        CHECK(memcmp(b->p, b->copy, (size_t)b->n * sizeof(float)) == 0);
}

void buffer_free(buffer *b) {
    if (!b->memory)
        return;
    guards_ok(b);
    free(b->copy);
    free(b->memory);
    *b = (buffer){0};
}

/* ---- comparisons ---- */

void check_digest_add(const void *bytes, int64_t n) {
    const unsigned char *p = bytes;
    for (int64_t i = 0; i < n; ++i)
        check_digest = (check_digest ^ p[i]) * 1099511628211u;
}

void check_close(const char *name, const float *got, const double *want, int64_t rows, int64_t columns, int64_t stride,
                 double bound) {
    for (int64_t r = 0; r < rows; ++r)
        check_digest_add(got + r * stride, columns * (int64_t)sizeof(float));
    if (!check_reference)
        return;
    double largest = 1, worst = 0;
    int64_t where = -1;
    for (int64_t i = 0; i < rows * columns; ++i)
        largest = fmax(largest, fabs(want[i]));
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c) {
            double error = fabs((double)got[r * stride + c] - want[r * columns + c]);
            if (!isnan(worst) && !(error <= worst)) { /* a NaN is the worst of all */
                worst = error;
                where = r * columns + c;
            }
        }
    if (worst <= bound * largest)
        return;
    if (++check_failures <= 50)
        fprintf(stderr, "FAILED %s: element %lld is off by %g, scale %g [%s]\n", name, (long long)where, worst, largest,
                check_label);
}

void check_close_scalar(const char *name, double got, double want, double bound) {
    check_digest_add(&got, sizeof got);
    if (!check_reference || fabs(got - want) <= bound * fmax(1, fabs(want)))
        return;
    if (++check_failures <= 50)
        fprintf(stderr, "FAILED %s: %.9g instead of %.9g [%s]\n", name, got, want, check_label);
}

void check_padding(const buffer *b, int64_t columns, int64_t stride) {
    for (int64_t i = 0; i < b->n; ++i)
        if (i % stride >= columns && !isnan(b->p[i])) {
            check_that(false, "nothing is written between the rows", __FILE__, __LINE__);
            return;
        }
}

double *zeros_of(int64_t n) {
    double *x = calloc((size_t)n + 1, sizeof *x);
    if (!x)
        abort();
    return x;
}

double *doubles_of(const float *x, int64_t n) {
    double *y = zeros_of(n);
    for (int64_t i = 0; i < n; ++i)
        y[i] = (double)x[i];
    return y;
}
