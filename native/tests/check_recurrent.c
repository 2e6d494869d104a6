/* check_recurrent.c - the recurrent layer forward and backward on odd sizes. */
#include "base.h"
#include "check.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct recurrent_case {
    int32_t T, B, I, H, pad;
    bool bias, states, dy, dstates, inputs_wanted; /* inputs_wanted: dx, dh_0, dc_0 */
} recurrent_case;

static const recurrent_case cases[] = {
    {1, 1, 1, 1, 0, true, true, true, true, true},      {2, 1, 1, 1, 3, false, false, true, false, true},
    {3, 2, 5, 7, 1, true, false, false, true, true},    {1, 33, 17, 65, 0, true, true, true, false, true},
    {5, 7, 17, 33, 2, true, true, true, true, true},    {4, 13, 65, 16, 0, false, true, true, true, false},
    {6, 20, 9, 8, 5, true, false, true, false, false},  {17, 3, 33, 24, 0, true, true, false, true, true},
    {3, 40, 65, 100, 7, true, true, true, true, true},  {9, 5, 3, 17, 0, true, false, true, true, true},
    {2, 97, 12, 48, 1, false, false, true, true, true}, {11, 37, 130, 141, 3, true, true, true, true, true},
    {40, 1, 30, 64, 0, true, true, true, true, true},   {3, 19, 10, 15, 0, true, true, true, true, true},
    {8, 3, 17, 208, 2, true, true, true, true, true}, /* shared out by units */
};

enum { BUFFERS = 24 };

typedef struct layer {
    nrnn_recurrent_shape shape;
    nrnn_recurrent_sizes sizes;
    buffer x, w_ih, w_hh, b_ih, b_hh, h_0, c_0, dy, dh_n, dc_n;     /* inputs */
    buffer packed, reserve, workspace, y, h_n, c_n, dx, dh_0, dc_0; /* outputs and scratch */
    buffer dw_ih, dw_hh, db_ih, db_hh;                              /* accumulated: random to begin with */
} layer;

static int list_inputs(layer *l, buffer *list[BUFFERS]) {
    buffer *inputs[] = {&l->x, &l->w_ih, &l->w_hh, &l->b_ih, &l->b_hh, &l->h_0, &l->c_0, &l->dy, &l->dh_n, &l->dc_n};
    int n = 0;
    for (int i = 0; i < (int)(sizeof inputs / sizeof *inputs); ++i)
        if (inputs[i]->p)
            list[n++] = inputs[i];
    return n;
}

static int list_outputs(layer *l, buffer *list[BUFFERS]) {
    buffer *outputs[] = {&l->packed, &l->reserve, &l->workspace, &l->y,     &l->h_n,   &l->c_n,  &l->dx,
                         &l->dh_0,   &l->dc_0,    &l->dw_ih,     &l->dw_hh, &l->db_ih, &l->db_hh};
    int n = 0;
    for (int i = 0; i < (int)(sizeof outputs / sizeof *outputs); ++i)
        if (outputs[i]->p)
            list[n++] = outputs[i];
    return n;
}

