/* update.c - the rules of the optimizers, one loop over the parameters each. The step is copied first: what the loop
 * stores cannot change the copy, so that its fields stay in registers. */
#include "kernels/kernels.h"
#include "kernels/vec_math.h"

/* The gradient as every rule sees it. A NaN goes through the limits. */
static inline vf gradient(const nrnn_update_step *s, vf x, const float *grad, int64_t left) {
    vf g = vf_mul(vf_set(s->grad_scale), vf_load_n(grad, left));
    g = vf_max(vf_set(-s->limit), vf_min(vf_set(s->limit), g));
    return vf_fma(vf_set(s->l2), x, g);
}

static inline vf shrunk(const nrnn_update_step *s, vf x) {
    return vf_fnma(vf_set(s->shrink), x, x);
}

/* Moves an average: keep*average + rest*x. */
static inline vf move_average(float *average, float keep, vf x, int64_t left) {
    const vf moved = vf_fma(vf_set(keep), vf_load_n(average, left), x);
    vf_store_n(average, moved, left);
    return moved;
}

static inline vf move_mean(float *mean, const nrnn_update_step *s, vf g, int64_t left) {
    return move_average(mean, s->beta1, vf_mul(vf_set(s->rest1), g), left);
}

static inline vf move_square(float *square, const nrnn_update_step *s, vf g, int64_t left) {
    return move_average(square, s->beta2, vf_mul(vf_mul(vf_set(s->rest2), g), g), left);
}

void NRNN_NAME(sgd)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    float *velocity = state[0];
    const vf momentum = vf_set(s.momentum);
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf v = velocity ? move_average(velocity + i, s.momentum, vf_mul(vf_set(s.fresh), g), left) : g;
        vf along = s.nesterov ? vf_fma(momentum, v, g) : v;
        vf_store_n(p + i, vf_fnma(vf_set(s.rate), along, shrunk(&s, x)), left);
    }
}

void NRNN_NAME(adagrad)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf sum = move_average(state[0] + i, 1, vf_mul(g, g), left);
        vf along = vf_div(g, vf_add(vf_sqrt(sum), vf_set(s.eps)));
        vf_store_n(p + i, vf_fnma(vf_set(s.rate), along, shrunk(&s, x)), left);
    }
}

void NRNN_NAME(adadelta)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    const vf eps = vf_set(s.eps);
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf square = move_square(state[0] + i, &s, g, left), before = vf_load_n(state[1] + i, left);
        vf root = vf_div(vf_sqrt(vf_add(before, eps)), vf_sqrt(vf_add(square, eps)));
        vf along = vf_mul(root, g);
        move_square(state[1] + i, &s, along, left);
        vf_store_n(p + i, vf_fnma(vf_set(s.rate), along, shrunk(&s, x)), left);
    }
}

/* Moves a mean and the average of the squared distances from it: v - m^2 of the two plain averages, but nothing
 * cancels. */
static inline vf move_variance(float *variance, float *mean, const nrnn_update_step *s, vf g, int64_t left) {
    const vf before = vf_load_n(mean, left), off = vf_sub(g, before);
    vf_store_n(mean, vf_fma(vf_set(s->rest1), off, before), left);
    vf moved = vf_fma(vf_mul(vf_set(s->rest2), off), off, vf_load_n(variance, left));
    moved = vf_mul(vf_set(s->beta2), moved);
    vf_store_n(variance, moved, left);
    return moved;
}

void NRNN_NAME(rmsprop)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    float *mean = state[1], *velocity = state[2];
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf square = mean ? move_variance(state[0] + i, mean + i, &s, g, left) : move_square(state[0] + i, &s, g, left);
        vf along = vf_div(g, vf_add(vf_sqrt(square), vf_set(s.eps)));
        if (velocity)
            along = move_average(velocity + i, s.momentum, along, left);
        vf_store_n(p + i, vf_fnma(vf_set(s.rate), along, shrunk(&s, x)), left);
    }
}

void NRNN_NAME(adam)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    float *highest = state[2];
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf mean = move_mean(state[0] + i, &s, g, left), square = move_square(state[1] + i, &s, g, left);
        if (highest) {
            square = vf_max(vf_load_n(highest + i, left), square);
            vf_store_n(highest + i, square, left);
        }
        vf along = vf_div(mean, vf_fma(vf_sqrt(square), vf_set(s.root), vf_set(s.eps)));
        vf_store_n(p + i, vf_fnma(vf_set(s.rate), along, shrunk(&s, x)), left);
    }
}

void NRNN_NAME(nadam)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf mean = move_mean(state[0] + i, &s, g, left), square = move_square(state[1] + i, &s, g, left);
        vf along = vf_fma(vf_set(s.mean_rate), mean, vf_mul(vf_set(s.rate), g));
        along = vf_div(along, vf_fma(vf_sqrt(square), vf_set(s.root), vf_set(s.eps)));
        vf_store_n(p + i, vf_sub(shrunk(&s, x), along), left);
    }
}

void NRNN_NAME(adamax)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        vf mean = move_mean(state[0] + i, &s, g, left);
        vf size = vf_mul(vf_set(s.beta2), vf_load_n(state[1] + i, left));
        size = vf_max(size, vf_add(vf_abs(g), vf_set(s.eps)));
        vf_store_n(state[1] + i, size, left);
        vf_store_n(p + i, vf_fnma(vf_set(s.rate), vf_div(mean, size), shrunk(&s, x)), left);
    }
}

void NRNN_NAME(asgd)(int64_t n, const nrnn_update_step *step, float *p, const float *grad, float *const state[3]) {
    const nrnn_update_step s = *step;
    for (int64_t i = 0; i < n; i += NRNN_LANES) {
        const int64_t left = n - i;
        vf x = vf_load_n(p + i, left), g = gradient(&s, x, grad + i, left);
        x = vf_fnma(vf_set(s.rate), g, shrunk(&s, x));
        vf average = vf_load_n(state[0] + i, left);
        vf_store_n(p + i, x, left);
        vf_store_n(state[0] + i, vf_fma(vf_set(s.average), vf_sub(x, average), average), left);
    }
}
