/* check_recurrent.c - the recurrent layer forward and backward: all cells on odd sizes, then what else a layer may be
 * asked for. */
#include "base.h"
#include "check.h"
#include "recurrent_layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* Those on which variants run. */
static const recurrent_case few[] = {
    {9, 5, 3, 17, 0, true, true, true, true, true},
    {4, 29, 6, 70, 3, false, false, true, true, false},
    {8, 3, 17, 208, 2, true, true, true, true, true},
};

static const recurrent_variant plain = {0};

/* What a cell does not have is left out of a variant. */
static const recurrent_variant variants[] = {
    {.name = "ragged", .ragged = true},
    {.name = "projected", .projected = true},
    {.name = "ragged and projected", .ragged = true, .projected = true},
    {.name = "relu", .candidate = {.kind = NRNN_ACTIVATION_RELU}, .output = {.kind = NRNN_ACTIVATION_RELU}},
    {.name = "hard",
     .gate = {NRNN_ACTIVATION_HARD_SIGMOID, 0.2f, 0.5f},
     .candidate = {.kind = NRNN_ACTIVATION_SOFTSIGN},
     .output = {NRNN_ACTIVATION_SCALED_TANH, 1.5f, 0.7f},
     .clip = 1.5f},
    {.name = "soft",
     .ragged = true,
     .gate = {.kind = NRNN_ACTIVATION_SIGMOID},
     .candidate = {NRNN_ACTIVATION_ELU, 0.7f, 0},
     .output = {NRNN_ACTIVATION_LEAKY_RELU, 0.1f, 0}},
    {.name = "odd",
     .gate = {NRNN_ACTIVATION_AFFINE, 0.2f, 0.4f},
     .candidate = {NRNN_ACTIVATION_THRESHOLDED_RELU, 0, 0},
     .output = {.kind = NRNN_ACTIVATION_TANH},
     .clip = 1},
    {.name = "clipped softplus", .candidate = {.kind = NRNN_ACTIVATION_SOFTPLUS}, .clip = 0.8f},
    {.name = "masked", .masked = true},
    {.name = "masked and ragged", .masked = true, .ragged = true},
    {.name = "masked, projected, open", .masked = true, .projected = true, .clip = 3},
    {.name = "zoneout", .zoneout = {.h = 0.2f, .c = 0.4f, .seed = 7, .stream = 11}},
    {.name = "zoneout of c", .projected = true, .zoneout = {.c = 0.5f, .seed = 1, .stream = 3}},
    {.name = "zoneout as expected", .zoneout = {.h = 0.2f, .c = 0.4f, .expect = 1}},
    {.name = "all but open",
     .ragged = true,
     .masked = true,
     .zoneout = {.h = 0.3f, .c = 0.1f, .seed = UINT64_C(1) << 40, .stream = 2}},
    {.name = "all",
     .ragged = true,
     .masked = true,
     .zoneout = {.h = 0.3f, .c = 0.1f, .seed = 5, .stream = UINT64_C(1) << 50},
     .clip = 2},
};

static void run_case(nrnn_context *context, const char *kind, int32_t cell, int32_t reverse, const recurrent_case *c,
                     const recurrent_variant *v) {
    snprintf(check_label, sizeof check_label, "%s, %s %s%s T=%d B=%d I=%d H=%d", kind, reference_cell_name(cell),
             v->name ? v->name : "", reverse ? " reverse" : "", c->T, c->B, c->I, c->H);
    recurrent_layer l = recurrent_layer_new(context, cell, reverse, c, v);
    recurrent_layer_run(context, &l);
    recurrent_layer_compare(&l, context);
    recurrent_layer_free(&l);
}