/* A padded y is that of a layer with two directions side by side. */
static layer layer_of(nrnn_context *context, int32_t cell, int32_t reverse, const recurrent_case *c) {
    const int64_t T = c->T, B = c->B, I = c->I, H = c->H, rows = T * B, G = reference_gates(cell);
    const bool cell_state = cell == NRNN_CELL_LSTM;
    layer l = {.shape = {.cell = cell,
                         .has_bias = c->bias,
                         .T = c->T,
                         .B = c->B,
                         .I = c->I,
                         .H = c->H,
                         .reverse = reverse,
                         .x_stride = I + c->pad,
                         .y_stride = c->pad ? 2 * H : H}};
    CALL(nrnn_recurrent_sizes_of(context, &l.shape, &l.sizes));
    const double scale = 1.5 / sqrt((double)H);
    l.x = buffer_rows(rows, I, l.shape.x_stride, 1);
    l.w_ih = buffer_random(G * H * I, scale);
    l.w_hh = buffer_random(G * H * H, scale);
    if (c->bias) {
        l.b_ih = buffer_random(G * H, 1);
        l.b_hh = buffer_random(G * H, 1);
        l.db_ih = buffer_random(G * H, 1);
        l.db_hh = buffer_random(G * H, 1);
    }
    if (c->states) {
        l.h_0 = buffer_random(B * H, 1);
        if (cell_state)
            l.c_0 = buffer_random(B * H, 2);
    }
    if (c->dy)
        l.dy = buffer_rows(rows, H, l.shape.y_stride, 1);
    if (c->dstates) {
        l.dh_n = buffer_random(B * H, 1);
        l.h_n = buffer_new(B * H);
        if (cell_state) {
            l.dc_n = buffer_random(B * H, 1);
            l.c_n = buffer_new(B * H);
        }
    }
    if (c->inputs_wanted) {
        l.dx = buffer_new((rows - 1) * l.shape.x_stride + I);
        l.dh_0 = buffer_new(B * H);
        if (cell_state)
            l.dc_0 = buffer_new(B * H);
    }
    l.packed = buffer_new(l.sizes.packed);
    l.reserve = buffer_new(l.sizes.reserve);
    l.workspace = buffer_new(l.sizes.workspace);
    l.y = buffer_new((rows - 1) * l.shape.y_stride + H);
    l.dw_ih = buffer_random(G * H * I, 1);
    l.dw_hh = buffer_random(G * H * H, 1);
    return l;
}

static double *dense_doubles(const buffer *b, int64_t rows, int64_t columns, int64_t stride) {
    if (!b->p)
        return NULL;
    double *x = zeros_of(rows * columns);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t c = 0; c < columns; ++c)
            x[r * columns + c] = (double)b->p[r * stride + c];
    return x;
}

static double *flat_doubles(const buffer *b) {
    return dense_doubles(b, 1, b->n, b->n);
}

static reference_layer reference_of(const layer *l) {
    const nrnn_recurrent_shape *s = &l->shape;
    const int64_t rows = (int64_t)s->T * s->B, H = s->H;
    const int64_t G = reference_gates(s->cell);
    reference_layer r = {.cell = s->cell, .reverse = s->reverse, .T = s->T, .B = s->B, .I = s->I, .H = H, .G = G};
    r.x = dense_doubles(&l->x, rows, s->I, s->x_stride);
    r.dy = dense_doubles(&l->dy, rows, H, s->y_stride);
    r.w_ih = flat_doubles(&l->w_ih);
    r.w_hh = flat_doubles(&l->w_hh);
    r.b_ih = flat_doubles(&l->b_ih);
    r.b_hh = flat_doubles(&l->b_hh);
    r.h_0 = flat_doubles(&l->h_0);
    r.c_0 = flat_doubles(&l->c_0);
    r.dh_n = flat_doubles(&l->dh_n);
    r.dc_n = flat_doubles(&l->dc_n);
    r.gates = zeros_of(rows * G * H);
    r.c = zeros_of(rows * H);
    r.y = zeros_of(rows * H);
    r.dx = zeros_of(rows * s->I);
    r.dh_0 = zeros_of(s->B * H);
    r.dc_0 = zeros_of(s->B * H);
    r.dw_ih = zeros_of(G * H * s->I);
    r.dw_hh = zeros_of(G * H * H);
    r.db_ih = zeros_of(G * H);
    r.db_hh = zeros_of(G * H);
    return r;
}

static void reference_free(reference_layer *r) {
    const double *all[] = {r->x,     r->dy, r->w_ih, r->w_hh, r->b_ih, r->b_hh, r->h_0,   r->c_0,   r->dh_n,  r->dc_n,
                           r->gates, r->c,  r->y,    r->dx,   r->dh_0, r->dc_0, r->dw_ih, r->dw_hh, r->db_ih, r->db_hh};
    for (int i = 0; i < (int)(sizeof all / sizeof *all); ++i)
        free((void *)(uintptr_t)all[i]);
}

static void compare_sum(const char *name, const buffer *got, const float *before, const double *gradient) {
    if (!got->p)
        return;
    double *want = doubles_of(before, got->n);
    for (int64_t i = 0; i < got->n; ++i)
        want[i] += gradient[i];
    check_close(name, got->p, want, 1, got->n, got->n, 1e-5);
    free(want);
}

