/* recurrent.c - drives a recurrent layer over a sequence, whatever its cell.
 *   forward   1. x w_ih^T for all steps at once, into the gates of the reserve
 *             2. step after step the cell: its recurrent product and its pointwise functions, fused
 *   backward  1. from the last step to the first: pointwise derivatives (in place of the gates), then their product
 *                with w_hh, which is the gradient of the state before
 *             2. the gradients of the weights, the biases and x: large products over all steps
 * In the sequences the rows of the batch are independent, so each thread takes a range of rows through all steps and
 * nobody waits. The bits of a row do not depend on the range it is in (kernels/tile.h). */
#include "base.h"
#include "cpu.h"
#include "gemm.h"
#include "kernels/kernels.h"
#include "pack.h"
#include "pool.h"

#include <string.h>

/* What the driver must know of a cell; its functions are in the table of kernels under the same number. */
typedef struct cell_row {
    int32_t gates; /* G, even */
} cell_row;

static const cell_row cells[NRNN_CELL_COUNT] = {
    [NRNN_CELL_LSTM] = {.gates = 4},
};

enum {
    BIAS_COLUMNS = 256,        /* columns of a shard of the bias gradient */
    FLOPS_OF_A_RANGE = 2000000 /* less work than this is not worth waking a thread for */
};

typedef struct sequence {
    const nrnn_context *context;
    const nrnn_recurrent_shape *shape;
    const nrnn_recurrent_forward_args *forward;
    const nrnn_recurrent_backward_args *backward;
    nrnn_pack_layout layout;
    int64_t gates; /* G*H */
    int64_t rows;  /* T*B */
    int64_t ranges;
} sequence;

static bool shape_ok(const nrnn_context *context, const nrnn_recurrent_shape *s, sequence *q) {
    if (!context || !s || s->cell < 0 || s->cell >= NRNN_CELL_COUNT || (s->has_bias != 0 && s->has_bias != 1) ||
        s->T < 1 || s->B < 1 || s->I < 1 || s->H < 1)
        return false;
    const int32_t G = cells[s->cell].gates;
    *q = (sequence){.context = context, .shape = s, .gates = (int64_t)G * s->H, .rows = (int64_t)s->T * s->B};
    if (!nrnn_pack_layout_of(context->kernels->lanes, G, s->H, &q->layout) ||
        !nrnn_gemm_fits(q->rows, s->I, s->x_stride) || !nrnn_gemm_fits(q->rows, s->H, s->y_stride) ||
        !nrnn_gemm_fits(q->rows, q->gates, q->gates) || !nrnn_gemm_fits(q->gates, s->I, s->I) ||
        !nrnn_fits(q->rows, q->gates + s->H, 1))
        return false;
    double flops = 2.0 * (double)q->rows * (double)q->gates * s->H;
    int64_t worth = flops < FLOPS_OF_A_RANGE ? 1 : s->B;
    q->ranges = nrnn_min(nrnn_min(context->threads, s->B), worth);
    return true;
}

int32_t nrnn_recurrent_sizes_of(nrnn_context *context, const nrnn_recurrent_shape *shape, nrnn_recurrent_sizes *sizes) {
    sequence q;
    if (!sizes || !shape_ok(context, shape, &q))
        return NRNN_BAD_ARGUMENT;
    sizes->packed = q.layout.total;
    sizes->reserve = q.rows * (q.gates + shape->H);      /* activated gates [T,B,G*H], cells [T,B,H] */
    sizes->workspace = 2 * (int64_t)shape->B * shape->H; /* the gradients of h and c on their way back */
    return NRNN_OK;
}

