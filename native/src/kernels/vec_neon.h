/* vec_neon.h - the vector type of the kernels for NEON of 64-bit ARM: 4 lanes. Meanings: vec_scalar.h. */
#ifndef NRNN_VEC_H
#define NRNN_VEC_H

#include <arm_neon.h>
#include <stdint.h>

#define NRNN_LANES 4
#define NRNN_TILE_ROWS 12 /* 24 accumulators of the 32 registers */
#define NRNN_PAIR_ROWS 6
#define NRNN_OWN_COLUMNS 16 /* two panels, as for AVX2; not measured */

typedef float32x4_t vf;
typedef struct vd {
    float64x2_t low, high;
} vd;
typedef uint32x4_t vm;

static inline vf vf_set(float x) {
    return vdupq_n_f32(x);
}
static inline vf vf_load(const float *p) {
    return vld1q_f32(p);
}
static inline void vf_store(float *p, vf x) {
    vst1q_f32(p, x);
}

/* There are no masked loads: whole halves, then the odd lane. */
static inline vf vf_load_part(const float *p, int64_t n) {
    vf x = vdupq_n_f32(0);
    if (n >= 4)
        return vld1q_f32(p);
    if (n == 1)
        return vld1q_lane_f32(p, x, 0);
    x = vcombine_f32(vld1_f32(p), vdup_n_f32(0));
    return n == 3 ? vld1q_lane_f32(p + 2, x, 2) : x;
}
static inline void vf_store_part(float *p, vf x, int64_t n) {
    if (n >= 4)
        vst1q_f32(p, x);
    else if (n == 1)
        vst1q_lane_f32(p, x, 0);
    else {
        vst1_f32(p, vget_low_f32(x));
        if (n == 3)
            vst1q_lane_f32(p + 2, x, 2);
    }
}

static inline vf vf_add(vf a, vf b) {
    return vaddq_f32(a, b);
}
static inline vf vf_sub(vf a, vf b) {
    return vsubq_f32(a, b);
}
static inline vf vf_mul(vf a, vf b) {
    return vmulq_f32(a, b);
}
static inline vf vf_div(vf a, vf b) {
    return vdivq_f32(a, b);
}
static inline vf vf_sqrt(vf a) {
    return vsqrtq_f32(a);
}
static inline vf vf_fma(vf a, vf b, vf c) {
    return vfmaq_f32(c, a, b);
}
static inline vf vf_fnma(vf a, vf b, vf c) {
    return vfmsq_f32(c, a, b);
}

static inline vm vf_less(vf a, vf b) {
    return vcltq_f32(a, b);
}
static inline vf vf_select(vm m, vf yes, vf no) {
    return vbslq_f32(m, yes, no);
}
/* Not vmaxq and vminq: those give a NaN where either operand is one. */
static inline vf vf_max(vf a, vf b) {
    return vf_select(vcgtq_f32(a, b), a, b);
}
static inline vf vf_min(vf a, vf b) {
    return vf_select(vcltq_f32(a, b), a, b);
}
static inline vf vf_abs(vf a) {
    return vabsq_f32(a);
}
static inline vf vf_with_sign(vf a, vf b) {
    return vbslq_f32(vdupq_n_u32(0x80000000u), b, a);
}

static inline vf vf_scale(vf y, vf shifted, float magic) {
    const int32x4_t one = vdupq_n_s32(127);
    const int32x4_t n = vsubq_s32(vreinterpretq_s32_f32(shifted), vreinterpretq_s32_f32(vdupq_n_f32(magic)));
    const int32x4_t half = vshrq_n_s32(n, 1), rest = vsubq_s32(n, half);
    const vf a = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(half, one), 23));
    const vf b = vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(rest, one), 23));
    return vf_mul(vf_mul(y, a), b);
}

static inline float vf_highest(vf a) {
    return vmaxvq_f32(a);
}

static inline vd vd_zero(void) {
    return (vd){vdupq_n_f64(0), vdupq_n_f64(0)};
}
static inline float64x2_t vd_low(vf x) {
    return vcvt_f64_f32(vget_low_f32(x));
}
static inline float64x2_t vd_high(vf x) {
    return vcvt_high_f64_f32(x);
}
static inline vd vd_add(vd sum, vf x) {
    return (vd){vaddq_f64(sum.low, vd_low(x)), vaddq_f64(sum.high, vd_high(x))};
}
static inline vd vd_add_square(vd sum, vf x) {
    const float64x2_t low = vd_low(x), high = vd_high(x);
    return (vd){vfmaq_f64(sum.low, low, low), vfmaq_f64(sum.high, high, high)};
}
static inline vf vd_round(vd sum) {
    return vcvt_high_f32_f64(vcvt_f32_f64(sum.low), sum.high);
}
static inline double vd_total(vd sum) {
    return vaddvq_f64(vaddq_f64(sum.low, sum.high));
}

#endif
