/* reference_recurrent.c - the recurrent cells in double precision, row after row and scalar by scalar (docs/math.md).
 * Only the forward equations are written here: the tape derives them. See reference.h. */
#include "reference.h"
#include "tape.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const reference_parameter_names[PARAMETERS] = {"weight_ih", "weight_hh",       "bias_ih",    "bias_hh",
                                                           "weight_hr", "weight_peephole", "ln_ih_gain", "ln_hh_gain",
                                                           "ln_c_gain", "ln_c_bias"};

static const struct {
    const char *name;
    int64_t gates;
    bool cell_state;
    int32_t gate, candidate, output; /* nrnn_activation_kind */
} cells[NRNN_CELL_COUNT] = {
    [NRNN_CELL_LSTM] = {"lstm", 4, true, 1, 2, 2},
    [NRNN_CELL_GRU] = {"gru", 3, false, 1, 2, 0},
    [NRNN_CELL_GRU_RESET_BEFORE] = {"gru_reset_before", 3, false, 1, 2, 0},
    [NRNN_CELL_RNN_TANH] = {"rnn_tanh", 1, false, 0, 2, 0},
    [NRNN_CELL_RNN_RELU] = {"rnn_relu", 1, false, 0, 3, 0},
    [NRNN_CELL_LSTM_PEEPHOLE] = {"lstm_peephole", 4, true, 1, 2, 2},
    [NRNN_CELL_LSTM_LAYERNORM] = {"lstm_layernorm", 4, true, 1, 2, 2},
    [NRNN_CELL_LSTM_COUPLED] = {"lstm_coupled", 3, true, 1, 2, 2},
    [NRNN_CELL_INDRNN] = {"indrnn", 1, false, 0, 3, 0},
    [NRNN_CELL_MIN_GRU] = {"min_gru", 2, false, 1, NRNN_ACTIVATION_AFFINE, 0}, /* the candidate as it is */
};

int64_t reference_gates(int32_t cell) {
    return cells[cell].gates;
}

const char *reference_cell_name(int32_t cell) {
    return cells[cell].name;
}

bool reference_has_cell_state(int32_t cell) {
    return cells[cell].cell_state;
}

static int64_t columns_of(const nrnn_recurrent_shape *s) {
    return s->P > 0 ? s->P : s->H;
}

reference_size reference_size_of(const nrnn_recurrent_shape *s, reference_parameter which) {
    const int64_t G = reference_gates(s->cell) * s->H, H = s->H;
    const bool hidden = s->cell != NRNN_CELL_MIN_GRU, norm = s->cell == NRNN_CELL_LSTM_LAYERNORM;
    switch (which) {
    case W_IH:
        return (reference_size){G, s->I};
    case W_HH:
        return s->cell == NRNN_CELL_INDRNN ? (reference_size){H, 0} : (reference_size){hidden ? G : 0, columns_of(s)};
    case B_IH:
        return (reference_size){s->has_bias ? G : 0, 0};
    case B_HH:
        return (reference_size){s->has_bias && hidden ? G : 0, 0};
    case W_HR:
        return (reference_size){s->P, H};
    case W_PEEPHOLE:
        return (reference_size){s->cell == NRNN_CELL_LSTM_PEEPHOLE ? 3 * H : 0, 0};
    case LN_IH_GAIN:
    case LN_HH_GAIN:
        return (reference_size){norm ? G : 0, 0};
    default:
        return (reference_size){norm ? H : 0, 0};
    }
}

int64_t reference_floats(reference_size size) {
    return size.rows * (size.columns > 0 ? size.columns : 1);
}

/* One row of the batch on its way. h and c: entries of the states, h_old those that the step found. */
typedef struct row {
    const reference_layer *r;
    tape *t;
    int32_t p[PARAMETERS]; /* first entries */
    int32_t x, seen;       /* first entries, of one step */
    int32_t *h, *c, *sums, *scratch;
} row;

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

