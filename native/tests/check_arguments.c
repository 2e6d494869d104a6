/* check_arguments.c - what must be refused, and that refusing writes nothing. */
#include "check.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFUSED(call) CHECK((call) == NRNN_BAD_ARGUMENT)

enum { N = 64 };
static float in[N * N], out[N * N], untouched[N * N];
static int32_t ids[N];

static void outputs_untouched(void) {
    CHECK(memcmp(out, untouched, sizeof out) == 0);
}

static nrnn_recurrent_shape shape_of(int32_t cell, int32_t has_bias) {
    return (nrnn_recurrent_shape){
        .cell = cell, .has_bias = has_bias, .T = 2, .B = 2, .I = 3, .H = 4, .x_stride = 3, .y_stride = 4};
}

static void refuse_shapes(nrnn_context *context) {
    const nrnn_recurrent_shape good = shape_of(NRNN_CELL_LSTM, 1);
    nrnn_recurrent_sizes sizes;
    CHECK(nrnn_recurrent_sizes_of(context, &good, &sizes) == NRNN_OK);
    enum { BAD = 30 };
    nrnn_recurrent_shape bad[BAD];
    for (int i = 0; i < BAD; ++i)
        bad[i] = good;
    bad[0].cell = NRNN_CELL_COUNT;
    bad[1].cell = -1;
    bad[2].has_bias = 2;
    bad[3].T = 0;
    bad[4].B = -1;
    bad[5].I = 0;
    bad[6].H = 0;
    bad[7].x_stride = 2;
    bad[8].y_stride = 3;
    bad[9].T = INT32_MAX;
    bad[10].H = INT32_MAX;
    bad[10].y_stride = INT32_MAX;
    bad[11].x_stride = INT64_MAX;
    bad[12].reverse = 2;
    bad[13].P = -1;
    bad[14].cell = NRNN_CELL_GRU;
    bad[14].P = 2;
    bad[15].cell = NRNN_CELL_LSTM_LAYERNORM;
    bad[15].P = 2;
    bad[16].R = 5; /* more than T*B */
    bad[17].R = 1; /* less than T */
    bad[18].gate.kind = NRNN_ACTIVATION_COUNT;
    bad[19].candidate.kind = -1;
    bad[20].output = (nrnn_activation){NRNN_ACTIVATION_ELU, -1, 0};
    bad[21].candidate = (nrnn_activation){NRNN_ACTIVATION_SCALED_TANH, 0, 1};
    bad[22].gate = (nrnn_activation){NRNN_ACTIVATION_AFFINE, NAN, 0};
    bad[23].cell = NRNN_CELL_GRU;
    bad[23].output.kind = NRNN_ACTIVATION_RELU; /* a GRU has no such place */
    bad[24].cell = NRNN_CELL_RNN_TANH;
    bad[24].gate.kind = NRNN_ACTIVATION_SIGMOID;
    bad[25].clip = -1;
    bad[26].clip = INFINITY;
    bad[27].masked = 2;
    bad[28].zoneout = -1;
    bad[29].cell = NRNN_CELL_MIN_GRU; /* no product sees the state */
    bad[29].masked = 1;
    for (int i = 0; i < BAD; ++i)
        REFUSED(nrnn_recurrent_sizes_of(context, &bad[i], &sizes));
    REFUSED(nrnn_recurrent_sizes_of(context, NULL, &sizes));
    REFUSED(nrnn_recurrent_sizes_of(context, &good, NULL));
    REFUSED(nrnn_recurrent_sizes_of(NULL, &good, &sizes));
}

