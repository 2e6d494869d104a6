/* vec_math.h - exp, sigmoid and tanh on vectors; errors of a few units in the last place, measured by check_kernels.
 * Not a number stays so: limits are applied with the argument as the second operand of vf_max and vf_min.
 *
 * The polynomials are minimax fits by our own Remez exchange in 60-digit decimals, rounded to floats:
 * exp: q(r) of degree 4 with e^r ~ 1 + r + r^2 q(r) on |r| <= ln2/2 (relative error 3e-9 before rounding);
 * tanh: q(u) of degree 4 with tanh x ~ x + x^3 q(x^2) on |x| <= 0.625 (5e-9). */
#ifndef NRNN_VEC_MATH_H
#define NRNN_VEC_MATH_H

#include NRNN_VECTOR_HEADER

/* The first n lanes, whole vectors by the plain instructions. */
static inline vf vf_load_n(const float *p, int64_t n) {
    return n >= NRNN_LANES ? vf_load(p) : vf_load_part(p, n);
}
static inline void vf_store_n(float *p, vf x, int64_t n) {
    if (n >= NRNN_LANES)
        vf_store(p, x);
    else
        vf_store_part(p, x, n);
}

#if !defined(NRNN_FAST_RECIPROCAL)
static inline vf vf_reciprocal(vf a) {
    return vf_div(vf_set(1.0f), a);
}
#endif

/* Cody and Waite: x = n ln2 + r, ln2 in two parts of which n times the first is exact. x is taken as at most `high`. */
static inline vf vf_exp_up_to(float high, vf x) {
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer in the low bits */
    x = vf_min(vf_set(high), vf_max(vf_set(-105.0f), x));
    vf shifted = vf_fma(x, vf_set(1.44269502f), vf_set(magic));
    vf n = vf_sub(shifted, vf_set(magic));
    vf r = vf_fnma(n, vf_set(0.693115234375f), x);
    r = vf_fnma(n, vf_set(3.19461833e-05f), r);
    vf q = vf_fma(r, vf_set(0.00138156186f), vf_set(0.0083685359f));
    q = vf_fma(r, q, vf_set(0.0416683517f));
    q = vf_fma(r, q, vf_set(0.166665226f));
    q = vf_fma(r, q, vf_set(0.49999994f));
    q = vf_fma(vf_mul(r, r), q, r);
    return vf_scale(vf_add(q, vf_set(1.0f)), shifted, magic);
}

static inline vf vf_exp(vf x) {
    return vf_exp_up_to(90.0f, x);
}

/* Up to 88 the exponential is finite, and what is divided by it is zero in floats. */
static inline vf vf_sigmoid(vf x) {
    return vf_reciprocal(vf_add(vf_set(1.0f), vf_exp_up_to(88.0f, vf_sub(vf_set(0.0f), x))));
}

/* Near zero the odd polynomial; beyond it 1 - 2/(e^2|x| + 1), where nothing cancels any more. */
static inline vf vf_tanh(vf x) {
    const vf one = vf_set(1.0f);
    vf size = vf_abs(x), u = vf_mul(x, x);
    vf q = vf_fma(u, vf_set(-0.0057632043f), vf_set(0.0206969138f));
    q = vf_fma(u, q, vf_set(-0.0537598245f));
    q = vf_fma(u, q, vf_set(0.133317247f));
    q = vf_fma(u, q, vf_set(-0.333332956f));
    vf small = vf_fma(vf_mul(size, u), q, size);
    vf e = vf_exp_up_to(88.0f, vf_add(size, size));
    vf large = vf_fnma(vf_set(2.0f), vf_reciprocal(vf_add(e, one)), one);
    return vf_with_sign(vf_select(vf_less(size, vf_set(0.625f)), small, large), x);
}

#endif
