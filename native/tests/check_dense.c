/* check_dense.c - the dense layer, the embedding, and both forms of cross entropy. */
#include "check.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t *random_ids(int64_t n, int32_t bound) {
    int32_t *ids = malloc((size_t)n * sizeof *ids);
    if (!ids)
        abort();
    for (int64_t i = 0; i < n; ++i)
        ids[i] = (int32_t)((check_random() + 1) / 2 * bound);
    ids[0] = 0;
    ids[n - 1] = bound - 1;
    return ids;
}

static void compare_sum(const char *name, const buffer *got, double *gradient) {
    for (int64_t i = 0; i < got->n; ++i)
        gradient[i] += (double)got->copy[i];
    check_close(name, got->p, gradient, 1, got->n, got->n, 1e-5);
}

static void free_all(buffer **list, int n) {
    for (int i = 0; i < n; ++i)
        buffer_free(list[i]);
}

static void dense_case(nrnn_context *context, int64_t N, int32_t I, int32_t O, bool bias) {
    snprintf(check_label, sizeof check_label, "dense N=%lld I=%d O=%d", (long long)N, I, O);
    buffer x = buffer_random(N * I, 1), w = buffer_random((int64_t)O * I, 1), b = buffer_random(O, 1);
    buffer y = buffer_new(N * O), dy = buffer_random(N * O, 1);
    buffer dx = buffer_new(N * I), dw = buffer_random((int64_t)O * I, 1), db = buffer_random(O, 1);
    buffer *inputs[] = {&x, &w, &b, &dy}, *outputs[] = {&y, &dx, &dw, &db};
    for (int i = 0; i < 4; ++i)
        buffer_keep(inputs[i]), buffer_keep(outputs[i]);
    nrnn_dense_args a = {.N = N,
                         .I = I,
                         .O = O,
                         .x = x.p,
                         .w = w.p,
                         .b = bias ? b.p : NULL,
                         .y = y.p,
                         .dy = dy.p,
                         .dx = dx.p,
                         .dw = dw.p,
                         .db = bias ? db.p : NULL};
    CALL(nrnn_dense_forward(context, &a));
    CALL(nrnn_dense_backward(context, &a));
    double *rx = doubles_of(x.p, x.n), *rw = doubles_of(w.p, w.n), *rb = doubles_of(b.p, b.n);
    double *ry = zeros_of(y.n), *rdy = doubles_of(dy.p, dy.n);
    double *rdx = zeros_of(x.n), *rdw = zeros_of(w.n), *rdb = zeros_of(b.n);
    if (check_reference) {
        reference_dense(N, I, O, rx, rw, bias ? rb : NULL, ry);
        reference_dense_back(N, I, O, rx, rw, rdy, rdx, rdw, rdb);
    }
    check_close("y", y.p, ry, N, O, O, 1e-5);
    check_close("dx", dx.p, rdx, N, I, I, 1e-5);
    compare_sum("dw", &dw, rdw);
    if (bias)
        compare_sum("db", &db, rdb);
    else
        buffer_unchanged(&db);
    a.dx = NULL;
    CALL(nrnn_dense_backward(context, &a));
    for (int i = 0; i < 4; ++i)
        buffer_unchanged(inputs[i]);
    free_all(inputs, 4);
    free_all(outputs, 4);
    double *all[] = {rx, rw, rb, ry, rdy, rdx, rdw, rdb};
    for (int i = 0; i < 8; ++i)
        free(all[i]);
}

static void embedding_case(nrnn_context *context, int64_t n, int32_t V, int32_t E) {
    snprintf(check_label, sizeof check_label, "embedding n=%lld V=%d E=%d", (long long)n, V, E);
    buffer table = buffer_random((int64_t)V * E, 1), rows = buffer_new(n * E), drows = buffer_random(n * E, 1);
    buffer dtable = buffer_random((int64_t)V * E, 1);
    int32_t *ids = random_ids(n, V);
    buffer_keep(&table), buffer_keep(&drows), buffer_keep(&dtable);
    CALL(nrnn_embedding_forward(context, n, V, E, table.p, ids, rows.p));
    CALL(nrnn_embedding_backward(context, n, V, E, ids, drows.p, dtable.p));
    double *want = zeros_of(dtable.n);
    for (int64_t i = 0; i < n; ++i) {
        CHECK(memcmp(rows.p + i * E, table.p + (int64_t)ids[i] * E, (size_t)E * sizeof(float)) == 0);
        for (int64_t e = 0; e < E; ++e)
            want[(int64_t)ids[i] * E + e] += (double)drows.p[i * E + e];
    }
    compare_sum("dtable", &dtable, want);
    buffer_unchanged(&table), buffer_unchanged(&drows);
    buffer_keep(&dtable), buffer_keep(&rows);
    ids[n / 2] = V; /* nothing is written when one id is wrong */
    CHECK(nrnn_embedding_backward(context, n, V, E, ids, drows.p, dtable.p) == NRNN_BAD_ARGUMENT);
    ids[n / 2] = -1;
    CHECK(nrnn_embedding_forward(context, n, V, E, table.p, ids, rows.p) == NRNN_BAD_ARGUMENT);
    buffer_unchanged(&dtable), buffer_unchanged(&rows);
    buffer *all[] = {&table, &rows, &drows, &dtable};
    free_all(all, 4);
    free(ids);
    free(want);
}