static void refuse_recurrent(nrnn_context *context) {
    nrnn_recurrent_shape s = shape_of(NRNN_CELL_LSTM, 1);
    nrnn_recurrent_weights w = {.w_ih = in, .w_hh = in, .b_ih = in, .b_hh = in};
    REFUSED(nrnn_recurrent_pack(context, &s, NULL, out));
    REFUSED(nrnn_recurrent_pack(context, &s, &w, NULL));
    w.b_hh = NULL;
    REFUSED(nrnn_recurrent_pack(context, &s, &w, out));
    const nrnn_recurrent_forward_args f = {.x = in,
                                           .w_ih = in,
                                           .packed = in,
                                           .h_0 = in,
                                           .c_0 = in,
                                           .y = out,
                                           .h_n = out,
                                           .c_n = out,
                                           .reserve = out,
                                           .workspace = out};
    const size_t needed[] = {0, 1, 2, 5, 8, 9}; /* positions of the pointers that must be there */
    for (size_t i = 0; i < sizeof needed / sizeof *needed; ++i) {
        nrnn_recurrent_forward_args a = f;
        memset((char *)&a + needed[i] * sizeof(float *), 0, sizeof(float *));
        REFUSED(nrnn_recurrent_forward(context, &s, &a));
    }
    REFUSED(nrnn_recurrent_forward(context, &s, NULL));
    REFUSED(nrnn_recurrent_forward(NULL, &s, &f));
    const nrnn_recurrent_backward_args b = {.x = in,
                                            .w_ih = in,
                                            .packed = in,
                                            .h_0 = in,
                                            .c_0 = in,
                                            .y = in,
                                            .dy = in,
                                            .dh_n = in,
                                            .dc_n = in,
                                            .reserve = out,
                                            .workspace = out,
                                            .dx = out,
                                            .dh_0 = out,
                                            .dc_0 = out,
                                            .dw_ih = out,
                                            .dw_hh = out,
                                            .db_ih = out,
                                            .db_hh = out};
    const size_t needed_back[] = {0, 1, 2, 5, 9, 10, 14, 15, 16, 17};
    for (size_t i = 0; i < sizeof needed_back / sizeof *needed_back; ++i) {
        nrnn_recurrent_backward_args a = b;
        memset((char *)&a + needed_back[i] * sizeof(float *), 0, sizeof(float *));
        REFUSED(nrnn_recurrent_backward(context, &s, &a));
    }
    s.has_bias = 0; /* gradients of biases that are not there */
    REFUSED(nrnn_recurrent_backward(context, &s, &b));
    outputs_untouched();
}

/* Cells without a cell state have no place for one. */
static void refuse_cell_states(nrnn_context *context) {
    for (int32_t cell = 0; cell < NRNN_CELL_COUNT; ++cell) {
        const nrnn_recurrent_shape s = shape_of(cell, 0);
        const nrnn_recurrent_forward_args f = {
            .x = in, .w_ih = in, .packed = in, .h_0 = in, .y = out, .h_n = out, .reserve = out, .workspace = out};
        const nrnn_recurrent_backward_args b = {.x = in,
                                                .w_ih = in,
                                                .packed = in,
                                                .h_0 = in,
                                                .y = in,
                                                .dy = in,
                                                .dh_n = in,
                                                .reserve = out,
                                                .workspace = out,
                                                .dx = out,
                                                .dh_0 = out,
                                                .dw_ih = out,
                                                .dw_hh = out};
        const size_t of_forward[] = {4, 7}, of_backward[] = {4, 8, 13}; /* positions of the pointers */
        float *const pointer = out;
        for (int i = 0; !reference_has_cell_state(cell) && i < 2; ++i) {
            nrnn_recurrent_forward_args a = f;
            memcpy((char *)&a + of_forward[i] * sizeof pointer, &pointer, sizeof pointer);
            REFUSED(nrnn_recurrent_forward(context, &s, &a));
        }
        for (int i = 0; !reference_has_cell_state(cell) && i < 3; ++i) {
            nrnn_recurrent_backward_args a = b;
            memcpy((char *)&a + of_backward[i] * sizeof pointer, &pointer, sizeof pointer);
            REFUSED(nrnn_recurrent_backward(context, &s, &a));
        }
    }
    outputs_untouched();
}

