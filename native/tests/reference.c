/* reference.c - see reference.h. */
#include "reference.h"

#include <math.h>
#include <stdlib.h>

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

void reference_lstm_forward(reference_lstm *r) {
    const int64_t B = r->B, I = r->I, H = r->H;
    for (int64_t row = 0; row < r->T * B; ++row) {
        const double *h = row >= B ? r->y + (row - B) * H : r->h_0 ? r->h_0 + row * H : NULL;
        const double *c = row >= B ? r->c + (row - B) * H : r->c_0 ? r->c_0 + row * H : NULL;
        double *gates = r->gates + row * 4 * H;
        for (int64_t g = 0; g < 4 * H; ++g) {
            double a = r->b_ih ? r->b_ih[g] + r->b_hh[g] : 0;
            for (int64_t k = 0; k < I; ++k)
                a += r->x[row * I + k] * r->w_ih[g * I + k];
            for (int64_t k = 0; h && k < H; ++k)
                a += h[k] * r->w_hh[g * H + k];
            gates[g] = g / H == 2 ? tanh(a) : sigmoid(a);
        }
        for (int64_t u = 0; u < H; ++u) {
            double now = gates[H + u] * (c ? c[u] : 0) + gates[u] * gates[2 * H + u];
            r->c[row * H + u] = now;
            r->y[row * H + u] = gates[3 * H + u] * tanh(now);
        }
    }
}

/* Derivatives of one row, given those of h and c; da [4H] out, dc becomes that of the cell before. */
static void lstm_row_back(int64_t H, const double *gates, const double *c, const double *c_prev, const double *dh,
                          double *dc, double *da) {
    for (int64_t u = 0; u < H; ++u) {
        double i = gates[u], f = gates[H + u], g = gates[2 * H + u], o = gates[3 * H + u], t = tanh(c[u]);
        double d = dc[u] + dh[u] * o * (1 - t * t);
        da[u] = d * g * i * (1 - i);
        da[H + u] = d * (c_prev ? c_prev[u] : 0) * f * (1 - f);
        da[2 * H + u] = d * i * (1 - g * g);
        da[3 * H + u] = dh[u] * t * o * (1 - o);
        dc[u] = d * f;
    }
}

static void lstm_row_gradients(reference_lstm *r, int64_t row, const double *h, const double *da, double *dh) {
    const int64_t I = r->I, H = r->H;
    for (int64_t k = 0; k < H; ++k)
        dh[k] = 0;
    for (int64_t k = 0; k < I; ++k)
        r->dx[row * I + k] = 0;
    for (int64_t g = 0; g < 4 * H; ++g) {
        r->db[g] += da[g];
        for (int64_t k = 0; k < I; ++k) {
            r->dw_ih[g * I + k] += da[g] * r->x[row * I + k];
            r->dx[row * I + k] += da[g] * r->w_ih[g * I + k];
        }
        for (int64_t k = 0; k < H; ++k) {
            r->dw_hh[g * H + k] += h ? da[g] * h[k] : 0;
            dh[k] += da[g] * r->w_hh[g * H + k];
        }
    }
}

void reference_lstm_backward(reference_lstm *r) {
    const int64_t B = r->B, H = r->H;
    double *da = calloc((size_t)(4 * H), sizeof *da), *dh = calloc((size_t)H, sizeof *dh);
    if (!da || !dh)
        abort();
    for (int64_t i = 0; i < B * H; ++i) {
        r->dh_0[i] = r->dh_n ? r->dh_n[i] : 0;
        r->dc_0[i] = r->dc_n ? r->dc_n[i] : 0;
    }
    for (int64_t t = r->T - 1; t >= 0; --t)
        for (int64_t b = 0; b < B; ++b) {
            const int64_t row = t * B + b;
            const double *h = t > 0 ? r->y + (row - B) * H : r->h_0 ? r->h_0 + b * H : NULL;
            const double *c = t > 0 ? r->c + (row - B) * H : r->c_0 ? r->c_0 + b * H : NULL;
            for (int64_t u = 0; u < H; ++u)
                dh[u] = r->dh_0[b * H + u] + (r->dy ? r->dy[row * H + u] : 0);
            lstm_row_back(H, r->gates + row * 4 * H, r->c + row * H, c, dh, r->dc_0 + b * H, da);
            lstm_row_gradients(r, row, h, da, r->dh_0 + b * H);
        }
    free(da);
    free(dh);
}

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