int32_t nrnn_recurrent_pack(nrnn_context *context, const nrnn_recurrent_shape *shape,
                            const nrnn_recurrent_weights *weights, float *packed) {
    sequence q;
    if (!weights || !packed || !shape_ok(context, shape, &q) || !weights->w_ih || !weights->w_hh ||
        !weights->b_ih != !shape->has_bias || !weights->b_hh != !shape->has_bias)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    nrnn_pack_weights(context, &q.layout, weights->w_hh, weights->b_ih, weights->b_hh, packed);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

static void forward_range(void *argument, int64_t index) {
    const sequence *q = argument;
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_forward_args *a = q->forward;
    const int64_t first = nrnn_part_begin(s->B, q->ranges, index, 1);
    const int64_t rows = nrnn_part_begin(s->B, q->ranges, index + 1, 1) - first;
    float *cells_of = a->reserve + q->rows * q->gates;
    nrnn_cell_step step = {.H = s->H,
                           .rows = (int32_t)rows,
                           .panels = a->packed,
                           .bias = a->packed + q->layout.bias,
                           .h_prev = a->h_0 ? a->h_0 + first * s->H : NULL,
                           .h_stride = s->H,
                           .c_prev = a->c_0 ? a->c_0 + first * s->H : NULL,
                           .y_stride = s->y_stride};
    for (int64_t t = 0; t < s->T; ++t) {
        const int64_t row = t * s->B + first;
        step.gates = a->reserve + row * q->gates;
        step.c = cells_of + row * s->H;
        step.y = a->y + row * s->y_stride;
        q->context->kernels->cell[s->cell].forward(&step);
        step.h_prev = step.y;
        step.h_stride = s->y_stride;
        step.c_prev = step.c;
    }
    const size_t bytes = (size_t)s->H * sizeof(float);
    if (a->h_n)
        for (int64_t r = 0; r < rows; ++r)
            memcpy(a->h_n + (first + r) * s->H, step.y + r * s->y_stride, bytes);
    if (a->c_n)
        memcpy(a->c_n + first * s->H, step.c, bytes * (size_t)rows);
}

int32_t nrnn_recurrent_forward(nrnn_context *context, const nrnn_recurrent_shape *s,
                               const nrnn_recurrent_forward_args *a) {
    sequence q;
    if (!a || !shape_ok(context, s, &q) || !a->x || !a->w_ih || !a->packed || !a->y || !a->reserve || !a->workspace)
        return NRNN_BAD_ARGUMENT;
    q.forward = a;
    uint64_t mode = nrnn_fp_enter();
    nrnn_gemm input = {.transpose_b = true,
                       .M = (int32_t)q.rows,
                       .N = (int32_t)q.gates,
                       .K = s->I,
                       .a = a->x,
                       .lda = s->x_stride,
                       .b = a->w_ih,
                       .ldb = s->I,
                       .c = a->reserve,
                       .ldc = q.gates};
    const nrnn_work work = nrnn_gemm_work(&input);
    nrnn_pool_run_list(context->pool, &work, 1);
    nrnn_pool_run(context->pool, forward_range, &q, q.ranges);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}

/* Copies, or zeros where there is nothing to copy. */
static void copy_or_clear(float *to, const float *from, int64_t n) {
    if (from)
        memcpy(to, from, (size_t)n * sizeof(float));
    else
        memset(to, 0, (size_t)n * sizeof(float));
}

static void backward_range(void *argument, int64_t index) {
    const sequence *q = argument;
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const nrnn_kernels *kernels = q->context->kernels;
    const int64_t first = nrnn_part_begin(s->B, q->ranges, index, 1);
    const int64_t rows = nrnn_part_begin(s->B, q->ranges, index + 1, 1) - first;
    const int64_t state = first * s->H, states = rows * s->H;
    const float *cells_of = a->reserve + q->rows * q->gates;
    float *dh = a->workspace + state, *dc = a->workspace + (int64_t)s->B * s->H + state;
    copy_or_clear(dh, a->dh_n ? a->dh_n + state : NULL, states);
    copy_or_clear(dc, a->dc_n ? a->dc_n + state : NULL, states);
    for (int64_t t = s->T - 1; t >= 0; --t) {
        const int64_t row = t * s->B + first;
        const float *c_0 = a->c_0 ? a->c_0 + state : NULL;
        float *gates = a->reserve + row * q->gates;
        kernels->cell[s->cell].backward(&(nrnn_cell_step_back){.H = s->H,
                                                               .rows = (int32_t)rows,
                                                               .gates = gates,
                                                               .c_prev = t > 0 ? cells_of + (row - s->B) * s->H : c_0,
                                                               .c = cells_of + row * s->H,
                                                               .dy = a->dy ? a->dy + row * s->y_stride : NULL,
                                                               .dy_stride = s->y_stride,
                                                               .dh = dh,
                                                               .dc = dc});
        if (t > 0 || a->dh_0)
            kernels->panel_product(&(nrnn_panel_product){.rows = (int32_t)rows,
                                                         .K = (int32_t)q->gates,
                                                         .N = s->H,
                                                         .a = gates,
                                                         .a_stride = q->gates,
                                                         .panels = a->packed + q->layout.back,
                                                         .y = dh,
                                                         .y_stride = s->H});
    }
    if (a->dh_0)
        memcpy(a->dh_0 + state, dh, (size_t)states * sizeof(float));
    if (a->dc_0)
        memcpy(a->dc_0 + state, dc, (size_t)states * sizeof(float));
}

static void bias_shard(void *argument, int64_t index) {
    const sequence *q = argument;
    const int64_t column = index * BIAS_COLUMNS, columns = nrnn_min(BIAS_COLUMNS, q->gates - column);
    q->context->kernels->add_column_sums(q->rows, columns, q->backward->reserve + column, q->gates,
                                         q->backward->db_ih + column, q->backward->db_hh + column);
}

/* dw += dgates^T input over `rows` rows; dgates points at the first of them. */
static nrnn_gemm weight_gradient(const sequence *q, int64_t rows, const float *dgates, const float *input,
                                 int64_t stride, int32_t columns, float *dw) {
    return (nrnn_gemm){.transpose_a = true,
                       .accumulate = true,
                       .M = (int32_t)q->gates,
                       .N = columns,
                       .K = (int32_t)rows,
                       .a = dgates,
                       .lda = q->gates,
                       .b = input,
                       .ldb = stride,
                       .c = dw,
                       .ldc = columns};
}

static void weight_gradients(nrnn_context *context, sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const float *dgates = a->reserve;
    nrnn_work work[4];
    int length = 0;
    nrnn_gemm dw_ih = weight_gradient(q, q->rows, dgates, a->x, s->x_stride, s->I, a->dw_ih);
    work[length++] = nrnn_gemm_work(&dw_ih);
    /* The state before step t is y of step t-1: rows of one stride, so all steps but the first are one product. */
    nrnn_gemm dw_hh = weight_gradient(q, q->rows - s->B, dgates + s->B * q->gates, a->y, s->y_stride, s->H, a->dw_hh);
    if (s->T > 1)
        work[length++] = nrnn_gemm_work(&dw_hh);
    nrnn_gemm dx = {.M = (int32_t)q->rows,
                    .N = s->I,
                    .K = (int32_t)q->gates,
                    .a = dgates,
                    .lda = q->gates,
                    .b = a->w_ih,
                    .ldb = s->I,
                    .c = a->dx,
                    .ldc = s->x_stride};
    if (a->dx)
        work[length++] = nrnn_gemm_work(&dx);
    if (s->has_bias)
        work[length++] = (nrnn_work){bias_shard, q, nrnn_ceil_div(q->gates, BIAS_COLUMNS)};
    nrnn_pool_run_list(context->pool, work, length);
    if (a->h_0) { /* a phase of its own: it adds to the same dw_hh */
        nrnn_gemm first = weight_gradient(q, s->B, dgates, a->h_0, s->H, s->H, a->dw_hh);
        work[0] = nrnn_gemm_work(&first);
        nrnn_pool_run_list(context->pool, work, 1);
    }
}

int32_t nrnn_recurrent_backward(nrnn_context *context, const nrnn_recurrent_shape *s,
                                const nrnn_recurrent_backward_args *a) {
    sequence q;
    if (!a || !shape_ok(context, s, &q) || !a->x || !a->w_ih || !a->packed || !a->y || !a->reserve || !a->workspace ||
        !a->dw_ih || !a->dw_hh || !a->db_ih != !s->has_bias || !a->db_hh != !s->has_bias)
        return NRNN_BAD_ARGUMENT;
    q.backward = a;
    uint64_t mode = nrnn_fp_enter();
    nrnn_pool_run(context->pool, backward_range, &q, q.ranges);
    weight_gradients(context, &q);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