/* What the shape announces must be there, and as it says. */
static void refuse_extras(nrnn_context *context) {
    const int32_t rising[] = {1, 2}, none[] = {3, 0}, many[] = {3, 1}, right[] = {2, 1};
    const int32_t *const wrong[] = {rising, none, many, NULL};
    nrnn_recurrent_shape s = shape_of(NRNN_CELL_LSTM, 0);
    const nrnn_recurrent_forward_args f = {
        .x = in, .w_ih = in, .packed = in, .y = out, .reserve = out, .workspace = out};
    nrnn_recurrent_forward_args a = f;
    s.R = 3;
    for (int i = 0; i < 4; ++i) {
        a.step_rows = wrong[i];
        REFUSED(nrnn_recurrent_forward(context, &s, &a));
    }
    s.R = 0, a.step_rows = right;
    REFUSED(nrnn_recurrent_forward(context, &s, &a));
    a = f, a.h_mask = in;
    REFUSED(nrnn_recurrent_forward(context, &s, &a));
    s.masked = 1, a.h_mask = NULL;
    REFUSED(nrnn_recurrent_forward(context, &s, &a));
    s.masked = 0, s.zoneout = 1;
    const nrnn_zoneout bad[] = {{.h = 1.5f}, {.c = -0.5f}, {.h = NAN}, {.expect = 2}};
    for (int i = 0; i < 4; ++i) {
        a.zoneout = bad[i];
        REFUSED(nrnn_recurrent_forward(context, &s, &a));
    }
    s.P = 2, a.zoneout = (nrnn_zoneout){.h = 0.5f};
    REFUSED(nrnn_recurrent_forward(context, &s, &a));
    s.P = 0, s.cell = NRNN_CELL_GRU, a.zoneout = (nrnn_zoneout){.c = 0.5f};
    REFUSED(nrnn_recurrent_forward(context, &s, &a));
    outputs_untouched();
}

/* Parameters that a layer does not have, or lacks. */
static void refuse_parameters(nrnn_context *context) {
    for (int32_t cell = 0; cell < NRNN_CELL_COUNT; ++cell) {
        const nrnn_recurrent_shape s = shape_of(cell, 1);
        const float *all[PARAMETERS];
        for (int i = 0; i < PARAMETERS; ++i)
            all[i] = reference_size_of(&s, (reference_parameter)i).rows > 0 ? in : NULL;
        for (int i = 0; i < PARAMETERS; ++i) {
            nrnn_recurrent_weights w;
            const float *const kept = all[i];
            all[i] = kept ? NULL : in;
            memcpy(&w, all, sizeof w);
            REFUSED(nrnn_recurrent_pack(context, &s, &w, out));
            all[i] = kept;
        }
    }
    outputs_untouched();
}

static void refuse_dense(nrnn_context *context) {
    const nrnn_dense_args d = {2, 3, 4, in, in, in, out, in, out, out, out};
    nrnn_dense_args a = d;
    a.N = 0;
    REFUSED(nrnn_dense_forward(context, &a));
    a = d, a.O = -4;
    REFUSED(nrnn_dense_backward(context, &a));
    a = d, a.y = NULL;
    REFUSED(nrnn_dense_forward(context, &a));
    a = d, a.db = NULL;
    REFUSED(nrnn_dense_backward(context, &a));
    a = d, a.N = INT64_MAX / 2;
    REFUSED(nrnn_dense_forward(context, &a));

    nrnn_dense_cross_entropy_args good = {.N = 5,
                                          .I = 3,
                                          .V = 4,
                                          .scale = 1,
                                          .x = in,
                                          .w = in,
                                          .b = in,
                                          .targets = ids,
                                          .dx = out,
                                          .dw = out,
                                          .db = out,
                                          .workspace = out,
                                          .loss = 7};
    nrnn_dense_cross_entropy_args c = good;
    c.V = 0;
    REFUSED(nrnn_dense_cross_entropy(context, &c));
    c = good, c.db = NULL;
    REFUSED(nrnn_dense_cross_entropy(context, &c));
    c = good, c.workspace = NULL;
    REFUSED(nrnn_dense_cross_entropy(context, &c));
    ids[4] = 4;
    c = good;
    REFUSED(nrnn_dense_cross_entropy(context, &c));
    CHECK(c.loss > 6.5);
    nrnn_cross_entropy_args e = {.N = 5, .V = 4, .scale = 1, .logits = in, .targets = ids, .dlogits = out};
    REFUSED(nrnn_cross_entropy(context, &e));
    ids[4] = -1;
    REFUSED(nrnn_cross_entropy(context, &e));
    ids[4] = 0;
    e.logits = NULL;
    REFUSED(nrnn_cross_entropy(context, &e));
    CHECK(nrnn_dense_cross_entropy_workspace(0, 1, 1) == -1);
    outputs_untouched();
}

