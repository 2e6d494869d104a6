/* check_losses.c - losses against double precision; what is compared is the same for any number of threads. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static double loss_of(int32_t kind, double setting, double floor, double x, double spread, double y) {
    const double error = x - y, v = fmax(floor, log(1 + exp(spread)));
    switch (kind) {
    case NRNN_LOSS_SQUARED:
        return error * error;
    case NRNN_LOSS_ABSOLUTE:
        return fabs(error);
    case NRNN_LOSS_HUBER:
        return fabs(error) > setting ? setting * (fabs(error) - setting / 2) : error * error / 2;
    case NRNN_LOSS_QUANTILE:
        return fmax(-setting * error, (1 - setting) * error);
    case NRNN_LOSS_BINARY:
        return log(1 + exp(x)) - x * y;
    case NRNN_LOSS_GAUSSIAN:
        return (log(v) + error * error / v) / 2;
    default:
        return log(v) / 2 + (setting + 1) / 2 * log(1 + error * error / (setting * v));
    }
}

/* Gradients are central differences of the formula. */
static void pointwise_case(nrnn_context *context, int32_t kind, int64_t N, int32_t columns) {
    snprintf(check_label, sizeof check_label, "pointwise loss %d, %lld x %d", kind, (long long)N, columns);
    const int64_t n = N * columns, wide = kind >= NRNN_LOSS_GAUSSIAN ? 2 : 1;
    const double setting = 0.7, floor = 1e-6, step = 1e-5;
    buffer x = buffer_random(wide * n, 2), y = buffer_random(n, 1), w = buffer_random(columns, 1),
           dx = buffer_new(wide * n);
    buffer_keep(&x), buffer_keep(&y), buffer_keep(&w);
    nrnn_pointwise_loss_args a = {.loss_kind = kind,
                                  .columns = columns,
                                  .N = N,
                                  .scale = 0.5,
                                  .setting = setting,
                                  .floor = floor,
                                  .weights = w.p,
                                  .input = x.p,
                                  .target = y.p,
                                  .dinput = dx.p};
    CALL(nrnn_pointwise_loss(context, &a));
    double sum = 0, *want = zeros_of(wide * n);
    for (int64_t i = 0; check_reference && i < n; ++i) {
        const int64_t at = i / columns * columns * wide + i % columns;
        const double input = (double)x.p[at], spread = wide == 2 ? (double)x.p[at + columns] : 0,
                     target = (double)y.p[i];
        const double weight = 0.5 * (double)w.p[i % columns];
        sum += weight * loss_of(kind, setting, floor, input, spread, target);
        want[at] = weight / (2 * step) *
                   (loss_of(kind, setting, floor, input + step, spread, target) -
                    loss_of(kind, setting, floor, input - step, spread, target));
        if (wide == 2)
            want[at + columns] = weight / (2 * step) *
                                 (loss_of(kind, setting, floor, input, spread + step, target) -
                                  loss_of(kind, setting, floor, input, spread - step, target));
    }
    check_close_scalar("loss", a.loss, sum, 1e-9);
    check_close("dinput", dx.p, want, 1, wide * n, wide * n, 1e-5);
    check_digest_add(&a.loss, sizeof a.loss);
    buffer_unchanged(&x), buffer_unchanged(&y), buffer_unchanged(&w);
    buffer_free(&x), buffer_free(&y), buffer_free(&w), buffer_free(&dx);
    free(want);
}