static void compare_forward(const layer *l, const reference_layer *r) {
    const int64_t rows = r->T * r->B, H = r->H, last = r->reverse ? 0 : (r->T - 1) * r->B * H;
    check_close("y", l->y.p, r->y, rows, H, l->shape.y_stride, 3e-6);
    check_padding(&l->y, H, l->shape.y_stride);
    if (l->h_n.p) {
        check_close("h_n", l->h_n.p, r->y + last, r->B, H, H, 3e-6);
        if (l->c_n.p)
            check_close("c_n", l->c_n.p, r->c + last, r->B, H, H, 3e-6);
    }
}

static void compare_backward(const layer *l, const reference_layer *r) {
    if (l->dx.p) {
        check_close("dx", l->dx.p, r->dx, r->T * r->B, r->I, l->shape.x_stride, 1e-5);
        check_padding(&l->dx, r->I, l->shape.x_stride);
        check_close("dh_0", l->dh_0.p, r->dh_0, r->B, r->H, r->H, 1e-5);
        if (l->dc_0.p)
            check_close("dc_0", l->dc_0.p, r->dc_0, r->B, r->H, r->H, 1e-5);
    }
    compare_sum("dw_ih", &l->dw_ih, l->dw_ih.copy, r->dw_ih);
    compare_sum("dw_hh", &l->dw_hh, l->dw_hh.copy, r->dw_hh);
    compare_sum("db_ih", &l->db_ih, l->db_ih.copy, r->db_ih);
    compare_sum("db_hh", &l->db_hh, l->db_hh.copy, r->db_hh);
}

static nrnn_recurrent_forward_args forward_args(const layer *l) {
    return (nrnn_recurrent_forward_args){.x = l->x.p,
                                         .w_ih = l->w_ih.p,
                                         .packed = l->packed.p,
                                         .h_0 = l->h_0.p,
                                         .c_0 = l->c_0.p,
                                         .y = l->y.p,
                                         .h_n = l->h_n.p,
                                         .c_n = l->c_n.p,
                                         .reserve = l->reserve.p,
                                         .workspace = l->workspace.p};
}

static nrnn_recurrent_backward_args backward_args(const layer *l) {
    return (nrnn_recurrent_backward_args){.x = l->x.p,
                                          .w_ih = l->w_ih.p,
                                          .packed = l->packed.p,
                                          .h_0 = l->h_0.p,
                                          .c_0 = l->c_0.p,
                                          .y = l->y.p,
                                          .dy = l->dy.p,
                                          .dh_n = l->dh_n.p,
                                          .dc_n = l->dc_n.p,
                                          .reserve = l->reserve.p,
                                          .workspace = l->workspace.p,
                                          .dx = l->dx.p,
                                          .dh_0 = l->dh_0.p,
                                          .dc_0 = l->dc_0.p,
                                          .dw_ih = l->dw_ih.p,
                                          .dw_hh = l->dw_hh.p,
                                          .db_ih = l->db_ih.p,
                                          .db_hh = l->db_hh.p};
}

static void run_case(nrnn_context *context, int32_t cell, int32_t reverse, const recurrent_case *c) {
    layer l = layer_of(context, cell, reverse, c);
    buffer *inputs[BUFFERS], *outputs[BUFFERS];
    const int n_inputs = list_inputs(&l, inputs), n_outputs = list_outputs(&l, outputs);
    for (int i = 0; i < n_inputs; ++i)
        buffer_keep(inputs[i]);
    for (int i = 0; i < n_outputs; ++i)
        buffer_keep(outputs[i]);
    reference_layer r = reference_of(&l);
    if (check_reference) {
        reference_forward(&r);
        reference_backward(&r);
    }
    CALL(nrnn_recurrent_pack(
        context, &l.shape,
        &(nrnn_recurrent_weights){.w_ih = l.w_ih.p, .w_hh = l.w_hh.p, .b_ih = l.b_ih.p, .b_hh = l.b_hh.p}, l.packed.p));
    buffer_keep(&l.packed);
    nrnn_recurrent_forward_args forward = forward_args(&l);
    CALL(nrnn_recurrent_forward(context, &l.shape, &forward));
    compare_forward(&l, &r);
    buffer_keep(&l.y);
    for (int64_t i = 0; i < l.workspace.n; ++i)
        l.workspace.p[i] = NAN;
    nrnn_recurrent_backward_args backward = backward_args(&l);
    CALL(nrnn_recurrent_backward(context, &l.shape, &backward));
    compare_backward(&l, &r);
    buffer_unchanged(&l.packed);
    buffer_unchanged(&l.y);
    for (int i = 0; i < n_inputs; ++i)
        buffer_unchanged(inputs[i]);
    for (int i = 0; i < n_inputs; ++i)
        buffer_free(inputs[i]);
    for (int i = 0; i < n_outputs; ++i)
        buffer_free(outputs[i]);
    reference_free(&r);
}

