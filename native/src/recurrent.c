/* recurrent.c - a recurrent layer over a sequence, whatever its cell: checks of arguments, and the parts of a call.
 * The steps are taken in stretches (nrnn_sequence_stretch), one after another from the first forward and from the last
 * backward, and of each
 *   forward   1. x w_ih^T for all steps at once, into the gates of the reserve
 *             2. step after step the cell: its recurrent product and its pointwise functions, fused (forward.c)
 *   backward  1. from the last step to the first: pointwise derivatives (in place of the gates), then their product
 *                with w_hh, which is the gradient of the state before; twice where a cell has two phases (backward.c)
 *             2. the gradients of the weights, the biases and x: large products over all steps (gradients.c) */
#include "cpu.h"
#include "gemm.h"
#include "rows.h"
#include "shape.h"

int32_t nrnn_recurrent_sizes_of(nrnn_context *context, const nrnn_recurrent_shape *shape, nrnn_recurrent_sizes *sizes) {
    nrnn_sequence q;
    if (!sizes || !nrnn_sequence_of(context, shape, &q))
        return NRNN_BAD_ARGUMENT;
    *sizes = nrnn_sequence_sizes(&q);
    return NRNN_OK;
}

/* True where a parameter, or its gradient, is there if and only if the layer has it. */
static bool parameters_ok(const nrnn_sequence *q, const nrnn_recurrent_weights *w) {
    const nrnn_cell_row *cell = q->cell;
    const bool bias = q->shape->has_bias, products = q->layout.products || nrnn_cell_has(cell, NRNN_VECTOR_HH);
    for (nrnn_vector_kind kind = NRNN_VECTOR_PEEPHOLE; kind < NRNN_VECTOR_HH; ++kind)
        if (!nrnn_weights_vector(w, kind) == nrnn_cell_has(cell, kind))
            return false;
    return w->w_ih && !w->w_hh != products && !w->b_ih != bias && !w->b_hh != (bias && products) &&
           !w->w_hr == (q->shape->P == 0);
}

int32_t nrnn_recurrent_pack(nrnn_context *context, const nrnn_recurrent_shape *shape,
                            const nrnn_recurrent_weights *weights, float *packed) {
    nrnn_sequence q;
    if (!weights || !packed || !nrnn_sequence_of(context, shape, &q) || !parameters_ok(&q, weights))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    nrnn_pack_weights(context, &q.layout, weights, packed);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

/* x w_ih^T of the steps at work. */
static void input_product(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_span span = nrnn_span_of(q, q->from, q->to);
    nrnn_gemm input = {.transpose_b = true,
                       .M = (int32_t)span.rows,
                       .N = (int32_t)q->gates,
                       .K = s->I,
                       .a = q->forward->x + span.row * s->x_stride,
                       .lda = s->x_stride,
                       .b = q->forward->w_ih,
                       .ldb = s->I,
                       .c = q->reserve + span.row * q->stride + q->first,
                       .ldc = q->stride};
    const nrnn_work work = nrnn_gemm_work(q->context, &input);
    nrnn_pool_run_list(q->context->pool, &work, 1);
}

static bool zoneout_ok(const nrnn_sequence *q, const nrnn_zoneout *z) {
    return z->h >= 0 && z->h <= 1 && z->c >= 0 && z->c <= 1 && (z->expect == 0 || z->expect == 1) &&
           (z->h == 0 || q->shape->P == 0) && (z->c == 0 || q->cell->cell_state);
}

/* What both calls are given beside the shape; all but the states and the rows must be there. */
static bool common_ok(const nrnn_sequence *q, const float *x, const float *w_ih, const nrnn_zoneout *zoneout) {
    const nrnn_recurrent_shape *s = q->shape;
    if (s->zoneout && !zoneout_ok(q, zoneout))
        return false;
    return x && w_ih && q->packed && q->y && q->reserve && q->workspace && !q->h_mask == !s->masked &&
           nrnn_step_rows_ok(s, q->step_rows) && (q->cell->cell_state || !q->c_0);
}

int32_t nrnn_recurrent_forward(nrnn_context *context, const nrnn_recurrent_shape *s,
                               const nrnn_recurrent_forward_args *a) {
    nrnn_sequence q;
    if (!a || !nrnn_sequence_of(context, s, &q))
        return NRNN_BAD_ARGUMENT;
    q.forward = a;
    q.packed = a->packed, q.h_0 = a->h_0, q.c_0 = a->c_0, q.y = a->y, q.h_mask = a->h_mask;
    q.step_rows = a->step_rows, q.reserve = a->reserve, q.workspace = a->workspace;
    q.zoneout = s->zoneout ? &a->zoneout : NULL;
    q.settings.vectors = a->packed ? a->packed + q.layout.vectors : NULL;
    if (!common_ok(&q, a->x, a->w_ih, &a->zoneout) || (!q.cell->cell_state && a->c_n))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    const int64_t stretch = nrnn_sequence_stretch(&q);
    for (q.from = 0; q.from < s->T; q.from = q.to) {
        q.to = nrnn_min(s->T, q.from + stretch);
        input_product(&q);
        if (q.cell->normalised)
            nrnn_sequence_each_row(&q, context->kernels->normalise_input);
        nrnn_sequence_forward(&q);
    }
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

static nrnn_recurrent_weights gradients_of(const nrnn_recurrent_backward_args *a) {
    return (nrnn_recurrent_weights){a->dw_ih,       a->dw_hh,       a->db_ih,       a->db_hh,      a->dw_hr,
                                    a->dw_peephole, a->dln_ih_gain, a->dln_hh_gain, a->dln_c_gain, a->dln_c_bias};
}

int32_t nrnn_recurrent_backward(nrnn_context *context, const nrnn_recurrent_shape *s,
                                const nrnn_recurrent_backward_args *a) {
    nrnn_sequence q;
    if (!a || !nrnn_sequence_of(context, s, &q))
        return NRNN_BAD_ARGUMENT;
    const nrnn_recurrent_weights gradients = gradients_of(a);
    q.backward = a;
    q.packed = a->packed, q.h_0 = a->h_0, q.c_0 = a->c_0, q.y = a->y, q.h_mask = a->h_mask;
    q.step_rows = a->step_rows, q.reserve = a->reserve, q.workspace = a->workspace;
    q.zoneout = s->zoneout ? &a->zoneout : NULL;
    q.settings.vectors = a->packed ? a->packed + q.layout.vectors : NULL;
    if (!common_ok(&q, a->x, a->w_ih, &a->zoneout) || !parameters_ok(&q, &gradients) ||
        (!q.cell->cell_state && (a->dc_n || a->dc_0)))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    const int64_t stretch = nrnn_sequence_stretch(&q);
    for (q.to = s->T; q.to > 0; q.to = q.from) {
        q.from = nrnn_max(0, q.to - stretch);
        nrnn_sequence_backward(&q);
        nrnn_sequence_gradients(&q);
    }
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
