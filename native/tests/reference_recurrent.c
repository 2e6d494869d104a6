/* reference_recurrent.c - the recurrent cells in double precision, row after row (docs/math.md). See reference.h. */
#include "nativernn.h"
#include "reference.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

int64_t reference_gates(int32_t cell) {
    return cell == NRNN_CELL_LSTM ? 4 : cell == NRNN_CELL_GRU || cell == NRNN_CELL_GRU_RESET_BEFORE ? 3 : 1;
}

const char *reference_cell_name(int32_t cell) {
    static const char *const names[REFERENCE_CELLS] = {
        [NRNN_CELL_LSTM] = "lstm",
        [NRNN_CELL_GRU] = "gru",
        [NRNN_CELL_GRU_RESET_BEFORE] = "gru_reset_before",
        [NRNN_CELL_RNN_TANH] = "rnn_tanh",
        [NRNN_CELL_RNN_RELU] = "rnn_relu",
    };
    return names[cell];
}

/* A row of a sequence [T,B,H] at the step before, or of the initial state; NULL: zeros. */
static const double *row_before(const reference_layer *r, const double *sequence, const double *initial, int64_t row) {
    const int64_t t = row / r->B, b = row % r->B, first = r->reverse ? r->T - 1 : 0;
    if (t == first)
        return initial ? initial + b * r->H : NULL;
    return sequence + (row + (r->reverse ? r->B : -r->B)) * r->H;
}

static double dot(int64_t n, const double *x, const double *y) {
    double sum = 0;
    for (int64_t k = 0; x && k < n; ++k)
        sum += x[k] * y[k];
    return sum;
}

/* The recurrent part of a sum, with its bias. */
static double recurrent_sum(const reference_layer *r, int64_t g, const double *h) {
    return dot(r->H, h, r->w_hh + g * r->H) + (r->b_hh ? r->b_hh[g] : 0);
}

/* gates: holds the input parts of the sums. */
static void lstm_row(const reference_layer *r, int64_t row, const double *h, double *gates) {
    const int64_t H = r->H;
    const double *c = row_before(r, r->c, r->c_0, row);
    for (int64_t g = 0; g < 4 * H; ++g) {
        double a = gates[g] + recurrent_sum(r, g, h);
        gates[g] = g / H == 2 ? tanh(a) : sigmoid(a);
    }
    for (int64_t u = 0; u < H; ++u) {
        double now = gates[H + u] * (c ? c[u] : 0) + gates[u] * gates[2 * H + u];
        r->c[row * H + u] = now;
        r->y[row * H + u] = gates[3 * H + u] * tanh(now);
    }
}

static void gru_row(const reference_layer *r, int64_t row, const double *h, double *gates) {
    const int64_t H = r->H;
    double *rh = calloc((size_t)H, sizeof *rh);
    if (!rh)
        abort();
    for (int64_t g = 0; g < 2 * H; ++g)
        gates[g] = sigmoid(gates[g] + recurrent_sum(r, g, h));
    for (int64_t u = 0; u < H; ++u)
        rh[u] = h ? gates[u] * h[u] : 0;
    for (int64_t u = 0; u < H; ++u) {
        const bool before = r->cell == NRNN_CELL_GRU_RESET_BEFORE;
        double q = recurrent_sum(r, 2 * H + u, before ? rh : h), z = gates[H + u];
        double n = tanh(gates[2 * H + u] + (before ? q : gates[u] * q));
        r->c[row * H + u] = q;
        gates[2 * H + u] = n;
        r->y[row * H + u] = (1 - z) * n + z * (h ? h[u] : 0);
    }
    free(rh);
}

static void rnn_row(const reference_layer *r, int64_t row, const double *h, double *gates) {
    for (int64_t u = 0; u < r->H; ++u) {
        double a = gates[u] + recurrent_sum(r, u, h);
        r->y[row * r->H + u] = gates[u] = r->cell == NRNN_CELL_RNN_TANH ? tanh(a) : fmax(a, 0);
    }
}

void reference_forward(reference_layer *r) {
    for (int64_t i = 0; i < r->T * r->B; ++i) {
        const int64_t row = r->reverse ? r->T * r->B - 1 - i : i;
        const double *h = row_before(r, r->y, r->h_0, row);
        double *gates = r->gates + row * r->G * r->H;
        for (int64_t g = 0; g < r->G * r->H; ++g)
            gates[g] = dot(r->I, r->x + row * r->I, r->w_ih + g * r->I) + (r->b_ih ? r->b_ih[g] : 0);
        (r->G == 4 ? lstm_row : r->G == 3 ? gru_row : rnn_row)(r, row, h, gates);
    }
}

/* The row that is going backward: dh is the whole gradient of h; the others are written. */
typedef struct row_back {
    int64_t row;
    const double *h; /* before; NULL: zeros */
    const double *dh;
    double *before;    /* += the gradient of h before */
    double *dax, *dah; /* [G*H], of the input and the recurrent parts of the sums */
    double *factor;    /* [H]: r*h before */
} row_back;

