/* gradients.c - the gradients of the parameters and of x of a recurrent layer: large products and sums over all steps.
 */
#include "gemm.h"
#include "rows.h"

enum { SUM_COLUMNS = 256, MOST_SUMS = 3 + NRNN_SUMS };

/* Sums of columns of some rows, for the parameters of one float per unit. */
typedef struct column_sums {
    const nrnn_kernels *kernels;
    int64_t rows, columns, stride;
    const float *x;
    const float *with; /* multiplies x; NULL: ones */
    int64_t with_stride;
    float *to, *also; /* also may be NULL */
} column_sums;

static void sum_shard(void *argument, int64_t index) {
    const column_sums *s = argument;
    const int64_t column = index * SUM_COLUMNS, columns = nrnn_min(SUM_COLUMNS, s->columns - column);
    if (s->with)
        s->kernels->add_column_products(s->rows, columns, s->x + column, s->stride, s->with + column, s->with_stride,
                                        s->to + column);
    else
        s->kernels->add_column_sums(s->rows, columns, s->x + column, s->stride, s->to + column,
                                    s->also ? s->also + column : NULL);
}

/* The sum of a block (and its neighbours) of the rows of a span. */
static column_sums sum_of(const nrnn_sequence *q, nrnn_span span, int64_t block, int64_t columns, float *to,
                          float *also) {
    return (column_sums){.kernels = q->context->kernels,
                         .rows = span.rows,
                         .columns = columns,
                         .stride = q->stride,
                         .x = q->reserve + span.row * q->stride + block * q->shape->H,
                         .to = to,
                         .also = also};
}

/* Fills the list; returns its length. */
static int bias_sums(const nrnn_sequence *q, nrnn_span span, column_sums sums[3]) {
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t H = q->shape->H, shared = q->gates - (q->cell->split_bias ? H : 0);
    if (!q->shape->has_bias)
        return 0;
    sums[0] = sum_of(q, span, q->cell->sums, shared, a->db_ih, a->db_hh);
    if (!q->cell->split_bias)
        return 1;
    sums[1] = sum_of(q, span, q->cell->sums + q->cell->gates - 1, H, a->db_ih + shared, NULL);
    sums[2] = sum_of(q, span, 0, H, a->db_hh + shared, NULL);
    return 3;
}

static float *vector_gradient(const nrnn_recurrent_backward_args *a, nrnn_vector_kind kind) {
    float *const gradients[] = {NULL,          a->dw_peephole, a->dln_ih_gain, a->dln_hh_gain,
                                a->dln_c_gain, a->dln_c_bias,  a->dw_hh};
    return gradients[kind];
}

static int vector_sums(const nrnn_sequence *q, nrnn_span span, column_sums *sums) {
    const int64_t H = q->shape->H;
    const float *rows = q->reserve + span.row * q->stride;
    int length = 0;
    for (const nrnn_cell_sum *v = q->cell->vector_sums; length < NRNN_SUMS && v->kind != NRNN_VECTOR_NONE; ++v) {
        column_sums *s = &sums[length++];
        *s = sum_of(q, span, v->block, H, vector_gradient(q->backward, v->kind) + v->at * H, NULL);
        s->with_stride = v->with == NRNN_WITH_C ? H : q->stride;
        s->with = v->with == NRNN_WITH_C          ? nrnn_cell_states(q) + span.row * H
                  : v->with == NRNN_WITH_C_BEFORE ? rows + q->c_before
                  : v->with == NRNN_WITH_SEEN     ? rows + (q->seen ? q->seen : q->h_before)
                  : v->with == NRNN_WITH_NOTHING  ? NULL
                                                  : rows + v->with * H;
    }
    return length;
}

/* dw += dgates^T input over `rows` rows; dgates points at the first block of the first of them. */
static nrnn_gemm weight_gradient(const nrnn_sequence *q, int64_t rows, int64_t outputs, const float *dgates,
                                 const float *input, int64_t stride, int64_t columns, float *dw) {
    return (nrnn_gemm){.transpose_a = true,
                       .accumulate = true,
                       .M = (int32_t)outputs,
                       .N = (int32_t)columns,
                       .K = (int32_t)rows,
                       .a = dgates,
                       .lda = q->stride,
                       .b = input,
                       .ldb = stride,
                       .c = dw,
                       .ldc = columns};
}

/* True where each row has the state before it in the reserve; else that is y of a neighbour, or h_0. */
static bool keeps_h(const nrnn_sequence *q) {
    return q->seen || q->h_before;
}

/* The gradient of some rows of w_hh over the steps whose factor is in the reserve, or a row of y: all, or all but step
 * 0. The state before a step is y of its neighbour: rows of one stride, so these steps are one product. */
