/* check_time.c - speeds, each beside the peak of fused multiply-adds measured right before and after it: shares of the
 * peak can be compared on a busy machine, times cannot. Medians and best of several runs. */
#define _GNU_SOURCE
#include "check.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* FLOP/s of one thread. */
static double peak_of(nrnn_context *context) {
    double flops = 0, best = 0;
    for (int i = 0; i < 3; ++i) {
        double start = now();
        nrnn_fma_chains(context, 1, 1000000, &flops);
        best = fmax(best, flops / (now() - start));
    }
    return best;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef void timed(nrnn_context *context, void *argument);

/* Prints FLOP/s (or bytes/s) of the best and the median run, and shares of the peak of all threads. */
static void time_one(nrnn_context *context, const char *name, double work, int32_t threads, timed *run,
                     void *argument) {
    enum { MOST = 200 };
    double times[MOST], peak = peak_of(context), total = 0;
    int n = 0;
    run(context, argument);
    while (n < MOST && (total < 0.4 || n < 5)) {
        double start = now();
        run(context, argument);
        times[n] = now() - start;
        total += times[n++];
    }
    peak = fmax(peak, peak_of(context)) * threads;
    qsort(times, (size_t)n, sizeof *times, ascending);
    printf("%-44s %d thr  best %7.1f G/s %5.1f%%  median %7.1f G/s %5.1f%%  (peak %.1f)\n", name, threads,
           work / times[0] * 1e-9, 100 * work / times[0] / peak, work / times[n / 2] * 1e-9,
           100 * work / times[n / 2] / peak, peak * 1e-9);
    fflush(stdout);
}

/* ---- recurrent ---- */

typedef struct layer {
    nrnn_recurrent_shape shape;
    nrnn_recurrent_weights weights;
    float *packed;
    nrnn_recurrent_forward_args forward;
    nrnn_recurrent_backward_args backward;
} layer;

static float *floats(int64_t n, double scale) {
    float *x = aligned_alloc(64, (size_t)(n + 15) / 16 * 64);
    if (!x)
        abort();
    for (int64_t i = 0; i < n; ++i)
        x[i] = (float)(scale * check_random());
    return x;
}

static void run_pack(nrnn_context *context, void *argument) {
    layer *l = argument;
    nrnn_recurrent_pack(context, &l->shape, &l->weights, l->packed);
}
static void run_forward(nrnn_context *context, void *argument) {
    layer *l = argument;
    nrnn_recurrent_forward(context, &l->shape, &l->forward);
}
static void run_both(nrnn_context *context, void *argument) {
    layer *l = argument;
    nrnn_recurrent_forward(context, &l->shape, &l->forward);
    nrnn_recurrent_backward(context, &l->shape, &l->backward);
}

static void time_cell(nrnn_context *context, int32_t threads, int32_t cell, int32_t T, int32_t B, int32_t I,
                      int32_t H) {
    static const char *const names[] = {"lstm", "gru", "gru_before", "rnn_tanh", "rnn_relu"};
    static const int32_t gates[] = {4, 3, 3, 1, 1};
    const int64_t rows = (int64_t)T * B, G = gates[cell] * (int64_t)H;
    layer l = {.shape = {.cell = cell, .has_bias = 1, .T = T, .B = B, .I = I, .H = H, .x_stride = I, .y_stride = H}};
    nrnn_recurrent_sizes sizes;
    if (nrnn_recurrent_sizes_of(context, &l.shape, &sizes) != NRNN_OK)
        abort();
    float *x = floats(rows * I, 1), *w_ih = floats(G * I, 0.05), *w_hh = floats(G * H, 0.05), *b = floats(G, 0.1);
    float *dy = floats(rows * H, 1), *y = floats(rows * H, 0), *dx = floats(rows * I, 0);
    float *reserve = floats(sizes.reserve, 0), *workspace = floats(sizes.workspace, 0);
    float *dw_ih = floats(G * I, 0), *dw_hh = floats(G * H, 0), *db = floats(2 * G, 0);
    l.packed = floats(sizes.packed, 0);
    l.weights = (nrnn_recurrent_weights){.w_ih = w_ih, .w_hh = w_hh, .b_ih = b, .b_hh = b};
    l.forward = (nrnn_recurrent_forward_args){
        .x = x, .w_ih = w_ih, .packed = l.packed, .y = y, .reserve = reserve, .workspace = workspace};
    l.backward = (nrnn_recurrent_backward_args){.x = x,
                                                .w_ih = w_ih,
                                                .packed = l.packed,
                                                .y = y,
                                                .dy = dy,
                                                .reserve = reserve,
                                                .workspace = workspace,
                                                .dx = dx,
                                                .dw_ih = dw_ih,
                                                .dw_hh = dw_hh,
                                                .db_ih = db,
                                                .db_hh = db + G};
    char name[100];
    const double flops = 2.0 * (double)G * (I + H) * (double)rows;
    run_pack(context, &l);
    snprintf(name, sizeof name, "%s T=%d B=%d I=%d H=%d forward", names[cell], T, B, I, H);
    time_one(context, name, flops, threads, run_forward, &l);
    snprintf(name, sizeof name, "%s T=%d B=%d I=%d H=%d fwd+bwd", names[cell], T, B, I, H);
    time_one(context, name, 3 * flops, threads, run_both, &l);
    if (H == 512 && cell == NRNN_CELL_LSTM) {
        snprintf(name, sizeof name, "pack H=%d (floats)", H);
        time_one(context, name, (double)sizes.packed, threads, run_pack, &l);
    }
    float *all[] = {x, w_ih, w_hh, b, dy, y, dx, reserve, workspace, dw_ih, dw_hh, db, l.packed};
    for (int i = 0; i < (int)(sizeof all / sizeof *all); ++i)
        free(all[i]);
}

/* ---- the rest ---- */

static void run_dense_cross_entropy(nrnn_context *context, void *argument) {
    nrnn_dense_cross_entropy(context, argument);
}
static void run_update(nrnn_context *context, void *argument) {
    nrnn_update(context, argument);
}
static void run_squares(nrnn_context *context, void *argument) {
    const nrnn_update_args *a = argument;
    double sum;
    nrnn_sum_of_squares(context, a->n, a->grad, &sum);
}
static void run_philox(nrnn_context *context, void *argument) {
    const nrnn_update_args *a = argument;
    nrnn_philox(context, 1, 2, 3, a->n, a->first);
}
static void run_dense(nrnn_context *context, void *argument) {
    nrnn_dense_forward(context, argument);
    nrnn_dense_backward(context, argument);
}

static void time_output(nrnn_context *context, int32_t threads, int64_t N, int32_t I, int32_t V) {
    int32_t *targets = calloc((size_t)N, sizeof *targets);
    float *x = floats(N * I, 1), *w = floats((int64_t)V * I, 0.1), *b = floats(V, 0.1), *dx = floats(N * I, 0);
    float *dw = floats((int64_t)V * I, 0), *db = floats(V, 0);
    float *workspace = floats(nrnn_dense_cross_entropy_workspace(N, I, V), 0);
    float *y = floats(N * V, 1), *dy = floats(N * V, 1);
    char name[100];
    const double flops = 6.0 * (double)N * I * V;
    nrnn_dense_cross_entropy_args a = {.N = N,
                                       .I = I,
                                       .V = V,
                                       .scale = 1,
                                       .x = x,
                                       .w = w,
                                       .b = b,
                                       .targets = targets,
                                       .dx = dx,
                                       .dw = dw,
                                       .db = db,
                                       .workspace = workspace};
    snprintf(name, sizeof name, "dense+ce N=%lld I=%d V=%d", (long long)N, I, V);
    time_one(context, name, flops, threads, run_dense_cross_entropy, &a);
    nrnn_dense_args d = {N, I, V, x, w, b, y, dy, dx, dw, db};
    snprintf(name, sizeof name, "dense N=%lld I=%d O=%d", (long long)N, I, V);
    time_one(context, name, flops, threads, run_dense, &d);
    float *all[] = {x, w, b, dx, dw, db, workspace, y, dy};
    for (int i = 0; i < (int)(sizeof all / sizeof *all); ++i)
        free(all[i]);
    free(targets);
}

static void time_elementwise(nrnn_context *context, int32_t threads) {
    const int64_t n = 4000000;
    float *p = floats(n, 1), *g = floats(n, 1), *m = floats(n, 0), *v = floats(n, 0);
    nrnn_update_args a = {.rule = NRNN_RULE_ADAM,
                          .n = n,
                          .grad_scale = 1,
                          .rate = 1e-3,
                          .beta1 = 0.9,
                          .beta2 = 0.999,
                          .eps = 1e-8,
                          .root = 1,
                          .p = p,
                          .grad = g,
                          .first = m,
                          .second = v};
    nrnn_update_args s = {.rule = NRNN_RULE_SGD, .n = n, .grad_scale = 1, .rate = 1e-3, .p = p, .grad = g};
    time_one(context, "adam (floats)", (double)n, threads, run_update, &a);
    time_one(context, "sgd (floats)", (double)n, threads, run_update, &s);
    time_one(context, "sum of squares (floats)", (double)n, threads, run_squares, &a);
    time_one(context, "philox (floats)", (double)n, threads, run_philox, &a);
    free(p), free(g), free(m), free(v);
}

/* Of the shapes CHECK_SHAPES (how many, from the first on; all unless set) or the one in CHECK_SHAPE ("T B I H"), the
 * cells CHECK_CELLS (how many). */
static void time_cells(nrnn_context *context, int32_t threads) {
    static const int32_t shapes[][4] = {
        {100, 32, 512, 512}, {35, 20, 200, 200}, {100, 32, 128, 128}, {64, 32, 64, 256},  {50, 64, 256, 256},
        {100, 1, 256, 256},  {100, 8, 256, 256}, {28, 128, 28, 128},  {35, 20, 650, 650}, {50, 32, 1024, 1024}};
    const char *shape = getenv("CHECK_SHAPE"), *count = getenv("CHECK_SHAPES"), *kinds = getenv("CHECK_CELLS");
    int32_t one[4];
    const bool single = shape && sscanf(shape, "%d %d %d %d", &one[0], &one[1], &one[2], &one[3]) == 4;
    const int n = single ? 1 : count ? atoi(count) : (int)(sizeof shapes / sizeof *shapes);
    for (int i = 0; i < n; ++i)
        for (int32_t cell = 0; cell < (kinds ? atoi(kinds) : NRNN_CELL_RNN_RELU + 1); ++cell) {
            const int32_t *s = single ? one : shapes[i];
            time_cell(context, threads, cell, s[0], s[1], s[2], s[3]);
        }
}

int check_time(void) {
    for (int32_t threads = 1; threads <= 2; ++threads) {
        nrnn_context *context = NULL;
        nrnn_info info;
        const nrnn_options options = {NRNN_ABI_VERSION, threads, NULL};
        if (nrnn_context_create(&options, &context) != NRNN_OK || nrnn_context_info(context, &info) != NRNN_OK)
            return 1;
        printf("%s, OpenBLAS core %s\n", info.isa, info.blas_core);
        time_cells(context, threads);
        if (!getenv("CHECK_SHAPE")) {
            time_output(context, threads, 400, 200, 10000);
            time_output(context, threads, 2048, 256, 100);
            time_elementwise(context, threads);
        }
        nrnn_context_destroy(context);
    }
    return 0;
}