double reference_activation(const nrnn_activation *f, double x, double *slope) {
    const double a = (double)f->alpha, b = (double)f->beta, t = tanh(b * x), size = 1 + fabs(x);
    switch (f->kind) {
    case NRNN_ACTIVATION_SIGMOID:
        *slope = sigmoid(x) * sigmoid(-x);
        return sigmoid(x);
    case NRNN_ACTIVATION_TANH:
        *slope = 1 - tanh(x) * tanh(x);
        return tanh(x);
    case NRNN_ACTIVATION_RELU:
        *slope = x > 0 ? 1 : 0;
        return x > 0 ? x : 0;
    case NRNN_ACTIVATION_HARD_SIGMOID:
        *slope = a * x + b > 0 && a * x + b < 1 ? a : 0;
        return fmax(0, fmin(1, a * x + b));
    case NRNN_ACTIVATION_SOFTSIGN:
        *slope = 1 / (size * size);
        return x / size;
    case NRNN_ACTIVATION_SOFTPLUS:
        *slope = sigmoid(x);
        return log1p(exp(-fabs(x))) + fmax(x, 0);
    case NRNN_ACTIVATION_ELU:
        *slope = x > 0 ? 1 : a * exp(x);
        return x > 0 ? x : a * expm1(x);
    case NRNN_ACTIVATION_LEAKY_RELU:
        *slope = x > 0 ? 1 : a;
        return x > 0 ? x : a * x;
    case NRNN_ACTIVATION_THRESHOLDED_RELU:
        *slope = x > a ? 1 : 0;
        return x > a ? x : 0;
    case NRNN_ACTIVATION_SCALED_TANH:
        *slope = a * b * (1 - t * t);
        return a * t;
    default:
        *slope = a;
        return a * x + b;
    }
}

/* own: the kind that the cell has where nothing is asked for. */
static int32_t activate(tape *t, const nrnn_activation *asked, int32_t own, int32_t entry) {
    const nrnn_activation f = asked->kind ? *asked : (nrnn_activation){.kind = own, .alpha = 1};
    double slope;
    const double value = reference_activation(&f, t->value[entry], &slope);
    return tape_function(t, entry, value, slope);
}

static int32_t clipped(const row *w, int32_t entry) {
    const double x = w->t->value[entry], clip = (double)w->r->shape.clip;
    return clip == 0 || fabs(x) < clip ? entry : tape_function(w->t, entry, x > 0 ? clip : -clip, 0);
}

static int32_t gate(const row *w, int32_t sum) {
    return activate(w->t, &w->r->shape.gate, cells[w->r->shape.cell].gate, clipped(w, sum));
}

static int32_t candidate(const row *w, int32_t sum) {
    return activate(w->t, &w->r->shape.candidate, cells[w->r->shape.cell].candidate, clipped(w, sum));
}

static int32_t output(const row *w, int32_t c) {
    return activate(w->t, &w->r->shape.output, cells[w->r->shape.cell].output, c);
}

static int32_t biased(const row *w, int32_t sum, reference_parameter bias, int64_t g) {
    return w->r->shape.has_bias ? tape_add(w->t, sum, w->p[bias] + (int32_t)g) : sum;
}

static int32_t input_product(const row *w, int64_t g) {
    const int64_t I = w->r->shape.I;
    return tape_dot(w->t, I, w->p[W_IH] + (int32_t)(g * I), w->x);
}

static int32_t input_sum(const row *w, int64_t g) {
    return biased(w, input_product(w, g), B_IH, g);
}

static int32_t hidden_product(const row *w, int64_t g, int32_t h) {
    const int64_t W = columns_of(&w->r->shape);
    return tape_dot(w->t, W, w->p[W_HH] + (int32_t)(g * W), h);
}

static int32_t hidden_sum(const row *w, int64_t g, int32_t h) {
    return biased(w, hidden_product(w, g, h), B_HH, g);
}

static int32_t whole_sum(const row *w, int64_t g) {
    return tape_add(w->t, input_sum(w, g), hidden_sum(w, g, w->seen));
}

/* share*a + (1 - share)*b, for entries. */
static int32_t mixed(tape *t, int32_t share, int32_t a, int32_t b) {
    return tape_add(t, tape_multiply(t, share, a), tape_multiply(t, tape_line(t, -1, share, 1), b));
}

