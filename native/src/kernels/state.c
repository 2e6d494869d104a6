/* state.c - what happens to states between steps: masks and zoneout. */
#include "kernels/kernels.h"
#include "kernels/vec_math.h"

void NRNN_NAME(multiply)(int64_t n, const float *x, const float *m, float *y) {
    for (int64_t i = 0; i < n; i += NRNN_LANES)
        vf_store_n(y + i, vf_mul(vf_load_n(x + i, n - i), vf_load_n(m + i, n - i)), n - i);
}

void NRNN_NAME(zone)(int64_t n, float rate, const float *draws, const float *old, float *x) {
    const vf d = vf_set(rate);
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const vf was = old ? vf_load_n(old + i, n - i) : vf_set(0.0f), is = vf_load_n(x + i, n - i);
        const vf mixed =
            draws ? vf_select(vf_less(vf_load_n(draws + i, n - i), d), was, is) : vf_fma(d, vf_sub(was, is), is);
        vf_store_n(x + i, mixed, n - i);
    }
}

void NRNN_NAME(unzone)(int64_t n, float rate, const float *draws, float *d, float *kept) {
    const vf share = vf_set(rate), zero = vf_set(0.0f);
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const vf whole = vf_load_n(d + i, n - i);
        const vf part =
            draws ? vf_select(vf_less(vf_load_n(draws + i, n - i), share), whole, zero) : vf_mul(share, whole);
        vf_store_n(kept + i, part, n - i);
        vf_store_n(d + i, vf_sub(whole, part), n - i);
    }
}
