/* vec_avx2.h - the vector type of the kernels for AVX2 with FMA: 8 lanes. Meanings: vec_scalar.h. */
#ifndef NRNN_VEC_H
#define NRNN_VEC_H

#include <immintrin.h>
#include <stdint.h>

#define NRNN_LANES 8
#define NRNN_TILE_ROWS 6 /* 12 accumulators of the 16 registers */
#define NRNN_PAIR_ROWS 2
#define NRNN_OWN_COLUMNS 32 /* OpenBLAS is faster on wider products */

typedef __m256 vf;
typedef struct vd {
    __m256d low, high;
} vd;
typedef __m256 vm;

static inline vf vf_set(float x) {
    return _mm256_set1_ps(x);
}
static inline vf vf_load(const float *p) {
    return _mm256_loadu_ps(p);
}
static inline void vf_store(float *p, vf x) {
    _mm256_storeu_ps(p, x);
}

static inline __m256i vf_first(int64_t n) {
    static const int32_t mask[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    return _mm256_loadu_si256((const __m256i *)(const void *)(mask + 8 - n));
}
static inline vf vf_load_part(const float *p, int64_t n) {
    return _mm256_maskload_ps(p, vf_first(n));
}
static inline void vf_store_part(float *p, vf x, int64_t n) {
    _mm256_maskstore_ps(p, vf_first(n), x);
}

static inline vf vf_add(vf a, vf b) {
    return _mm256_add_ps(a, b);
}
static inline vf vf_sub(vf a, vf b) {
    return _mm256_sub_ps(a, b);
}
static inline vf vf_mul(vf a, vf b) {
    return _mm256_mul_ps(a, b);
}
static inline vf vf_div(vf a, vf b) {
    return _mm256_div_ps(a, b);
}
static inline vf vf_sqrt(vf a) {
    return _mm256_sqrt_ps(a);
}
static inline vf vf_fma(vf a, vf b, vf c) {
    return _mm256_fmadd_ps(a, b, c);
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return _mm256_fnmadd_ps(a, b, c);
}
static inline vf vf_max(vf a, vf b) {
    return _mm256_max_ps(a, b);
}
static inline vf vf_min(vf a, vf b) {
    return _mm256_min_ps(a, b);
}

static inline vf vf_abs(vf a) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}
static inline vf vf_with_sign(vf a, vf b) {
    return _mm256_or_ps(a, _mm256_and_ps(_mm256_set1_ps(-0.0f), b));
}
static inline vm vf_less(vf a, vf b) {
    return _mm256_cmp_ps(a, b, _CMP_LT_OQ);
}
static inline vf vf_select(vm m, vf yes, vf no) {
    return _mm256_blendv_ps(no, yes, m);
}

static inline vf vf_scale(vf y, vf shifted, float magic) {
    const __m256i one = _mm256_set1_epi32(127);
    __m256i n = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_castps_si256(_mm256_set1_ps(magic)));
    __m256i half = _mm256_srai_epi32(n, 1);
    __m256i rest = _mm256_sub_epi32(n, half);
    vf a = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, one), 23));
    vf b = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, one), 23));
    return vf_mul(vf_mul(y, a), b);
}

static inline float vf_highest(vf a) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}

static inline vd vd_zero(void) {
    return (vd){_mm256_setzero_pd(), _mm256_setzero_pd()};
}
static inline __m256d vd_low(vf x) {
    return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}
static inline __m256d vd_high(vf x) {
    return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}
static inline vd vd_add(vd sum, vf x) {
    return (vd){_mm256_add_pd(sum.low, vd_low(x)), _mm256_add_pd(sum.high, vd_high(x))};
}
static inline vd vd_add_square(vd sum, vf x) {
    __m256d low = vd_low(x), high = vd_high(x);
    return (vd){_mm256_fmadd_pd(low, low, sum.low), _mm256_fmadd_pd(high, high, sum.high)};
}
static inline vf vd_round(vd sum) {
    return _mm256_set_m128(_mm256_cvtpd_ps(sum.high), _mm256_cvtpd_ps(sum.low));
}
static inline double vd_total(vd sum) {
    __m256d pairs = _mm256_add_pd(sum.low, sum.high);
    __m128d x = _mm_add_pd(_mm256_castpd256_pd128(pairs), _mm256_extractf128_pd(pairs, 1));
    return _mm_cvtsd_f64(_mm_add_sd(x, _mm_unpackhi_pd(x, x)));
}

#endif