/* Replaces entries by their normalised values, times gain, plus bias (none: -1). */
static void normalise(tape *t, int64_t n, int32_t *entries, int32_t gain, int32_t bias) {
    int32_t sum = entries[0], squares;
    for (int64_t i = 1; i < n; ++i)
        sum = tape_add(t, sum, entries[i]);
    const int32_t minus_mean = tape_line(t, -1 / (double)n, sum, 0);
    for (int64_t i = 0; i < n; ++i)
        entries[i] = tape_add(t, entries[i], minus_mean);
    const int32_t centred = tape_copies(t, n, entries);
    squares = tape_dot(t, n, centred, centred);
    const double variance = t->value[squares] / (double)n + 1e-5;
    const int32_t factor =
        tape_function(t, squares, 1 / sqrt(variance), -0.5 / (variance * sqrt(variance)) / (double)n);
    for (int64_t i = 0; i < n; ++i) {
        entries[i] = tape_multiply(t, tape_multiply(t, entries[i], factor), gain + (int32_t)i);
        if (bias >= 0)
            entries[i] = tape_add(t, entries[i], bias + (int32_t)i);
    }
}

/* The sums of the gates of an LSTM with layer normalisation. */
static void normalised_sums(row *w) {
    const int64_t G = 4 * (int64_t)w->r->shape.H;
    int32_t *hidden = w->scratch;
    for (int64_t g = 0; g < G; ++g) {
        w->sums[g] = input_product(w, g);
        hidden[g] = hidden_product(w, g, w->seen);
    }
    normalise(w->t, G, w->sums, w->p[LN_IH_GAIN], -1);
    normalise(w->t, G, hidden, w->p[LN_HH_GAIN], -1);
    for (int64_t g = 0; g < G; ++g)
        w->sums[g] = biased(w, biased(w, tape_add(w->t, w->sums[g], hidden[g]), B_IH, g), B_HH, g);
}

static void lstm_step(row *w) {
    const int32_t cell = w->r->shape.cell;
    const int64_t H = w->r->shape.H, first = cell == NRNN_CELL_LSTM_COUPLED ? 0 : H; /* the row of f */
    tape *t = w->t;
    if (cell == NRNN_CELL_LSTM_LAYERNORM)
        normalised_sums(w);
    else
        for (int64_t g = 0; g < cells[cell].gates * H; ++g)
            w->sums[g] = whole_sum(w, g);
    const int32_t peephole = cell == NRNN_CELL_LSTM_PEEPHOLE ? w->p[W_PEEPHOLE] : -1;
    int32_t *o = w->scratch;
    for (int64_t u = 0; u < H; ++u) {
        int32_t *a_i = &w->sums[u], *a_f = &w->sums[first + u], *a_g = &w->sums[first + H + u];
        int32_t a_o = w->sums[first + 2 * H + u];
        if (peephole >= 0) {
            *a_i = tape_add(t, *a_i, tape_multiply(t, peephole + (int32_t)u, w->c[u]));
            *a_f = tape_add(t, *a_f, tape_multiply(t, peephole + (int32_t)(H + u), w->c[u]));
        }
        const int32_t f = gate(w, *a_f), i = first ? gate(w, *a_i) : tape_line(t, -1, f, 1), g = candidate(w, *a_g);
        w->c[u] = tape_add(t, tape_multiply(t, f, w->c[u]), tape_multiply(t, i, g));
        if (peephole >= 0)
            a_o = tape_add(t, a_o, tape_multiply(t, peephole + (int32_t)(2 * H + u), w->c[u]));
        o[u] = gate(w, a_o);
    }
    int32_t *shown = w->sums; /* what of c leaves */
    memcpy(shown, w->c, (size_t)H * sizeof *shown);
    if (cell == NRNN_CELL_LSTM_LAYERNORM)
        normalise(t, H, shown, w->p[LN_C_GAIN], w->p[LN_C_BIAS]);
    for (int64_t u = 0; u < H; ++u)
        o[u] = tape_multiply(t, o[u], output(w, shown[u]));
    if (w->r->shape.P == 0) {
        memcpy(w->h, o, (size_t)H * sizeof *o);
        return;
    }
    const int32_t inner = tape_copies(t, H, o);
    for (int64_t p = 0; p < w->r->shape.P; ++p)
        w->h[p] = tape_dot(t, H, w->p[W_HR] + (int32_t)(p * H), inner);
}

