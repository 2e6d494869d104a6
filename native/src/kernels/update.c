/* update.c - element-wise passes: optimizers, squared error, sum of squares. */
#include "kernels/kernels.h"
#include "kernels/vec_math.h"

void NRNN_NAME(sgd)(int64_t n, const nrnn_sgd_step *s, float *p, const float *grad, float *velocity) {
    const vf lr = vf_set(s->lr), momentum = vf_set(s->momentum), decay = vf_set(s->decay);
    const vf grad_scale = vf_set(s->grad_scale);
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left);
        vf g = vf_fma(decay, x, vf_mul(grad_scale, vf_load_n(grad + i, left)));
        vf v = g;
        if (velocity) {
            v = vf_fma(momentum, vf_load_n(velocity + i, left), g);
            vf_store_n(velocity + i, v, left);
        }
        vf step = s->nesterov ? vf_fma(momentum, v, g) : v;
        vf_store_n(p + i, vf_fnma(lr, step, x), left);
    }
}

void NRNN_NAME(adam)(int64_t n, const nrnn_adam_step *s, float *p, const float *grad, float *m, float *v) {
    const vf beta1 = vf_set(s->beta1), rest1 = vf_set(s->rest1), beta2 = vf_set(s->beta2), rest2 = vf_set(s->rest2);
    const vf rate = vf_set(s->rate), root = vf_set(s->root), eps = vf_set(s->eps);
    const vf decay = vf_set(s->decay), grad_scale = vf_set(s->grad_scale);
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left);
        vf g = vf_fma(decay, x, vf_mul(grad_scale, vf_load_n(grad + i, left)));
        vf mean = vf_fma(beta1, vf_load_n(m + i, left), vf_mul(rest1, g));
        vf square = vf_fma(beta2, vf_load_n(v + i, left), vf_mul(vf_mul(rest2, g), g));
        vf_store_n(m + i, mean, left);
        vf_store_n(v + i, square, left);
        vf step = vf_div(mean, vf_fma(vf_sqrt(square), root, eps));
        vf_store_n(p + i, vf_fnma(rate, step, x), left);
    }
}

double NRNN_NAME(squared_error)(int64_t n, float factor, const float *input, const float *target, float *dinput) {
    vd sum = vd_zero();
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        vf error = vf_sub(vf_load_n(input + i, n - i), vf_load_n(target + i, n - i));
        sum = vd_add_square(sum, error);
        if (dinput)
            vf_store_n(dinput + i, vf_mul(vf_set(factor), error), n - i);
    }
    return vd_total(sum);
}

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