/* h_n and c_n may be h_0 and c_0: the state is carried in place. */
static void check_states_in_place(nrnn_context *context, int32_t cell, int32_t reverse) {
    const recurrent_case c = {4, 9, 6, 21, 0, true, true, true, true, true};
    layer l = layer_of(context, cell, reverse, &c);
    CALL(nrnn_recurrent_pack(
        context, &l.shape,
        &(nrnn_recurrent_weights){.w_ih = l.w_ih.p, .w_hh = l.w_hh.p, .b_ih = l.b_ih.p, .b_hh = l.b_hh.p}, l.packed.p));
    nrnn_recurrent_forward_args a = forward_args(&l);
    CALL(nrnn_recurrent_forward(context, &l.shape, &a));
    a.h_n = l.h_0.p;
    a.c_n = l.c_0.p;
    CALL(nrnn_recurrent_forward(context, &l.shape, &a));
    CHECK(memcmp(l.h_0.p, l.h_n.p, (size_t)l.h_n.n * sizeof(float)) == 0);
    if (l.c_n.p)
        CHECK(memcmp(l.c_0.p, l.c_n.p, (size_t)l.c_n.n * sizeof(float)) == 0);

    /* A NaN stays in its row of the batch, and reaches everything after it there. */
    l.x.p[2 * 9 * 6 + 3 * 6 + 1] = NAN; /* t = 2, b = 3 */
    CALL(nrnn_recurrent_forward(context, &l.shape, &a));
    for (int64_t i = 0; i < l.y.n; ++i)
        CHECK(!isnan(l.y.p[i]) == !(i / 21 % 9 == 3 && (reverse ? i / (21 * 9) <= 2 : i / (21 * 9) >= 2)));
    buffer *all[2 * BUFFERS];
    int n = list_inputs(&l, all);
    n += list_outputs(&l, all + n);
    for (int i = 0; i < n; ++i)
        buffer_free(all[i]);
}

/* The steps taken in stretches of two or three, as long sequences are. */
static void check_stretches(nrnn_context *context, int32_t cell, int32_t reverse) {
    const int64_t floats = context->stretch_floats, rows = context->stretch_rows;
    const recurrent_case c = {11, 4, 7, 18, 3, true, true, true, true, true},
                         d = {5, 3, 7, 18, 0, true, false, true, false, true};
    context->stretch_floats = 0;
    context->stretch_rows = 10;
    run_case(context, cell, reverse, &c);
    run_case(context, cell, reverse, &d);
    context->stretch_floats = floats;
    context->stretch_rows = rows;
}

void check_recurrent(nrnn_context *context) {
    for (int32_t cell = 0; cell < REFERENCE_CELLS; ++cell)
        for (int32_t reverse = 0; reverse < 2; ++reverse) {
            for (int i = 0; i < (int)(sizeof cases / sizeof *cases); ++i) {
                const recurrent_case *c = cases + i;
                snprintf(check_label, sizeof check_label, "cell %d reverse %d T=%d B=%d I=%d H=%d", cell, reverse, c->T,
                         c->B, c->I, c->H);
                run_case(context, cell, reverse, c);
            }
            snprintf(check_label, sizeof check_label, "cell %d reverse %d, states in place", cell, reverse);
            check_states_in_place(context, cell, reverse);
            snprintf(check_label, sizeof check_label, "cell %d reverse %d, in stretches", cell, reverse);
            check_stretches(context, cell, reverse);
        }
}
