/* vec_avx512.h - the vector type of the kernels for AVX-512 (F, DQ, VL): 16 lanes. Meanings: vec_scalar.h. */
#ifndef NRNN_VEC_H
#define NRNN_VEC_H

#include <immintrin.h>
#include <stdint.h>

#define NRNN_LANES 16
#define NRNN_TILE_ROWS 12 /* 24 accumulators of the 32 registers */
#define NRNN_PAIR_ROWS 6
#define NRNN_OWN_COLUMNS INT32_MAX /* as fast as OpenBLAS, and OpenBLAS may have settled for narrower vectors */

typedef __m512 vf;
typedef struct vd {
    __m512d low, high;
} vd;
typedef __mmask16 vm;

static inline vf vf_set(float x) {
    return _mm512_set1_ps(x);
}
static inline vf vf_load(const float *p) {
    return _mm512_loadu_ps(p);
}
static inline void vf_store(float *p, vf x) {
    _mm512_storeu_ps(p, x);
}

static inline vm vf_first(int64_t n) {
    return (vm)((1u << n) - 1);
}
static inline vf vf_load_part(const float *p, int64_t n) {
    return _mm512_maskz_loadu_ps(vf_first(n), p);
}
static inline void vf_store_part(float *p, vf x, int64_t n) {
    _mm512_mask_storeu_ps(p, vf_first(n), x);
}

static inline vf vf_add(vf a, vf b) {
    return _mm512_add_ps(a, b);
}
static inline vf vf_sub(vf a, vf b) {
    return _mm512_sub_ps(a, b);
}
static inline vf vf_mul(vf a, vf b) {
    return _mm512_mul_ps(a, b);
}
static inline vf vf_div(vf a, vf b) {
    return _mm512_div_ps(a, b);
}
/* 1/a to about one unit in the last place, several times faster than a division: an estimate of 14 bits and a step of
 * Newton's. a is finite. */
#define NRNN_FAST_RECIPROCAL
static inline vf vf_reciprocal(vf a) {
    const vf r = _mm512_rcp14_ps(a);
    return _mm512_fmadd_ps(r, _mm512_fnmadd_ps(a, r, _mm512_set1_ps(1.0f)), r);
}
static inline vf vf_sqrt(vf a) {
    return _mm512_sqrt_ps(a);
}
static inline vf vf_fma(vf a, vf b, vf c) {
    return _mm512_fmadd_ps(a, b, c);
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return _mm512_fnmadd_ps(a, b, c);
}
static inline vf vf_max(vf a, vf b) {
    return _mm512_max_ps(a, b);
}
static inline vf vf_min(vf a, vf b) {
    return _mm512_min_ps(a, b);
}

static inline vf vf_abs(vf a) {
    return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), a);
}
static inline vf vf_with_sign(vf a, vf b) {
    return _mm512_or_ps(a, _mm512_and_ps(_mm512_set1_ps(-0.0f), b));
}
static inline vm vf_less(vf a, vf b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
static inline vf vf_select(vm m, vf yes, vf no) {
    return _mm512_mask_blend_ps(m, no, yes);
}

static inline vf vf_scale(vf y, vf shifted, float magic) {
    return _mm512_scalef_ps(y, vf_sub(shifted, vf_set(magic)));
}

static inline float vf_highest(vf a) {
    return _mm512_reduce_max_ps(a);
}

static inline vd vd_zero(void) {
    return (vd){_mm512_setzero_pd(), _mm512_setzero_pd()};
}
static inline __m512d vd_low(vf x) {
    return _mm512_cvtps_pd(_mm512_castps512_ps256(x));
}
static inline __m512d vd_high(vf x) {
    return _mm512_cvtps_pd(_mm512_extractf32x8_ps(x, 1));
}
static inline vd vd_add(vd sum, vf x) {
    return (vd){_mm512_add_pd(sum.low, vd_low(x)), _mm512_add_pd(sum.high, vd_high(x))};
}
static inline vd vd_add_square(vd sum, vf x) {
    __m512d low = vd_low(x), high = vd_high(x);
    return (vd){_mm512_fmadd_pd(low, low, sum.low), _mm512_fmadd_pd(high, high, sum.high)};
}
static inline vf vd_round(vd sum) {
    return _mm512_insertf32x8(_mm512_castps256_ps512(_mm512_cvtpd_ps(sum.low)), _mm512_cvtpd_ps(sum.high), 1);
}
static inline double vd_total(vd sum) {
    return _mm512_reduce_add_pd(_mm512_add_pd(sum.low, sum.high));
}

#endif
