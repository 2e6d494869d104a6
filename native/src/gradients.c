/* gradients.c - the gradients of weights, biases and x of a recurrent layer: large products over all steps. */
#include "gemm.h"
#include "kernels/kernels.h"
#include "pool.h"
#include "sequence.h"

enum { BIAS_COLUMNS = 256 }; /* columns of a shard of the bias gradient */

/* Sums of columns of the reserve, for gradients of biases. */
typedef struct bias_sums {
    const nrnn_sequence *q;
    int64_t column, columns;
    float *to, *also; /* also may be NULL */
} bias_sums;

static int64_t rows_at_work(const nrnn_sequence *q) {
    return (q->to - q->from) * q->shape->B;
}

static void bias_shard(void *argument, int64_t index) {
    const bias_sums *sums = argument;
    const nrnn_sequence *q = sums->q;
    const int64_t column = index * BIAS_COLUMNS, columns = nrnn_min(BIAS_COLUMNS, sums->columns - column);
    const float *first = q->backward->reserve + nrnn_first_row(q->shape, q->from, q->to) * q->stride;
    q->context->kernels->add_column_sums(rows_at_work(q), columns, first + sums->column + column, q->stride,
                                         sums->to + column, sums->also ? sums->also + column : NULL);
}

/* Fills both lists; returns their length. */
static int bias_work(const nrnn_sequence *q, bias_sums sums[3], nrnn_work work[3]) {
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t H = q->shape->H, shared = q->gates - (q->cell->split_bias ? H : 0);
    int length = 0;
    if (!q->shape->has_bias)
        return 0;
    sums[length++] = (bias_sums){q, q->first, shared, a->db_ih, a->db_hh};
    if (q->cell->split_bias) {
        sums[length++] = (bias_sums){q, q->first + shared, H, a->db_ih + shared, NULL};
        sums[length++] = (bias_sums){q, 0, H, a->db_hh + shared, NULL};
    }
    for (int i = 0; i < length; ++i)
        work[i] = (nrnn_work){bias_shard, &sums[i], nrnn_ceil_div(sums[i].columns, BIAS_COLUMNS)};
    return length;
}

/* dw += dgates^T input over `rows` rows; dgates points at the first block of the first of them. */
static nrnn_gemm weight_gradient(const nrnn_sequence *q, int64_t rows, int32_t gates, const float *dgates,
                                 const float *input, int64_t stride, int32_t columns, float *dw) {
    return (nrnn_gemm){.transpose_a = true,
                       .accumulate = true,
                       .M = gates * q->shape->H,
                       .N = columns,
                       .K = (int32_t)rows,
                       .a = dgates,
                       .lda = q->stride,
                       .b = input,
                       .ldb = stride,
                       .c = dw,
                       .ldc = columns};
}

/* The gradient of some rows of w_hh over the steps whose factor is a row of the reserve or of y: all but step 0, or
 * all. The state before a step is y of its neighbour: rows of one stride, so these steps are one product. */
static nrnn_gemm factor_gradient(const nrnn_sequence *q, const nrnn_cell_factor *f) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t H = s->H;
    const int64_t from = f->input < 0 ? nrnn_max(1, q->from) : q->from, row = nrnn_first_row(s, from, q->to);
    const float *blocks = a->reserve + row * q->stride, *dgates = blocks + f->block * H;
    const int64_t rows = (q->to - from) * s->B;
    float *dw = a->dw_hh + f->gate * H * H;
    if (f->input >= 0)
        return weight_gradient(q, rows, f->gates, dgates, blocks + f->input * H, q->stride, s->H, dw);
    const float *h = a->y + (row + (s->reverse ? s->B : -s->B)) * s->y_stride;
    return weight_gradient(q, rows, f->gates, dgates, h, s->y_stride, s->H, dw);
}

/* The same of the first step, where h_0 is the factor: a list of its own, as it adds to the same gradients. */
static void first_step_gradients(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const float *dgates = a->reserve + nrnn_step_at(s, 0) * s->B * q->stride;
    const int64_t H = s->H;
    nrnn_gemm gemms[NRNN_FACTORS];
    nrnn_work work[NRNN_FACTORS];
    int length = 0;
    for (const nrnn_cell_factor *f = q->cell->factors; f < q->cell->factors + NRNN_FACTORS; ++f)
        if (f->gates > 0 && f->input < 0) {
            gemms[length] =
                weight_gradient(q, s->B, f->gates, dgates + f->block * H, a->h_0, H, s->H, a->dw_hh + f->gate * H * H);
            work[length] = nrnn_gemm_work(q->context, &gemms[length]);
            ++length;
        }
    nrnn_pool_run_list(q->context->pool, work, length);
}

void nrnn_sequence_gradients(const nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t row = nrnn_first_row(s, q->from, q->to), rows = rows_at_work(q);
    const float *dgates = a->reserve + row * q->stride + q->first;
    nrnn_work work[2 + NRNN_FACTORS + 3];
    nrnn_gemm dw_hh[NRNN_FACTORS];
    bias_sums sums[3];
    int length = 0;
    nrnn_gemm dw_ih =
        weight_gradient(q, rows, q->cell->gates, dgates, a->x + row * s->x_stride, s->x_stride, s->I, a->dw_ih);
    work[length++] = nrnn_gemm_work(q->context, &dw_ih);
    for (int i = 0; i < NRNN_FACTORS; ++i) {
        const nrnn_cell_factor *f = &q->cell->factors[i];
        if (f->gates == 0 || (q->to == 1 && f->input < 0))
            continue;
        dw_hh[i] = factor_gradient(q, f);
        work[length++] = nrnn_gemm_work(q->context, &dw_hh[i]);
    }
    nrnn_gemm dx = {.M = (int32_t)rows,
                    .N = s->I,
                    .K = (int32_t)q->gates,
                    .a = dgates,
                    .lda = q->stride,
                    .b = a->w_ih,
                    .ldb = s->I,
                    .c = a->dx ? a->dx + row * s->x_stride : NULL,
                    .ldc = s->x_stride};
    if (a->dx)
        work[length++] = nrnn_gemm_work(q->context, &dx);
    length += bias_work(q, sums, work + length);
    nrnn_pool_run_list(q->context->pool, work, length);
    if (a->h_0 && q->from == 0)
        first_step_gradients(q);
}
