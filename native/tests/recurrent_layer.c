/* recurrent_layer.c - see recurrent_layer.h. */
#include "recurrent_layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFERS = 40 };

static int list(buffer *const *all, int count, buffer **there) {
    int n = 0;
    for (int i = 0; i < count; ++i)
        if (all[i]->p)
            there[n++] = all[i];
    return n;
}

static int list_inputs(recurrent_layer *l, buffer **there) {
    buffer *all[BUFFERS] = {&l->x, &l->h_0, &l->c_0, &l->h_mask, &l->dy, &l->dh_n, &l->dc_n};
    for (int i = 0; i < PARAMETERS; ++i)
        all[7 + i] = &l->p[i];
    return list(all, 7 + PARAMETERS, there);
}

static int list_outputs(recurrent_layer *l, buffer **there) {
    buffer *all[BUFFERS] = {&l->packed, &l->reserve, &l->workspace, &l->y,   &l->h_n,
                            &l->c_n,    &l->dx,      &l->dh_0,      &l->dc_0};
    for (int i = 0; i < PARAMETERS; ++i)
        all[9 + i] = &l->d[i];
    return list(all, 9 + PARAMETERS, there);
}

/* A ragged batch has rows of all lengths, a few of them equal, and one of none. */
static void set_rows(recurrent_layer *l, bool ragged) {
    nrnn_recurrent_shape *s = &l->shape;
    l->lengths = calloc((size_t)s->B, sizeof *l->lengths);
    l->step_rows = calloc((size_t)s->T, sizeof *l->step_rows);
    if (!l->lengths || !l->step_rows)
        abort();
    for (int64_t b = 0; b < s->B; ++b) {
        l->lengths[b] = !ragged ? s->T : b > 0 && b == s->B - 1 ? 0 : (s->T * (s->B - b / 2 * 2) + s->B - 1) / s->B;
        l->rows += l->lengths[b];
        for (int64_t t = 0; t < l->lengths[b]; ++t)
            ++l->step_rows[t];
    }
    s->R = ragged ? l->rows : 0;
}

static nrnn_recurrent_shape shape_of(int32_t cell, int32_t reverse, const recurrent_case *c,
                                     const recurrent_variant *v) {
    const bool lstm = reference_has_cell_state(cell), gated = reference_gates(cell) > 1;
    const nrnn_activation none = {0};
    return (nrnn_recurrent_shape){.cell = cell,
                                  .has_bias = c->bias,
                                  .T = c->T,
                                  .B = c->B,
                                  .I = c->I,
                                  .H = c->H,
                                  .reverse = reverse,
                                  .P =
                                      v->projected && lstm && cell != NRNN_CELL_LSTM_LAYERNORM ? (2 * c->H + 2) / 3 : 0,
                                  .x_stride = c->I + c->pad,
                                  .gate = gated ? v->gate : none,
                                  .candidate = v->candidate,
                                  .output = lstm ? v->output : none,
                                  .clip = v->clip,
                                  .masked = v->masked && cell != NRNN_CELL_MIN_GRU,
                                  .zoneout = v->zoneout.h > 0 || v->zoneout.c > 0};
}

static void new_states(recurrent_layer *l, const recurrent_case *c) {
    const int64_t B = c->B, h = B * l->W, states = B * c->H;
    const bool cell_state = reference_has_cell_state(l->shape.cell);
    if (c->states)
        l->h_0 = buffer_random(h, 1);
    if (c->dstates) {
        l->dh_n = buffer_random(h, 1);
        l->h_n = buffer_new(h);
    }
    if (c->inputs_wanted)
        l->dh_0 = buffer_new(h);
    if (c->states && cell_state)
        l->c_0 = buffer_random(states, 2);
    if (c->dstates && cell_state) {
        l->dc_n = buffer_random(states, 1);
        l->c_n = buffer_new(states);
    }
    if (c->inputs_wanted && cell_state)
        l->dc_0 = buffer_new(states);
}

