/* vec_generic.h - the vector type of the kernels for any number of lanes, NRNN_LANES, in the vectors of GCC and Clang.
 * For the checks: it runs the kernels here with the lanes of instruction sets that this machine lacks. Meanings:
 * vec_scalar.h. a*b+c is not fused, as there. */
#ifndef NRNN_VEC_H
#define NRNN_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define NRNN_TILE_ROWS 12 /* as with 32 registers, whatever there are: every height of a tile is to be tested */
#define NRNN_PAIR_ROWS 6
#define NRNN_OWN_COLUMNS INT32_MAX

typedef float vf __attribute__((vector_size(4 * NRNN_LANES)));
typedef double vd __attribute__((vector_size(8 * NRNN_LANES)));
typedef int32_t vm __attribute__((vector_size(4 * NRNN_LANES)));

static inline vf vf_set(float x) {
    return x - (vf){0};
}
static inline vf vf_load(const float *p) {
    vf x;
    memcpy(&x, p, sizeof x);
    return x;
}
static inline void vf_store(float *p, vf x) {
    memcpy(p, &x, sizeof x);
}
static inline vf vf_load_part(const float *p, int64_t n) {
    vf x = {0};
    memcpy(&x, p, (size_t)n * sizeof *p);
    return x;
}
static inline void vf_store_part(float *p, vf x, int64_t n) {
    memcpy(p, &x, (size_t)n * sizeof *p);
}

static inline vf vf_add(vf a, vf b) {
    return a + b;
}
static inline vf vf_sub(vf a, vf b) {
    return a - b;
}
static inline vf vf_mul(vf a, vf b) {
    return a * b;
}
static inline vf vf_div(vf a, vf b) {
    return a / b;
}
static inline vf vf_sqrt(vf a) {
    for (int i = 0; i < NRNN_LANES; ++i)
        a[i] = sqrtf(a[i]);
    return a;
}
static inline vf vf_fma(vf a, vf b, vf c) {
    return a * b + c;
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return c - a * b;
}

static inline vm vf_less(vf a, vf b) {
    return a < b;
}
static inline vf vf_select(vm m, vf yes, vf no) {
    return (vf)((m & (vm)yes) | (~m & (vm)no));
}
static inline vf vf_max(vf a, vf b) {
    return vf_select(a > b, a, b);
}
static inline vf vf_min(vf a, vf b) {
    return vf_select(a < b, a, b);
}
static inline vf vf_abs(vf a) {
    return (vf)((vm)a & INT32_MAX);
}
static inline vf vf_with_sign(vf a, vf b) {
    return (vf)((vm)a | ((vm)b & INT32_MIN));
}

static inline vf vf_scale(vf y, vf shifted, float magic) {
    const vm n = (vm)shifted - (vm)vf_set(magic), half = n >> 1;
    return y * (vf)((half + 127) << 23) * (vf)((n - half + 127) << 23);
}

static inline float vf_highest(vf a) {
    float best = a[0];
    for (int i = 1; i < NRNN_LANES; ++i)
        best = a[i] > best ? a[i] : best;
    return best;
}

static inline vd vd_zero(void) {
    return (vd){0};
}
static inline vd vd_add(vd sum, vf x) {
    return sum + __builtin_convertvector(x, vd);
}
static inline vd vd_add_square(vd sum, vf x) {
    const vd wide = __builtin_convertvector(x, vd);
    return sum + wide * wide;
}
static inline double vd_total(vd sum) {
    double total = 0;
    for (int i = 0; i < NRNN_LANES; ++i)
        total += sum[i];
    return total;
}
static inline vf vd_round(vd sum) {
    return __builtin_convertvector(sum, vf);
}

#endif
