/* recurrent.c - a recurrent layer over a sequence, whatever its cell: checks of arguments, and the parts of a call.
 * The steps are taken in stretches (nrnn_sequence_stretch), one after another from the first forward and from the last
 * backward, and of each
 *   forward   1. x w_ih^T for all steps at once, into the gates of the reserve
 *             2. step after step the cell: its recurrent product and its pointwise functions, fused (sequence.c)
 *   backward  1. from the last step to the first: pointwise derivatives (in place of the gates), then their product
 *                with w_hh, which is the gradient of the state before; twice where a cell has two phases (sequence.c)
 *             2. the gradients of the weights, the biases and x: large products over all steps (gradients.c) */
#include "cpu.h"
#include "gemm.h"
#include "kernels/kernels.h"
#include "pool.h"
#include "sequence.h"

/* Rows a multiple of 2 KiB apart would fall into the same few sets of the first-level cache: a line more keeps them
 * apart. */
static int64_t row_stride(int64_t blocks) {
    return blocks % 512 == 0 ? blocks + 16 : blocks;
}

/* What is not computed yet. */
static bool is_plain(const nrnn_recurrent_shape *s) {
    return s->cell <= NRNN_CELL_RNN_RELU && s->P == 0 && s->R == 0 && s->gate.kind == 0 && s->candidate.kind == 0 &&
           s->output.kind == 0 && s->clip == 0 && !s->masked && !s->zoneout;
}

static bool shape_ok(nrnn_context *context, const nrnn_recurrent_shape *s, nrnn_sequence *q) {
    if (!context || !s || s->cell < 0 || s->cell >= NRNN_CELL_COUNT || (s->has_bias != 0 && s->has_bias != 1) ||
        (s->reverse != 0 && s->reverse != 1) || s->T < 1 || s->B < 1 || s->I < 1 || s->H < 1 || !is_plain(s))
        return false;
    const nrnn_cell_row *cell = &nrnn_cells[s->cell];
    const int32_t lanes = context->kernels->lanes;
    *q = (nrnn_sequence){.context = context,
                         .shape = s,
                         .cell = cell,
                         .layout = {.lanes = lanes,
                                    .gates = cell->gates,
                                    .H = s->H,
                                    .units = 2 / cell->tile_gates * lanes,
                                    .split_bias = cell->split_bias,
                                    .back_first = cell->back_first},
                         .gates = (int64_t)cell->gates * s->H,
                         .stride = row_stride((int64_t)(cell->gates + cell->kept) * s->H),
                         .first = (int64_t)cell->kept * s->H,
                         .rows = (int64_t)s->T * s->B};
    if (!nrnn_pack_layout_complete(&q->layout) || !nrnn_gemm_fits(q->rows, s->I, s->x_stride) ||
        !nrnn_gemm_fits(q->rows, s->H, s->y_stride) || !nrnn_gemm_fits(q->rows, q->gates, q->stride) ||
        !nrnn_gemm_fits(q->gates, s->I, s->I) || !nrnn_fits(q->rows, q->stride + s->H, 1))
        return false;
    return true;
}

int32_t nrnn_recurrent_sizes_of(nrnn_context *context, const nrnn_recurrent_shape *shape, nrnn_recurrent_sizes *sizes) {
    nrnn_sequence q;
    if (!sizes || !shape_ok(context, shape, &q))
        return NRNN_BAD_ARGUMENT;
    sizes->packed = q.layout.total;
    sizes->reserve = q.rows * (q.stride + (q.cell->cell_state ? shape->H : 0)); /* blocks and gates, then cell states */
    sizes->workspace = 2 * (int64_t)shape->B * shape->H; /* the gradients of h and c on their way back */
    return NRNN_OK;
}

int32_t nrnn_recurrent_pack(nrnn_context *context, const nrnn_recurrent_shape *shape,
                            const nrnn_recurrent_weights *weights, float *packed) {
    nrnn_sequence q;
    if (!weights || !packed || !shape_ok(context, shape, &q) || !weights->w_ih || !weights->w_hh ||
        !weights->b_ih != !shape->has_bias || !weights->b_hh != !shape->has_bias)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    nrnn_pack_weights(context, &q.layout, weights->w_hh, weights->b_ih, weights->b_hh, packed);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

/* x w_ih^T of the steps at work. */
static void input_product(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const int64_t row = nrnn_first_row(s, q->from, q->to);
    nrnn_gemm input = {.transpose_b = true,
                       .M = (int32_t)((q->to - q->from) * s->B),
                       .N = (int32_t)q->gates,
                       .K = s->I,
                       .a = q->forward->x + row * s->x_stride,
                       .lda = s->x_stride,
                       .b = q->forward->w_ih,
                       .ldb = s->I,
                       .c = q->forward->reserve + row * q->stride + q->first,
                       .ldc = q->stride};
    const nrnn_work work = nrnn_gemm_work(q->context, &input);
    nrnn_pool_run_list(q->context->pool, &work, 1);
}

int32_t nrnn_recurrent_forward(nrnn_context *context, const nrnn_recurrent_shape *s,
                               const nrnn_recurrent_forward_args *a) {
    nrnn_sequence q;
    if (!a || !shape_ok(context, s, &q) || !a->x || !a->w_ih || !a->packed || !a->y || !a->reserve || !a->workspace ||
        (!q.cell->cell_state && (a->c_0 || a->c_n)))
        return NRNN_BAD_ARGUMENT;
    q.forward = a;
    uint64_t mode = nrnn_fp_enter();
    const int64_t stretch = nrnn_sequence_stretch(&q);
    for (q.from = 0; q.from < s->T; q.from = q.to) {
        q.to = nrnn_min(s->T, q.from + stretch);
        input_product(&q);
        nrnn_sequence_forward(&q);
    }
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

int32_t nrnn_recurrent_backward(nrnn_context *context, const nrnn_recurrent_shape *s,
                                const nrnn_recurrent_backward_args *a) {
    nrnn_sequence q;
    if (!a || !shape_ok(context, s, &q) || !a->x || !a->w_ih || !a->packed || !a->y || !a->reserve || !a->workspace ||
        !a->dw_ih || !a->dw_hh || !a->db_ih != !s->has_bias || !a->db_hh != !s->has_bias ||
        (!q.cell->cell_state && (a->c_0 || a->dc_n || a->dc_0)))
        return NRNN_BAD_ARGUMENT;
    q.backward = a;
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