/* A padded y is that of a layer with two directions side by side. */
recurrent_layer recurrent_layer_new(nrnn_context *context, int32_t cell, int32_t reverse, const recurrent_case *c,
                                    const recurrent_variant *v) {
    recurrent_layer l = {.shape = shape_of(cell, reverse, c, v), .zoneout = v->zoneout};
    nrnn_recurrent_shape *s = &l.shape;
    nrnn_recurrent_sizes sizes;
    set_rows(&l, v->ragged);
    l.W = s->P > 0 ? s->P : s->H;
    s->y_stride = c->pad ? 2 * l.W : l.W;
    if (s->P > 0)
        l.zoneout.h = 0;
    if (!reference_has_cell_state(cell))
        l.zoneout.c = 0;
    CALL(nrnn_recurrent_sizes_of(context, s, &sizes));
    l.x = buffer_rows(l.rows, c->I, s->x_stride, 1);
    for (int i = 0; i < PARAMETERS; ++i) {
        const reference_size size = reference_size_of(s, (reference_parameter)i);
        if (size.rows == 0)
            continue;
        l.p[i] = buffer_random(reference_floats(size), size.columns > 0 ? 1.5 / sqrt((double)c->H) : 1);
        l.d[i] = buffer_random(reference_floats(size), 1);
    }
    if (c->dy)
        l.dy = buffer_rows(l.rows, l.W, s->y_stride, 1);
    if (s->masked) {
        l.h_mask = buffer_new(c->B * l.W);
        for (int64_t i = 0; i < l.h_mask.n; ++i)
            l.h_mask.p[i] = check_random() < -0.4 ? 0 : 1 / 0.7f;
    }
    new_states(&l, c);
    if (c->inputs_wanted)
        l.dx = buffer_new((l.rows - 1) * s->x_stride + c->I);
    l.packed = buffer_new(sizes.packed);
    l.reserve = buffer_new(sizes.reserve);
    l.workspace = buffer_new(sizes.workspace);
    l.y = buffer_new((l.rows - 1) * s->y_stride + l.W);
    return l;
}

void recurrent_layer_free(recurrent_layer *l) {
    buffer *all[BUFFERS];
    int n = list_inputs(l, all);
    n += list_outputs(l, all + n);
    for (int i = 0; i < n; ++i)
        buffer_free(all[i]);
    free(l->lengths);
    free(l->step_rows);
}

/* ---- calls ---- */

nrnn_recurrent_forward_args recurrent_layer_pack(nrnn_context *context, recurrent_layer *l) {
    const buffer *p = l->p;
    const nrnn_recurrent_weights weights = {p[W_IH].p,      p[W_HH].p,       p[B_IH].p,       p[B_HH].p,
                                            p[W_HR].p,      p[W_PEEPHOLE].p, p[LN_IH_GAIN].p, p[LN_HH_GAIN].p,
                                            p[LN_C_GAIN].p, p[LN_C_BIAS].p};
    CALL(nrnn_recurrent_pack(context, &l->shape, &weights, l->packed.p));
    return (nrnn_recurrent_forward_args){.x = l->x.p,
                                         .w_ih = p[W_IH].p,
                                         .packed = l->packed.p,
                                         .h_0 = l->h_0.p,
                                         .c_0 = l->c_0.p,
                                         .y = l->y.p,
                                         .h_n = l->h_n.p,
                                         .c_n = l->c_n.p,
                                         .reserve = l->reserve.p,
                                         .workspace = l->workspace.p,
                                         .step_rows = l->shape.R > 0 ? l->step_rows : NULL,
                                         .h_mask = l->h_mask.p,
                                         .zoneout = l->zoneout};
}