static void refuse_elementwise(nrnn_context *context) {
    double sum;
    REFUSED(nrnn_sum_of_squares(context, 0, in, &sum));
    REFUSED(nrnn_sum_of_squares(context, 4, NULL, &sum));
    REFUSED(nrnn_sum_of_squares(context, 4, in, NULL));
    REFUSED(nrnn_philox(context, 1, 2, 3, 0, out));
    REFUSED(nrnn_philox(context, 1, 2, 3, 4, NULL));
    REFUSED(nrnn_dropout_mask(context, 1, 2, 3, 1, 4, out));
    REFUSED(nrnn_dropout_mask(context, 1, 2, 3, -0.1, 4, out));
    REFUSED(nrnn_dropout_mask(context, 1, 2, 3, 0.5, 4, NULL));
    REFUSED(nrnn_embedding_forward(context, 0, 1, 1, in, ids, out));
    REFUSED(nrnn_embedding_forward(context, 1, 1, 1, NULL, ids, out));
    REFUSED(nrnn_embedding_backward(context, 1, 1, 0, ids, in, out));
    REFUSED(nrnn_embedding_backward(context, 1, 1, 1, NULL, in, out));
    REFUSED(nrnn_fma_chains(context, 0, 1, &sum));
    REFUSED(nrnn_fma_chains(context, 1, 0, &sum));
    nrnn_info info;
    CHECK(nrnn_context_info(context, &info) == NRNN_OK);
    REFUSED(nrnn_fma_chains(context, info.threads + 1, 1, &sum));
    REFUSED(nrnn_context_info(context, NULL));
    REFUSED(nrnn_context_info(NULL, &info));
    outputs_untouched();
}

static void refuse_losses(nrnn_context *context) {
    const nrnn_pointwise_loss_args good = {.columns = 2, .N = 3, .input = in, .target = in, .dinput = out};
    nrnn_pointwise_loss_args a = good;
    a.loss_kind = NRNN_LOSS_COUNT;
    REFUSED(nrnn_pointwise_loss(context, &a));
    a = good, a.columns = 0;
    REFUSED(nrnn_pointwise_loss(context, &a));
    a = good, a.N = -1;
    REFUSED(nrnn_pointwise_loss(context, &a));
    a = good, a.target = NULL;
    REFUSED(nrnn_pointwise_loss(context, &a));
    REFUSED(nrnn_pointwise_loss(context, NULL));
    int32_t targets[2] = {1, 2}, steps[1] = {3}, labels[1] = {2};
    const nrnn_ctc_args fine = {.T = 3,
                                .B = 1,
                                .C = 3,
                                .S = 2,
                                .logits = in,
                                .targets = targets,
                                .input_lengths = steps,
                                .target_lengths = labels,
                                .dlogits = out,
                                .workspace = out};
    nrnn_ctc_args c = fine;
    c.blank = 3;
    REFUSED(nrnn_ctc(context, &c));
    c.blank = 1; /* is a label */
    REFUSED(nrnn_ctc(context, &c));
    c = fine, c.workspace = NULL;
    REFUSED(nrnn_ctc(context, &c));
    c = fine, c.S = 1; /* shorter than the target */
    REFUSED(nrnn_ctc(context, &c));
    c = fine, c.T = 2; /* fewer than the steps */
    REFUSED(nrnn_ctc(context, &c));
    c = fine, targets[1] = 3;
    REFUSED(nrnn_ctc(context, &c));
    CHECK(nrnn_ctc_workspace(0, 1, 1) == -1 && nrnn_ctc_workspace(1, 1, -1) == -1);
    outputs_untouched();
}