static void gru_step(row *w) {
    const int64_t H = w->r->shape.H;
    const bool before = w->r->shape.cell == NRNN_CELL_GRU_RESET_BEFORE;
    int32_t *rh = w->scratch;
    for (int64_t u = 0; u < 2 * H; ++u)
        w->sums[u] = gate(w, whole_sum(w, u));
    for (int64_t u = 0; u < H; ++u)
        rh[u] = tape_multiply(w->t, w->sums[u], w->seen + (int32_t)u);
    const int32_t reset = before ? tape_copies(w->t, H, rh) : w->seen;
    for (int64_t u = 0; u < H; ++u) {
        const int32_t q = hidden_sum(w, 2 * H + u, reset);
        const int32_t part = before ? q : tape_multiply(w->t, w->sums[u], q);
        const int32_t n = candidate(w, tape_add(w->t, input_sum(w, 2 * H + u), part));
        w->h[u] = mixed(w->t, w->sums[H + u], w->h[u], n);
    }
}

static void plain_step(row *w) {
    const int64_t H = w->r->shape.H;
    for (int64_t u = 0; u < H; ++u)
        w->sums[u] = candidate(w, whole_sum(w, u));
    memcpy(w->h, w->sums, (size_t)H * sizeof *w->h);
}

static void indrnn_step(row *w) {
    for (int64_t u = 0; u < w->r->shape.H; ++u) {
        const int32_t own = tape_multiply(w->t, w->p[W_HH] + (int32_t)u, w->seen + (int32_t)u);
        w->h[u] = candidate(w, tape_add(w->t, input_sum(w, u), biased(w, own, B_HH, u)));
    }
}

static void min_gru_step(row *w) {
    const int64_t H = w->r->shape.H;
    for (int64_t u = 0; u < H; ++u) {
        const int32_t z = gate(w, input_sum(w, u)), n = candidate(w, input_sum(w, H + u));
        w->h[u] = mixed(w->t, z, n, w->h[u]);
    }
}

/* Zoneout: some share of what the state was. */
static void keep(tape *t, int64_t n, const int32_t *old, const double *share, int32_t *now) {
    for (int64_t u = 0; share && u < n; ++u)
        now[u] = tape_add(t, tape_line(t, share[u], old[u], 0), tape_line(t, 1 - share[u], now[u], 0));
}

static void step(row *w, int64_t at) {
    const nrnn_recurrent_shape *s = &w->r->shape;
    const int64_t W = columns_of(s), b = at % s->B;
    const double *mask = w->r->h_mask ? w->r->h_mask + b * W : NULL;
    const int32_t old_h = tape_copies(w->t, W, w->h), old_c = tape_copies(w->t, s->H, w->c);
    int32_t *old = w->scratch;
    for (int64_t k = 0; k < W; ++k)
        old[k] = tape_line(w->t, mask ? mask[k] : 1, w->h[k], 0);
    w->seen = tape_copies(w->t, W, old);
    w->x = tape_leaves(w->t, s->I, w->r->x + at * s->I);
    if (reference_has_cell_state(s->cell))
        lstm_step(w);
    else if (s->cell == NRNN_CELL_INDRNN)
        indrnn_step(w);
    else if (s->cell == NRNN_CELL_MIN_GRU)
        min_gru_step(w);
    else
        (reference_gates(s->cell) == 3 ? gru_step : plain_step)(w);
    for (int64_t k = 0; k < W; ++k)
        old[k] = old_h + (int32_t)k;
    keep(w->t, W, old, w->r->keep_h ? w->r->keep_h + at * W : NULL, w->h);
    for (int64_t k = 0; k < s->H; ++k)
        old[k] = old_c + (int32_t)k;
    keep(w->t, s->H, old, w->r->keep_c ? w->r->keep_c + at * s->H : NULL, w->c);
}

/* Adds to the gradients of entries, unless there are none to add. */
static void seed(tape *t, int64_t n, const int32_t *entries, const double *gradient) {
    for (int64_t i = 0; gradient && i < n; ++i)
        t->gradient[entries[i]] += gradient[i];
}