static nrnn_recurrent_backward_args backward_args(const recurrent_layer *l, const nrnn_recurrent_forward_args *f) {
    const buffer *d = l->d;
    return (nrnn_recurrent_backward_args){.x = f->x,
                                          .w_ih = f->w_ih,
                                          .packed = f->packed,
                                          .h_0 = f->h_0,
                                          .c_0 = f->c_0,
                                          .y = f->y,
                                          .dy = l->dy.p,
                                          .dh_n = l->dh_n.p,
                                          .dc_n = l->dc_n.p,
                                          .reserve = f->reserve,
                                          .workspace = f->workspace,
                                          .dx = l->dx.p,
                                          .dh_0 = l->dh_0.p,
                                          .dc_0 = l->dc_0.p,
                                          .dw_ih = d[W_IH].p,
                                          .dw_hh = d[W_HH].p,
                                          .db_ih = d[B_IH].p,
                                          .db_hh = d[B_HH].p,
                                          .step_rows = f->step_rows,
                                          .h_mask = f->h_mask,
                                          .zoneout = f->zoneout,
                                          .dw_hr = d[W_HR].p,
                                          .dw_peephole = d[W_PEEPHOLE].p,
                                          .dln_ih_gain = d[LN_IH_GAIN].p,
                                          .dln_hh_gain = d[LN_HH_GAIN].p,
                                          .dln_c_gain = d[LN_C_GAIN].p,
                                          .dln_c_bias = d[LN_C_BIAS].p};
}

void recurrent_layer_run(nrnn_context *context, recurrent_layer *l) {
    buffer *inputs[BUFFERS], *outputs[BUFFERS];
    const int n_inputs = list_inputs(l, inputs), n_outputs = list_outputs(l, outputs);
    for (int i = 0; i < n_inputs; ++i)
        buffer_keep(inputs[i]);
    for (int i = 0; i < n_outputs; ++i) /* gradients that are accumulated, above all */
        buffer_keep(outputs[i]);
    const nrnn_recurrent_forward_args forward = recurrent_layer_pack(context, l);
    buffer_keep(&l->packed);
    CALL(nrnn_recurrent_forward(context, &l->shape, &forward));
    buffer_keep(&l->y);
    for (int64_t i = 0; i < l->workspace.n; ++i)
        l->workspace.p[i] = NAN;
    const nrnn_recurrent_backward_args backward = backward_args(l, &forward);
    CALL(nrnn_recurrent_backward(context, &l->shape, &backward));
    buffer_unchanged(&l->packed);
    buffer_unchanged(&l->y);
    for (int i = 0; i < n_inputs; ++i)
        buffer_unchanged(inputs[i]);
}

/* ---- comparison ---- */

/* Packed rows of `columns`, `stride` apart, as [T,B,columns]; zeros beyond a length. NULL for nothing. */
static double *padded(const recurrent_layer *l, const buffer *packed, int64_t columns, int64_t stride) {
    const nrnn_recurrent_shape *s = &l->shape;
    if (!packed->p)
        return NULL;
    double *x = zeros_of((int64_t)s->T * s->B * columns);
    const float *from = packed->p;
    for (int64_t t = 0; t < s->T; ++t)
        for (int64_t b = 0; b < l->step_rows[t]; ++b, from += stride)
            for (int64_t c = 0; c < columns; ++c)
                x[(t * s->B + b) * columns + c] = (double)from[c];
    return x;
}

/* The rows of [T,B,columns] that exist, one after another, in place. */
static void pack_rows(const recurrent_layer *l, double *x, int64_t columns) {
    double *to = x;
    for (int64_t t = 0; t < l->shape.T; ++t)
        for (int64_t b = 0; b < l->step_rows[t]; ++b, to += columns)
            memmove(to, x + (t * l->shape.B + b) * columns, (size_t)columns * sizeof *x);
}

static double *flat(const buffer *b) {
    return b->p ? doubles_of(b->p, b->n) : NULL;
}