/* -log of the sum over all paths of two steps and three classes that spell label 1: 1-, -1, 11. */
static void ctc_case(nrnn_context *context) {
    enum { T = 2, B = 5, C = 3, S = 2 };
    snprintf(check_label, sizeof check_label, "ctc");
    int32_t targets[B * S] = {0}, steps[B], labels[B];
    buffer x = buffer_random(T * B * C, 2), dx = buffer_new(T * B * C);
    const int64_t floats = nrnn_ctc_workspace(T, B, S);
    buffer workspace = buffer_new(floats);
    double want = 0;
    for (int b = 0; b < B; ++b) {
        double p[T][C];
        for (int t = 0; t < T; ++t) {
            const float *row = x.p + (t * B + b) * C;
            double sum = 0;
            for (int c = 0; c < C; ++c)
                sum += exp((double)row[c]);
            for (int c = 0; c < C; ++c)
                p[t][c] = exp((double)row[c]) / sum;
        }
        steps[b] = T, labels[b] = 1, targets[b * S] = 1;
        want -= log(p[0][1] * p[1][0] + p[0][0] * p[1][1] + p[0][1] * p[1][1]);
    }
    nrnn_ctc_args a = {.T = T,
                       .B = B,
                       .C = C,
                       .S = S,
                       .scale = 1,
                       .logits = x.p,
                       .targets = targets,
                       .input_lengths = steps,
                       .target_lengths = labels,
                       .dlogits = dx.p,
                       .workspace = workspace.p};
    CALL(nrnn_ctc(context, &a));
    check_close_scalar("loss", a.loss, want, 1e-6);
    check_digest_add(&a.loss, sizeof a.loss);
    check_digest_add(dx.p, dx.n * (int64_t)sizeof(float));
    buffer_free(&x), buffer_free(&dx), buffer_free(&workspace);
}

/* Smoothing and weights by their definition; the ignored rows are those of class 0. */
static void class_case(nrnn_context *context, int64_t N, int32_t V) {
    snprintf(check_label, sizeof check_label, "weighted cross entropy %lld x %d", (long long)N, V);
    buffer x = buffer_random(N * V, 3), w = buffer_random(V, 1), dx = buffer_new(N * V);
    int32_t *targets = calloc((size_t)N, sizeof *targets);
    const double smoothing = 0.2;
    double total = 0, sum = 0, *want = zeros_of(N * V);
    for (int32_t v = 0; v < V; ++v)
        w.p[v] = fabsf(w.p[v]);
    for (int64_t n = 0; n < N; ++n) {
        targets[n] = (int32_t)(n * 7 % V);
        total += targets[n] ? (double)w.p[targets[n]] : 0;
    }
    for (int64_t n = 0; n < N; ++n) {
        double all = 0, weights = 0;
        for (int32_t v = 0; v < V; ++v)
            all += exp((double)x.p[n * V + v]);
        for (int32_t v = 0; v < V && targets[n]; ++v) {
            const double weight =
                smoothing / V * (double)w.p[v] + (v == targets[n] ? (1 - smoothing) * (double)w.p[v] : 0);
            sum += weight * (log(all) - (double)x.p[n * V + v]) / total;
            want[n * V + v] -= weight / total;
            weights += weight;
        }
        for (int32_t v = 0; v < V; ++v)
            want[n * V + v] += weights / total * exp((double)x.p[n * V + v]) / all;
    }
    nrnn_cross_entropy_args a = {.N = N,
                                 .V = V,
                                 .mean = 1,
                                 .ignores = 1,
                                 .scale = 1,
                                 .label_smoothing = smoothing,
                                 .class_weights = w.p,
                                 .logits = x.p,
                                 .targets = targets,
                                 .dlogits = dx.p};
    CALL(nrnn_cross_entropy(context, &a));
    check_close_scalar("loss", a.loss, sum, 1e-6);
    check_close("dlogits", dx.p, want, 1, N * V, N * V, 1e-6);
    check_digest_add(&a.loss, sizeof a.loss);
    buffer_free(&x), buffer_free(&w), buffer_free(&dx);
    free(targets), free(want);
}

void check_losses(nrnn_context *context) {
    for (int32_t kind = 0; kind < NRNN_LOSS_COUNT; ++kind) {
        pointwise_case(context, kind, 1, 1);
        pointwise_case(context, kind, 7, 3);
        pointwise_case(context, kind, 9001, 2);
    }
    ctc_case(context);
    class_case(context, 3, 2);
    class_case(context, 17, 33);
    class_case(context, 401, 100);
}
