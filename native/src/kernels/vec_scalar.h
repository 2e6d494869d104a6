/* vec_scalar.h - the vector type of the kernels with one lane, in plain C. It says what each operation means.
 * a*b+c is not fused here: fmaf is a slow call where there is no such instruction. */
#ifndef NRNN_VEC_H
#define NRNN_VEC_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define NRNN_LANES 1
#define NRNN_TILE_ROWS 6 /* what a register tile holds, see tile.h */
#define NRNN_PAIR_ROWS 2
#define NRNN_OWN_COLUMNS 0

typedef float vf;   /* NRNN_LANES floats */
typedef double vd;  /* as many doubles, for sums */
typedef int32_t vm; /* a truth value per lane */

static inline vf vf_set(float x) {
    return x;
}
static inline vf vf_load(const float *p) {
    return *p;
}
static inline void vf_store(float *p, vf x) {
    *p = x;
}
/* The first n lanes only, 1 <= n <= NRNN_LANES; the others read as zero. */
static inline vf vf_load_part(const float *p, int64_t n) {
    (void)n;
    return *p;
}
static inline void vf_store_part(float *p, vf x, int64_t n) {
    (void)n;
    *p = x;
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
    return sqrtf(a);
}
static inline vf vf_fma(vf a, vf b, vf c) {
    return a * b + c;
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return c - a * b;
}
/* b where either is not a number. */
static inline vf vf_max(vf a, vf b) {
    return a > b ? a : b;
}
static inline vf vf_min(vf a, vf b) {
    return a < b ? a : b;
}

static inline uint32_t vf_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline float vf_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline vf vf_abs(vf a) {
    return vf_of_bits(vf_bits(a) & 0x7fffffffu);
}
/* The magnitude of a with the sign of b; a is not negative. */
static inline vf vf_with_sign(vf a, vf b) {
    return vf_of_bits(vf_bits(a) | (vf_bits(b) & 0x80000000u));
}
static inline vm vf_less(vf a, vf b) {
    return a < b;
}
static inline vf vf_select(vm m, vf yes, vf no) {
    return m ? yes : no;
}

/* y * 2^n, where n is the integer whose sum with the float `magic` is `shifted`; |n| < 256. Two factors, so that
 * results beyond the range of floats become infinite or zero. */
static inline vf vf_scale(vf y, vf shifted, float magic) {
    int32_t n = (int32_t)(vf_bits(shifted) - vf_bits(magic));
    int32_t half = n >> 1;
    float a = vf_of_bits(((uint32_t)half + 127) << 23), b = vf_of_bits(((uint32_t)(n - half) + 127) << 23);
    return y * a * b;
}

static inline float vf_highest(vf a) {
    return a;
}

static inline vd vd_zero(void) {
    return 0;
}
static inline vd vd_add(vd sum, vf x) {
    return sum + (double)x;
}
static inline vd vd_add_square(vd sum, vf x) {
    return sum + (double)x * (double)x;
}
static inline double vd_total(vd sum) {
    return sum;
}
static inline vf vd_round(vd sum) {
    return (float)sum;
}

#endif