static nrnn_gemm factor_gradient(const nrnn_sequence *q, const nrnn_cell_factor *f) {
    const nrnn_recurrent_shape *s = q->shape;
    const int64_t H = s->H, outputs = f->gates * H;
    const bool of_y = f->input < 0 && !keeps_h(q);
    const nrnn_span span = nrnn_span_of(q, of_y ? nrnn_max(1, q->from) : q->from, q->to);
    const float *blocks = q->reserve + span.row * q->stride, *dgates = blocks + f->block * H;
    float *dw = q->backward->dw_hh + f->gate * H * q->W;
    if (f->input >= 0)
        return weight_gradient(q, span.rows, outputs, dgates, blocks + f->input * H, q->stride, H, dw);
    if (!of_y)
        return weight_gradient(q, span.rows, outputs, dgates, blocks + (q->seen ? q->seen : q->h_before), q->stride,
                               q->W, dw);
    const float *h = q->y + (span.row + (s->reverse ? s->B : -s->B)) * s->y_stride;
    return weight_gradient(q, span.rows, outputs, dgates, h, s->y_stride, q->W, dw);
}

/* The same of the first step, where h_0 is the factor: a list of its own, as it adds to the same gradients. */
static void first_step_gradients(const nrnn_sequence *q) {
    const int64_t H = q->shape->H;
    const nrnn_span span = nrnn_span_of(q, 0, 1);
    nrnn_gemm gemms[NRNN_FACTORS];
    nrnn_work work[NRNN_FACTORS];
    int length = 0;
    for (const nrnn_cell_factor *f = q->cell->factors; f < q->cell->factors + NRNN_FACTORS; ++f)
        if (f->gates > 0 && f->input < 0) {
            gemms[length] =
                weight_gradient(q, span.rows, f->gates * H, q->reserve + span.row * q->stride + f->block * H, q->h_0,
                                q->W, q->W, q->backward->dw_hh + f->gate * H * q->W);
            work[length] = nrnn_gemm_work(q->context, &gemms[length]);
            ++length;
        }
    nrnn_pool_run_list(q->context->pool, work, length);
}

/* The products of one list: they add to different gradients. */
static int products(const nrnn_sequence *q, nrnn_span span, nrnn_gemm *gemms) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const float *rows = q->reserve + span.row * q->stride, *dgates = rows + q->first;
    int length = 0;
    gemms[length++] =
        weight_gradient(q, span.rows, q->gates, dgates, a->x + span.row * s->x_stride, s->x_stride, s->I, a->dw_ih);
    for (const nrnn_cell_factor *f = q->cell->factors; f < q->cell->factors + NRNN_FACTORS; ++f)
        if (f->gates > 0 && (q->to > 1 || f->input >= 0 || keeps_h(q)))
            gemms[length++] = factor_gradient(q, f);
    if (q->inner)
        gemms[length++] =
            weight_gradient(q, span.rows, s->P, rows + q->outer, rows + q->inner, q->stride, s->H, a->dw_hr);
    if (a->dx)
        gemms[length++] = (nrnn_gemm){.M = (int32_t)span.rows,
                                      .N = s->I,
                                      .K = (int32_t)q->gates,
                                      .a = dgates,
                                      .lda = q->stride,
                                      .b = a->w_ih,
                                      .ldb = s->I,
                                      .c = a->dx + span.row * s->x_stride,
                                      .ldc = s->x_stride};
    return length;
}

static int sums_of(const nrnn_sequence *q, nrnn_span span, column_sums *sums, nrnn_work *work) {
    int length = bias_sums(q, span, sums);
    length += vector_sums(q, span, sums + length);
    for (int i = 0; i < length; ++i)
        work[i] = (nrnn_work){sum_shard, &sums[i], nrnn_ceil_div(sums[i].columns, SUM_COLUMNS)};
    return length;
}

void nrnn_sequence_gradients(const nrnn_sequence *q) {
    const nrnn_span span = nrnn_span_of(q, q->from, q->to);
    nrnn_gemm gemms[3 + NRNN_FACTORS];
    column_sums sums[MOST_SUMS];
    nrnn_work work[3 + NRNN_FACTORS + MOST_SUMS];
    const int large = products(q, span, gemms);
    for (int i = 0; i < large; ++i)
        work[i] = nrnn_gemm_work(q->context, &gemms[i]);
    const int small = sums_of(q, span, sums, work + large);
    if (q->cell->normalised) { /* the sums need what is normalised, the products its gradient in the same place */
        nrnn_pool_run_list(q->context->pool, work + large, small);
        nrnn_sequence_each_row(q, q->context->kernels->derive_input);
    }
    nrnn_pool_run_list(q->context->pool, work, q->cell->normalised ? large : large + small);
    if (q->h_0 && q->from == 0 && !keeps_h(q) && q->layout.products)
        first_step_gradients(q);
}
