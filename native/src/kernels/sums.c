/* sums.c - the sum of squares, and functions of one variable for the checks. */
#include "kernels/kernels.h"
#include "kernels/vec_math.h"

double NRNN_NAME(sum_of_squares)(int64_t n, const float *x) {
    vd even = vd_zero(), odd = vd_zero(); /* two chains hide half of the latency of the additions */
    int64_t i = 0;
    for (; i + 2 * NRNN_LANES <= n; i += 2 * NRNN_LANES) {
        even = vd_add_square(even, vf_load(x + i));
        odd = vd_add_square(odd, vf_load(x + i + NRNN_LANES));
    }
    for (; i < n; i += NRNN_LANES)
        even = vd_add_square(even, vf_load_n(x + i, n - i));
    return vd_total(even) + vd_total(odd);
}

void NRNN_NAME(math)(int32_t which, int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        vf v = vf_load_n(x + i, n - i);
        vf_store_n(y + i, which == 0 ? vf_exp(v) : which == 1 ? vf_sigmoid(v) : vf_tanh(v), n - i);
    }
}