static void refuse_updates(nrnn_context *context) {
    static const int needed[NRNN_RULE_COUNT] = {0, 1, 2, 1, 2, 2, 2, 1}; /* arrays of state */
    for (int32_t rule = 0; rule < NRNN_RULE_COUNT; ++rule) {
        const nrnn_update_args good = {.rule = rule, .n = 4, .p = out, .grad = in, .first = out, .second = out};
        nrnn_update_args a;
        if (needed[rule] > 0) {
            a = good, a.first = NULL;
            REFUSED(nrnn_update(context, &a));
        }
        if (needed[rule] > 1) {
            a = good, a.second = NULL;
            REFUSED(nrnn_update(context, &a));
        }
        a = good, a.n = 0;
        REFUSED(nrnn_update(context, &a));
        a = good, a.p = NULL;
        REFUSED(nrnn_update(context, &a));
        a = good, a.grad = NULL;
        REFUSED(nrnn_update(context, &a));
    }
    nrnn_update_args a = {.rule = NRNN_RULE_SGD, .n = 4, .momentum = 0.9, .p = out, .grad = in};
    REFUSED(nrnn_update(context, &a));
    a.rule = NRNN_RULE_RMSPROP, a.first = out;
    REFUSED(nrnn_update(context, &a));
    a.rule = NRNN_RULE_COUNT;
    REFUSED(nrnn_update(context, &a));
    a.rule = -1;
    REFUSED(nrnn_update(context, &a));
    REFUSED(nrnn_update(context, NULL));
    outputs_untouched();
}

static void refuse_contexts(void) {
    nrnn_context *context = NULL;
    REFUSED(nrnn_context_create(NULL, &context));
    REFUSED(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 257, NULL}, &context));
    REFUSED(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, -1, NULL}, &context));
    CHECK(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION + 1, 1, NULL}, &context) == NRNN_BAD_ABI);
    CHECK(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 1, "mmx"}, &context) == NRNN_NO_ISA);
    setenv("NATIVERNN_ISA", "scalr", 1);
    CHECK(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 1, NULL}, &context) == NRNN_NO_ISA);
    CHECK(!context);
    nrnn_info info = {0};
    setenv("NATIVERNN_ISA", "scalar", 1); /* a name in the variable takes effect, one in the options comes first */
    CHECK(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 1, NULL}, &context) == NRNN_OK);
    CHECK(nrnn_context_info(context, &info) == NRNN_OK && strcmp(info.isa, "scalar") == 0 && info.lanes == 1);
    CHECK(nrnn_context_destroy(context) == NRNN_OK);
    unsetenv("NATIVERNN_ISA");
    setenv("NATIVERNN_THREADS", "3", 1);
    CHECK(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 0, NULL}, &context) == NRNN_OK);
    CHECK(nrnn_context_info(context, &info) == NRNN_OK && info.threads == 3);
    CHECK(nrnn_context_destroy(context) == NRNN_OK);
    CHECK(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 2, NULL}, &context) == NRNN_OK);
    CHECK(nrnn_context_info(context, &info) == NRNN_OK && info.threads == 2);
    CHECK(nrnn_context_destroy(context) == NRNN_OK);
    setenv("NATIVERNN_THREADS", "two", 1);
    REFUSED(nrnn_context_create(&(nrnn_options){NRNN_ABI_VERSION, 0, NULL}, &context));
    unsetenv("NATIVERNN_THREADS");
    CHECK(nrnn_context_destroy(NULL) == NRNN_OK);
    CHECK(nrnn_struct_size(NRNN_STRUCT_UPDATE) == (int32_t)sizeof(nrnn_update_args));
    CHECK(nrnn_struct_size(NRNN_STRUCT_COUNT) == -1 && nrnn_struct_size(-1) == -1);
    CHECK(nrnn_abi_version() == NRNN_ABI_VERSION);
    for (int32_t status = -1; status < 7; ++status)
        CHECK(strlen(nrnn_status_text(status)) > 5);
}

void check_arguments(nrnn_context *context) {
    snprintf(check_label, sizeof check_label, "arguments");
    for (int i = 0; i < N * N; ++i)
        out[i] = untouched[i] = (float)i;
    refuse_shapes(context);
    refuse_recurrent(context);
    refuse_cell_states(context);
    refuse_extras(context);
    refuse_parameters(context);
    refuse_dense(context);
    refuse_elementwise(context);
    refuse_losses(context);
    refuse_updates(context);
    refuse_contexts();
}
