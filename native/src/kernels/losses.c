/* losses.c - losses of single numbers: value and derivative of each in double precision. */
#include "kernels/kernels.h"
#include "kernels/vec_math.h"

#include <math.h>

typedef struct point {
    double x, spread, target; /* spread: the input behind x that the variance comes from */
    double positive;          /* weight of the positive class */
    double dx, dspread;
} point;

typedef double loss_of(const nrnn_pointwise_step *s, point *p);

/* One row of n numbers, followed in input by n spreads where the loss has them. Inlined for each loss. */
static inline double row(int64_t n, const nrnn_pointwise_step *s, const float *input, const float *target,
                         float *dinput, bool spreads, loss_of *loss) {
    double sum = 0;
    for (int64_t i = 0; i < n; ++i) {
        const double weight = s->weights ? (double)s->weights[i] : 1;
        point p = {.x = (double)input[i],
                   .spread = spreads ? (double)input[n + i] : 0,
                   .target = (double)target[i],
                   .positive = s->positive_weights ? (double)s->positive_weights[i] : 1};
        sum += weight * loss(s, &p);
        if (dinput) {
            dinput[i] = (float)(s->scale * weight * p.dx);
            if (spreads)
                dinput[n + i] = (float)(s->scale * weight * p.dspread);
        }
    }
    return sum;
}

/* 0 stays 0, and a NaN one. */
static inline double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

static inline double sigmoid(double x) {
    const double e = exp(-fabs(x));
    return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}

static inline double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

static inline double squared(const nrnn_pointwise_step *s, point *p) {
    (void)s;
    const double error = p->x - p->target;
    p->dx = 2 * error;
    return error * error;
}

static inline double absolute(const nrnn_pointwise_step *s, point *p) {
    (void)s;
    const double error = p->x - p->target;
    p->dx = sign(error);
    return fabs(error);
}

static inline double huber(const nrnn_pointwise_step *s, point *p) {
    const double error = p->x - p->target, size = fabs(error);
    p->dx = size > s->setting ? s->setting * sign(error) : error;
    return size > s->setting ? s->setting * (size - 0.5 * s->setting) : 0.5 * error * error;
}

static inline double quantile(const nrnn_pointwise_step *s, point *p) {
    const double below = p->target - p->x, factor = below > 0 ? s->setting : s->setting - 1;
    p->dx = -factor * fabs(sign(below));
    return factor * below;
}

static inline double binary(const nrnn_pointwise_step *s, point *p) {
    (void)s;
    const double weight = 1 + (p->positive - 1) * p->target;
    p->dx = 1 - p->target - weight * sigmoid(-p->x);
    return (1 - p->target) * p->x + weight * softplus(-p->x);
}

/* The variance, and its derivative by the spread. A floor keeps it from 0 and lets the derivative through. */
static inline double variance(double floor, const point *p, double *derivative) {
    *derivative = sigmoid(p->spread);
    const double v = softplus(p->spread);
    return v < floor ? floor : v;
}

static inline double gaussian(const nrnn_pointwise_step *s, point *p) {
    double slope, v = variance(s->floor, p, &slope);
    const double error = p->x - p->target, ratio = error / v;
    p->dx = ratio;
    p->dspread = 0.5 * (1 / v - ratio * ratio) * slope;
    return 0.5 * (log(v) + error * ratio);
}

static inline double student_t(const nrnn_pointwise_step *s, point *p) {
    double slope, v = variance(s->floor, p, &slope);
    const double error = p->x - p->target, square = error * error, nu = s->setting;
    p->dx = (nu + 1) * error / (nu * v + square);
    p->dspread = 0.5 / v * (1 - (nu + 1) * square / (nu * v + square)) * slope;
    return 0.5 * (log(v) + (nu + 1) * log1p(square / (nu * v)));
}

double NRNN_NAME(squared_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, false, squared);
}
double NRNN_NAME(absolute_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, false, absolute);
}
double NRNN_NAME(huber_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, false, huber);
}
double NRNN_NAME(quantile_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, false, quantile);
}
double NRNN_NAME(binary_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, false, binary);
}
double NRNN_NAME(gaussian_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, true, gaussian);
}
double NRNN_NAME(student_t_loss)(int64_t n, const nrnn_pointwise_step *s, const float *x, const float *y, float *dx) {
    return row(n, s, x, y, dx, true, student_t);
}
