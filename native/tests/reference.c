/* reference.c - see reference.h. */
#include "reference.h"

#include <math.h>

void reference_dense(int64_t N, int64_t I, int64_t O, const double *x, const double *w, const double *b, double *y) {
    for (int64_t n = 0; n < N; ++n)
        for (int64_t o = 0; o < O; ++o) {
            double sum = b ? b[o] : 0;
            for (int64_t i = 0; i < I; ++i)
                sum += x[n * I + i] * w[o * I + i];
            y[n * O + o] = sum;
        }
}

void reference_dense_back(int64_t N, int64_t I, int64_t O, const double *x, const double *w, const double *dy,
                          double *dx, double *dw, double *db) {
    for (int64_t i = 0; i < N * I; ++i)
        dx[i] = 0;
    for (int64_t n = 0; n < N; ++n)
        for (int64_t o = 0; o < O; ++o) {
            const double d = dy[n * O + o];
            db[o] += d;
            for (int64_t i = 0; i < I; ++i) {
                dx[n * I + i] += d * w[o * I + i];
                dw[o * I + i] += d * x[n * I + i];
            }
        }
}

double reference_cross_entropy(int64_t N, int64_t V, double scale, const double *logits, const int32_t *targets,
                               double *dlogits) {
    double loss = 0;
    for (int64_t n = 0; n < N; ++n, logits += V, dlogits += V) {
        double top = logits[0], sum = 0;
        for (int64_t v = 1; v < V; ++v)
            top = fmax(top, logits[v]);
        for (int64_t v = 0; v < V; ++v)
            sum += exp(logits[v] - top);
        loss += log(sum) + top - logits[targets[n]];
        for (int64_t v = 0; v < V; ++v)
            dlogits[v] = scale * (exp(logits[v] - top) / sum - (v == targets[n] ? 1 : 0));
    }
    return scale * loss;
}