static void values(const double *of, int64_t n, const int32_t *entries, double *to) {
    for (int64_t i = 0; i < n; ++i)
        to[i] = of[entries[i]];
}

/* The neighbours from first on. */
static void fill(int64_t n, int32_t first, int32_t *entries) {
    for (int64_t i = 0; i < n; ++i)
        entries[i] = first + (int32_t)i;
}

/* One row of the batch through all its steps, and back. */
static void run_row(row *w, int64_t b) {
    const reference_layer *r = w->r;
    const nrnn_recurrent_shape *s = &r->shape;
    const int64_t H = s->H, W = columns_of(s), length = r->lengths ? r->lengths[b] : s->T;
    const int32_t h_0 = tape_leaves(w->t, W, r->h_0 ? r->h_0 + b * W : NULL);
    const int32_t c_0 = tape_leaves(w->t, H, r->c_0 ? r->c_0 + b * H : NULL);
    int32_t *shown = malloc((size_t)(length * W + 1) * sizeof *shown), *x = malloc((size_t)(length + 1) * sizeof *x);
    if (!shown || !x)
        abort();
    fill(W, h_0, w->h);
    fill(H, c_0, w->c);
    for (int64_t i = 0; i < length; ++i) {
        const int64_t t = s->reverse ? length - 1 - i : i, at = t * s->B + b;
        step(w, at);
        x[t] = w->x;
        memcpy(shown + t * W, w->h, (size_t)W * sizeof *shown);
        values(w->t->value, W, w->h, r->y + at * W);
    }
    values(w->t->value, W, w->h, r->h_n + b * W);
    values(w->t->value, H, w->c, r->c_n + b * H);
    seed(w->t, W, w->h, r->dh_n ? r->dh_n + b * W : NULL);
    seed(w->t, H, w->c, r->dc_n ? r->dc_n + b * H : NULL);
    for (int64_t t = 0; t < length; ++t)
        seed(w->t, W, shown + t * W, r->dy ? r->dy + (t * s->B + b) * W : NULL);
    tape_play(w->t);
    memcpy(r->dh_0 + b * W, w->t->gradient + h_0, (size_t)W * sizeof(double));
    memcpy(r->dc_0 + b * H, w->t->gradient + c_0, (size_t)H * sizeof(double));
    for (int64_t t = 0; t < length; ++t)
        memcpy(r->dx + (t * s->B + b) * s->I, w->t->gradient + x[t], (size_t)s->I * sizeof(double));
    free(shown);
    free(x);
}

static int32_t *entries_of(int64_t n) {
    int32_t *entries = malloc((size_t)n * sizeof *entries);
    if (!entries)
        abort();
    return entries;
}

void reference_run(const reference_layer *r) {
    const nrnn_recurrent_shape *s = &r->shape;
    const int64_t H = s->H, W = columns_of(s), most = 4 * H + W, rows = (int64_t)s->T * s->B;
    tape t = {0};
    row w = {.r = r,
             .t = &t,
             .h = entries_of(most),
             .c = entries_of(most),
             .sums = entries_of(most),
             .scratch = entries_of(most)};
    memset(r->y, 0, (size_t)(rows * W) * sizeof(double));
    memset(r->dx, 0, (size_t)(rows * s->I) * sizeof(double));
    for (int i = 0; i < PARAMETERS; ++i)
        w.p[i] = tape_leaves(&t, r->p[i] ? reference_floats(reference_size_of(s, (reference_parameter)i)) : 0, r->p[i]);
    const int32_t parameters = t.length;
    for (int64_t b = 0; b < s->B; ++b) {
        run_row(&w, b);
        tape_cut(&t, parameters);
    }
    for (int i = 0; i < PARAMETERS; ++i)
        for (int64_t k = 0; r->p[i] && k < reference_floats(reference_size_of(s, (reference_parameter)i)); ++k)
            r->d[i][k] += t.gradient[w.p[i] + k];
    free(w.h), free(w.c), free(w.sums), free(w.scratch);
    tape_free(&t);
}