static void lstm_row_back(const reference_layer *r, const row_back *b) {
    const int64_t H = r->H;
    const double *gates = r->gates + b->row * 4 * H, *c_prev = row_before(r, r->c, r->c_0, b->row);
    double *dc = r->dc_0 + b->row % r->B * H;
    for (int64_t u = 0; u < H; ++u) {
        double i = gates[u], f = gates[H + u], g = gates[2 * H + u], o = gates[3 * H + u];
        double t = tanh(r->c[b->row * H + u]), d = dc[u] + b->dh[u] * o * (1 - t * t);
        b->dax[u] = d * g * i * (1 - i);
        b->dax[H + u] = d * (c_prev ? c_prev[u] : 0) * f * (1 - f);
        b->dax[2 * H + u] = d * i * (1 - g * g);
        b->dax[3 * H + u] = b->dh[u] * t * o * (1 - o);
        dc[u] = d * f;
    }
    for (int64_t g = 0; g < 4 * H; ++g)
        b->dah[g] = b->dax[g];
}

static void gru_row_back(const reference_layer *r, const row_back *b) {
    const int64_t H = r->H;
    const double *gates = r->gates + b->row * 3 * H;
    for (int64_t u = 0; u < H; ++u) {
        double z = gates[H + u], n = gates[2 * H + u], h = b->h ? b->h[u] : 0;
        b->dax[H + u] = b->dh[u] * (h - n) * z * (1 - z);
        b->dax[2 * H + u] = b->dh[u] * (1 - z) * (1 - n * n);
        b->before[u] += b->dh[u] * z;
    }
    for (int64_t u = 0; u < H; ++u) {
        double s = gates[u], h = b->h ? b->h[u] : 0, drh = 0;
        for (int64_t k = 0; k < H; ++k)
            drh += b->dax[2 * H + k] * r->w_hh[(2 * H + k) * H + u];
        b->factor[u] = s * h;
        if (r->cell == NRNN_CELL_GRU)
            b->dax[u] = b->dax[2 * H + u] * r->c[b->row * H + u] * s * (1 - s);
        else {
            b->dax[u] = drh * h * s * (1 - s);
            b->before[u] += drh * s;
        }
    }
    for (int64_t g = 0; g < 3 * H; ++g)
        b->dah[g] = b->dax[g] * (g >= 2 * H && r->cell == NRNN_CELL_GRU ? gates[g - 2 * H] : 1);
}

static void rnn_row_back(const reference_layer *r, const row_back *b) {
    for (int64_t u = 0; u < r->H; ++u) {
        double h = r->gates[b->row * r->H + u];
        b->dax[u] = b->dah[u] = b->dh[u] * (r->cell == NRNN_CELL_RNN_TANH ? 1 - h * h : h > 0);
    }
}

static void row_gradients(const reference_layer *r, const row_back *b) {
    const int64_t I = r->I, H = r->H;
    for (int64_t k = 0; k < I; ++k)
        r->dx[b->row * I + k] = 0;
    for (int64_t g = 0; g < r->G * H; ++g) {
        const bool apart = r->cell == NRNN_CELL_GRU_RESET_BEFORE && g >= 2 * H;
        r->db_ih[g] += b->dax[g];
        r->db_hh[g] += b->dah[g];
        for (int64_t k = 0; k < I; ++k) {
            r->dw_ih[g * I + k] += b->dax[g] * r->x[b->row * I + k];
            r->dx[b->row * I + k] += b->dax[g] * r->w_ih[g * I + k];
        }
        for (int64_t k = 0; k < H; ++k) {
            r->dw_hh[g * H + k] += b->dah[g] * (apart ? b->factor[k] : b->h ? b->h[k] : 0);
            b->before[k] += apart ? 0 : b->dah[g] * r->w_hh[g * H + k];
        }
    }
}

void reference_backward(reference_layer *r) {
    const int64_t B = r->B, H = r->H, G = r->G;
    double *scratch = calloc((size_t)((2 * G + 2) * H), sizeof *scratch);
    if (!scratch)
        abort();
    for (int64_t i = 0; i < B * H; ++i) {
        r->dh_0[i] = r->dh_n ? r->dh_n[i] : 0;
        r->dc_0[i] = r->dc_n ? r->dc_n[i] : 0;
    }
    for (int64_t i = r->T * B - 1; i >= 0; --i) {
        const int64_t row = r->reverse ? r->T * B - 1 - i : i;
        double *dh = scratch + (2 * G + 1) * H, *before = r->dh_0 + row % B * H;
        for (int64_t u = 0; u < H; ++u) {
            dh[u] = before[u] + (r->dy ? r->dy[row * H + u] : 0);
            before[u] = 0;
        }
        const row_back b = {
            row, row_before(r, r->y, r->h_0, row), dh, before, scratch, scratch + G * H, scratch + 2 * G * H};
        (G == 4 ? lstm_row_back : G == 3 ? gru_row_back : rnn_row_back)(r, &b);
        row_gradients(r, &b);
    }
    free(scratch);
}