/* h_n and c_n may be h_0 and c_0: the state is carried in place. */
static void check_states_in_place(nrnn_context *context, int32_t cell, int32_t reverse) {
    const recurrent_case c = {4, 9, 6, 21, 0, true, true, true, true, true};
    snprintf(check_label, sizeof check_label, "cell %d reverse %d, states in place", cell, reverse);
    recurrent_layer l = recurrent_layer_new(context, cell, reverse, &c, &plain);
    nrnn_recurrent_forward_args a = recurrent_layer_pack(context, &l);
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
    recurrent_layer_free(&l);
}

/* Each row of a ragged batch has the bits that it has alone. Without vectors the input's part is OpenBLAS's, whose bits
 * depend on how many rows there are. */
static void check_rows_alone(nrnn_context *context, int32_t cell, int32_t reverse) {
    const recurrent_case c = {7, 9, 6, 37, 0, true, true, true, true, true};
    nrnn_info info;
    snprintf(check_label, sizeof check_label, "cell %d reverse %d, rows alone", cell, reverse);
    CHECK(nrnn_context_info(context, &info) == NRNN_OK);
    if (info.lanes == 1)
        return;
    recurrent_layer l = recurrent_layer_new(context, cell, reverse, &c, &(recurrent_variant){.ragged = true});
    const nrnn_recurrent_forward_args all = recurrent_layer_pack(context, &l);
    CALL(nrnn_recurrent_forward(context, &l.shape, &all));
    buffer x = buffer_new(c.T * c.I), y = buffer_new(c.T * c.H), reserve = buffer_new(l.reserve.n);
    for (int64_t b = 0; b < c.B && l.lengths[b] > 0; ++b) {
        nrnn_recurrent_shape s = l.shape;
        nrnn_recurrent_forward_args a = all;
        s.B = 1, s.R = 0, s.T = (int32_t)l.lengths[b];
        a.x = x.p, a.y = y.p, a.reserve = reserve.p, a.step_rows = NULL, a.h_n = a.c_n = NULL;
        a.h_0 += b * c.H;
        a.c_0 = a.c_0 ? a.c_0 + b * c.H : NULL;
        for (int64_t t = 0, row = b; t < s.T; row += l.step_rows[t++])
            memcpy(x.p + t * c.I, l.x.p + row * c.I, (size_t)c.I * sizeof(float));
        CALL(nrnn_recurrent_forward(context, &s, &a));
        for (int64_t t = 0, row = b; t < s.T; row += l.step_rows[t++])
            CHECK(memcmp(y.p + t * c.H, l.y.p + row * c.H, (size_t)c.H * sizeof(float)) == 0);
    }
    buffer_free(&x), buffer_free(&y), buffer_free(&reserve);
    recurrent_layer_free(&l);
}

/* The steps taken in stretches of two or three, as long sequences are. */
static void check_stretches(nrnn_context *context, int32_t cell, int32_t reverse) {
    const int64_t floats = context->stretch_floats, rows = context->stretch_rows;
    const recurrent_case c = {11, 4, 7, 18, 3, true, true, true, true, true},
                         d = {5, 3, 7, 18, 0, true, false, true, false, true};
    context->stretch_floats = 0;
    context->stretch_rows = 10;
    run_case(context, "stretches", cell, reverse, &c, &plain);
    run_case(context, "stretches", cell, reverse, &d, &plain);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i += 3)
        run_case(context, "stretches", cell, reverse, &c, &variants[i]);
    context->stretch_floats = floats;
    context->stretch_rows = rows;
}

void check_recurrent(nrnn_context *context) {
    for (int32_t cell = 0; cell < NRNN_CELL_COUNT; ++cell)
        for (int32_t reverse = 0; reverse < 2; ++reverse) {
            for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
                run_case(context, "cells", cell, reverse, &cases[i], &plain);
            for (size_t i = 0; i < sizeof variants / sizeof *variants; ++i)
                for (size_t k = 0; k < sizeof few / sizeof *few; ++k)
                    run_case(context, "variants", cell, reverse, &few[k], &variants[i]);
            check_states_in_place(context, cell, reverse);
            check_rows_alone(context, cell, reverse);
            check_stretches(context, cell, reverse);
        }
}