/* The share of a state that each step keeps; NULL without zoneout. */
static double *kept(const recurrent_layer *l, nrnn_context *context, float rate, uint64_t stream, int64_t columns) {
    const int64_t n = (int64_t)l->shape.T * l->shape.B * columns;
    if (!(rate > 0))
        return NULL;
    float *draws = malloc((size_t)n * sizeof *draws);
    double *share = zeros_of(n);
    if (!draws || nrnn_philox(context, l->zoneout.seed, stream, 0, n, draws) != NRNN_OK)
        abort();
    for (int64_t i = 0; i < n; ++i)
        share[i] = l->zoneout.expect ? (double)rate : draws[i] < rate ? 1 : 0;
    free(draws);
    return share;
}

static reference_layer reference_of(const recurrent_layer *l, nrnn_context *context) {
    const nrnn_recurrent_shape *s = &l->shape;
    const int64_t rows = (int64_t)s->T * s->B;
    reference_layer r = {.shape = *s, .lengths = l->lengths};
    r.x = padded(l, &l->x, s->I, s->x_stride);
    r.dy = padded(l, &l->dy, l->W, s->y_stride);
    r.h_0 = flat(&l->h_0), r.c_0 = flat(&l->c_0), r.dh_n = flat(&l->dh_n), r.dc_n = flat(&l->dc_n);
    r.h_mask = flat(&l->h_mask);
    r.keep_h = kept(l, context, l->zoneout.h, l->zoneout.stream, l->W);
    r.keep_c = kept(l, context, l->zoneout.c, l->zoneout.stream + 1, s->H);
    r.y = zeros_of(rows * l->W), r.dx = zeros_of(rows * s->I);
    r.h_n = zeros_of(s->B * l->W), r.c_n = zeros_of((int64_t)s->B * s->H);
    r.dh_0 = zeros_of(s->B * l->W), r.dc_0 = zeros_of((int64_t)s->B * s->H);
    for (int i = 0; i < PARAMETERS; ++i) {
        r.p[i] = flat(&l->p[i]);
        r.d[i] = l->d[i].p ? doubles_of(l->d[i].copy, l->d[i].n) : NULL;
    }
    return r;
}

static void reference_free(reference_layer *r) {
    const double *all[] = {r->x,      r->dy, r->h_0, r->c_0, r->dh_n, r->dc_n, r->h_mask, r->keep_h,
                           r->keep_c, r->y,  r->dx,  r->h_n, r->c_n,  r->dh_0, r->dc_0};
    for (size_t i = 0; i < sizeof all / sizeof *all; ++i)
        free((void *)(uintptr_t)all[i]);
    for (int i = 0; i < PARAMETERS; ++i) {
        free((void *)(uintptr_t)r->p[i]);
        free(r->d[i]);
    }
}

static void compare(const char *name, const buffer *got, const double *want, double bound) {
    if (got->p)
        check_close(name, got->p, want, 1, got->n, got->n, bound);
}

void recurrent_layer_compare(const recurrent_layer *l, nrnn_context *context) {
    const nrnn_recurrent_shape *s = &l->shape;
    reference_layer r = reference_of(l, context);
    if (check_reference)
        reference_run(&r);
    pack_rows(l, r.y, l->W);
    pack_rows(l, r.dx, s->I);
    check_close("y", l->y.p, r.y, l->rows, l->W, s->y_stride, 3e-6);
    check_padding(&l->y, l->W, s->y_stride);
    if (l->dx.p) {
        check_close("dx", l->dx.p, r.dx, l->rows, s->I, s->x_stride, 1e-5);
        check_padding(&l->dx, s->I, s->x_stride);
    }
    compare("h_n", &l->h_n, r.h_n, 3e-6);
    compare("c_n", &l->c_n, r.c_n, 3e-6);
    compare("dh_0", &l->dh_0, r.dh_0, 1e-5);
    compare("dc_0", &l->dc_0, r.dc_0, 1e-5);
    for (int i = 0; i < PARAMETERS; ++i)
        compare(reference_parameter_names[i], &l->d[i], r.d[i], 1e-5);
    reference_free(&r);
}