static void cross_entropy_case(nrnn_context *context, int64_t N, int32_t V, double size) {
    snprintf(check_label, sizeof check_label, "cross entropy N=%lld V=%d size=%g", (long long)N, V, size);
    const double scale = 1 / (double)N;
    buffer logits = buffer_random(N * V, size), dlogits = buffer_new(N * V);
    int32_t *targets = random_ids(N, V);
    buffer_keep(&logits);
    double *x = doubles_of(logits.p, logits.n), *dx = zeros_of(logits.n);
    double want = reference_cross_entropy(N, V, scale, x, targets, dx);
    nrnn_cross_entropy_args a = {
        .N = N, .V = V, .scale = scale, .logits = logits.p, .targets = targets, .dlogits = dlogits.p};
    CALL(nrnn_cross_entropy(context, &a));
    check_close_scalar("loss", a.loss, want, 1e-6);
    for (int64_t i = 0; i < logits.n; ++i) /* scale, or the bound would mean nothing */
        dx[i] /= scale, dlogits.p[i] = (float)((double)dlogits.p[i] / scale);
    check_close("dlogits", dlogits.p, dx, N, V, V, 2e-6);
    buffer_unchanged(&logits);
    a.dlogits = NULL;
    CALL(nrnn_cross_entropy(context, &a));
    check_close_scalar("loss alone", a.loss, want, 1e-6);
    buffer_unchanged(&logits);
    a.dlogits = logits.p;
    CALL(nrnn_cross_entropy(context, &a));
    for (int64_t i = 0; i < logits.n; ++i)
        logits.p[i] = (float)((double)logits.p[i] / scale);
    check_close("dlogits in place", logits.p, dx, N, V, V, 2e-6);
    memcpy(logits.p, logits.copy, (size_t)logits.n * sizeof(float));
    logits.p[0] = NAN;
    CALL(nrnn_cross_entropy(context, &a));
    CHECK(isnan(a.loss) && isnan(logits.p[0]) && isnan(logits.p[V - 1]));
    buffer_free(&logits), buffer_free(&dlogits);
    free(targets), free(x), free(dx);
}

static void dense_cross_entropy_case(nrnn_context *context, int64_t N, int32_t I, int32_t V, bool bias) {
    snprintf(check_label, sizeof check_label, "dense cross entropy N=%lld I=%d V=%d", (long long)N, I, V);
    const double scale = 0.5;
    buffer x = buffer_random(N * I, 1), w = buffer_random((int64_t)V * I, 1), b = buffer_random(V, 1);
    buffer dx = buffer_new(N * I), dw = buffer_random((int64_t)V * I, 1), db = buffer_random(V, 1);
    buffer workspace = buffer_new(nrnn_dense_cross_entropy_workspace(N, I, V));
    int32_t *targets = random_ids(N, V);
    buffer *inputs[] = {&x, &w, &b}, *outputs[] = {&dx, &dw, &db, &workspace};
    for (int i = 0; i < 3; ++i)
        buffer_keep(inputs[i]), buffer_keep(outputs[i]);
    nrnn_dense_cross_entropy_args a = {.N = N,
                                       .I = I,
                                       .V = V,
                                       .scale = scale,
                                       .x = x.p,
                                       .w = w.p,
                                       .b = bias ? b.p : NULL,
                                       .targets = targets,
                                       .dx = dx.p,
                                       .dw = dw.p,
                                       .db = bias ? db.p : NULL,
                                       .workspace = workspace.p};
    CALL(nrnn_dense_cross_entropy(context, &a));
    double *rx = doubles_of(x.p, x.n), *rw = doubles_of(w.p, w.n), *rb = doubles_of(b.p, b.n);
    double *logits = zeros_of(N * V), *dlogits = zeros_of(N * V);
    double *rdx = zeros_of(x.n), *rdw = zeros_of(w.n), *rdb = zeros_of(b.n), want = 0;
    if (check_reference) {
        reference_dense(N, I, V, rx, rw, bias ? rb : NULL, logits);
        want = reference_cross_entropy(N, V, scale, logits, targets, dlogits);
        reference_dense_back(N, I, V, rx, rw, dlogits, rdx, rdw, rdb);
    }
    check_close_scalar("loss", a.loss, want, 2e-6);
    check_close("dx", dx.p, rdx, N, I, I, 1e-5);
    compare_sum("dw", &dw, rdw);
    if (bias)
        compare_sum("db", &db, rdb);
    buffer_keep(&dx), buffer_keep(&dw), buffer_keep(&db);
    a.dx = NULL;
    CALL(nrnn_dense_cross_entropy(context, &a));
    check_close_scalar("loss alone", a.loss, want, 2e-6);
    for (int i = 0; i < 3; ++i)
        buffer_unchanged(inputs[i]), buffer_unchanged(outputs[i]);
    free_all(inputs, 3);
    free_all(outputs, 4);
    double *all[] = {rx, rw, rb, logits, dlogits, rdx, rdw, rdb};
    for (int i = 0; i < 8; ++i)
        free(all[i]);
    free(targets);
}

void check_dense(nrnn_context *context) {
    dense_case(context, 1, 1, 1, true);
    dense_case(context, 33, 17, 65, false);
    dense_case(context, 7, 130, 3, true);
    dense_case(context, 300, 65, 301, true);
    embedding_case(context, 2, 2, 1);
    embedding_case(context, 40, 7, 17);
    embedding_case(context, 1000, 37, 65);
    embedding_case(context, 700, 300, 256);
    cross_entropy_case(context, 1, 1, 1);
    cross_entropy_case(context, 3, 7, 1);
    cross_entropy_case(context, 65, 17, 30);
    cross_entropy_case(context, 40, 1001, 10000);
    dense_cross_entropy_case(context, 1, 1, 1, true);
    dense_cross_entropy_case(context, 33, 17, 65, false);
    dense_cross_entropy_case(context, 200, 9, 20000, true); /* four blocks, dx in parts */
    dense_cross_entropy_case(context, 150, 40, 9001, true);
    dense_cross_entropy_case(context, 2000, 33, 70, true);
}
