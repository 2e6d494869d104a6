/* recurrent.c - drives a recurrent layer over a sequence, whatever its cell.
 *   forward   1. x w_ih^T for all steps at once, into the gates of the reserve
 *             2. step after step the cell: its recurrent product and its pointwise functions, fused
 *   backward  1. from the last step to the first: pointwise derivatives (in place of the gates), then their product
 *                with w_hh, which is the gradient of the state before; twice where a cell has two phases
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

enum { PHASES = 2, FACTORS = 2 };

/* Where the product of w_hh with the gradients that a phase has left goes. */
typedef enum target { TO_DH, ADD_TO_DH, TO_DC } target;

/* Blocks are those of H floats in a row of the reserve: what the cell keeps, then the gates (docs/math.md). */
typedef struct cell_phase {
    int32_t block, gate, gates; /* the blocks from `block` on times the packed rows of w_hh from `gate` on */
    target to;
} cell_phase;

/* The rows of w_hh from `gate` on: their gradient is that of the blocks, times the state before or another block. */
typedef struct cell_factor {
    int32_t block, gate, gates;
    int32_t input; /* a block; -1: the state before the step */
} cell_factor;

/* What the driver must know of a cell; its functions are in the table of kernels under the same number. */
typedef struct cell_row {
    int32_t gates;      /* G */
    int32_t tile_gates; /* gates that a register tile ends with, 1 or 2; G is a multiple */
    int32_t kept;       /* blocks before the gates */
    int32_t back_first; /* the gate with which the packed backward rows begin */
    bool cell_state;
    bool split_bias; /* b_hh of the last gate is apart from b_ih, and its gradient is the sum of block 0 */
    cell_phase phases[PHASES];
    cell_factor factors[FACTORS];
} cell_row;

static const cell_row cells[NRNN_CELL_COUNT] = {
    [NRNN_CELL_LSTM] =
        {.gates = 4, .tile_gates = 2, .cell_state = true, .phases = {{0, 0, 4, TO_DH}}, .factors = {{0, 0, 4, -1}}},
    [NRNN_CELL_GRU] = {.gates = 3, /* q, r, z, n: the first three are those of n, r, z on the side of w_hh */
                       .tile_gates = 1,
                       .kept = 1,
                       .back_first = 2,
                       .split_bias = true,
                       .phases = {{0, 2, 3, ADD_TO_DH}},
                       .factors = {{1, 0, 2, -1}, {0, 2, 1, -1}}},
    [NRNN_CELL_GRU_RESET_BEFORE] = {.gates = 3, /* r*h, r, z, n */
                                    .tile_gates = 1,
                                    .kept = 1,
                                    .phases = {{3, 2, 1, TO_DC}, {1, 0, 2, ADD_TO_DH}},
                                    .factors = {{1, 0, 2, -1}, {3, 2, 1, 0}}},
    [NRNN_CELL_RNN_TANH] = {.gates = 1, .tile_gates = 1, .phases = {{0, 0, 1, TO_DH}}, .factors = {{0, 0, 1, -1}}},
    [NRNN_CELL_RNN_RELU] = {.gates = 1, .tile_gates = 1, .phases = {{0, 0, 1, TO_DH}}, .factors = {{0, 0, 1, -1}}},
};

enum {
    BIAS_COLUMNS = 256,        /* columns of a shard of the bias gradient */
    FLOPS_OF_A_RANGE = 2000000 /* less work than this is not worth waking a thread for */
};

typedef struct sequence {
    const nrnn_context *context;
    const nrnn_recurrent_shape *shape;
    const cell_row *cell;
    const nrnn_recurrent_forward_args *forward;
    const nrnn_recurrent_backward_args *backward;
    nrnn_pack_layout layout;
    int64_t gates;  /* G*H */
    int64_t stride; /* of a row of the reserve: kept blocks and gates, and a pad */
    int64_t first;  /* where the gates begin in it */
    int64_t rows;   /* T*B */
    int64_t ranges;
} sequence;

/* Rows a multiple of 2 KiB apart would fall into the same few sets of the first-level cache: a line more keeps them
 * apart. */
static int64_t row_stride(int64_t blocks) {
    return blocks % 512 == 0 ? blocks + 16 : blocks;
}

static bool shape_ok(const nrnn_context *context, const nrnn_recurrent_shape *s, sequence *q) {
    if (!context || !s || s->cell < 0 || s->cell >= NRNN_CELL_COUNT || (s->has_bias != 0 && s->has_bias != 1) ||
        (s->reverse != 0 && s->reverse != 1) || s->T < 1 || s->B < 1 || s->I < 1 || s->H < 1)
        return false;
    const cell_row *cell = &cells[s->cell];
    const int32_t lanes = context->kernels->lanes;
    *q = (sequence){.context = context,
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
    sizes->reserve = q.rows * (q.stride + (q.cell->cell_state ? shape->H : 0)); /* blocks and gates, then cell states */
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

/* The step that is taken as the i-th. */
static int64_t step_at(const nrnn_recurrent_shape *s, int64_t i) {
    return s->reverse ? s->T - 1 - i : i;
}

static void forward_range(void *argument, int64_t index) {
    const sequence *q = argument;
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_forward_args *a = q->forward;
    const int64_t first = nrnn_part_begin(s->B, q->ranges, index, 1);
    const int64_t rows = nrnn_part_begin(s->B, q->ranges, index + 1, 1) - first;
    float *cells_of = q->cell->cell_state ? a->reserve + q->rows * q->stride : NULL;
    nrnn_cell_step step = {.H = s->H,
                           .rows = (int32_t)rows,
                           .panels = a->packed,
                           .bias = a->packed + q->layout.bias,
                           .gates_stride = q->stride,
                           .h_prev = a->h_0 ? a->h_0 + first * s->H : NULL,
                           .h_stride = s->H,
                           .c_prev = a->c_0 ? a->c_0 + first * s->H : NULL,
                           .y_stride = s->y_stride};
    for (int64_t i = 0; i < s->T; ++i) {
        const int64_t row = step_at(s, i) * s->B + first;
        step.gates = a->reserve + row * q->stride;
        step.c = cells_of ? cells_of + row * s->H : NULL;
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
    if (!a || !shape_ok(context, s, &q) || !a->x || !a->w_ih || !a->packed || !a->y || !a->reserve || !a->workspace ||
        (!q.cell->cell_state && (a->c_0 || a->c_n)))
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
                       .c = a->reserve + q.first,
                       .ldc = q.stride};
    const nrnn_work work = nrnn_gemm_work(context, &input);
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

/* The product after a phase, for the rows of `back`. */
static void phase_product(const sequence *q, const cell_phase *phase, const nrnn_cell_step_back *back) {
    const int32_t H = q->shape->H;
    const nrnn_pack_layout *l = &q->layout;
    q->context->kernels->panel_product(
        &(nrnn_panel_product){.rows = back->rows,
                              .K = phase->gates * H,
                              .N = H,
                              .accumulate = phase->to == ADD_TO_DH,
                              .a = back->gates + (int64_t)phase->block * H,
                              .a_stride = q->stride,
                              .panels = q->backward->packed + l->back + nrnn_pack_back_row(l, phase->gate),
                              .panel_stride = q->gates * 2 * l->lanes,
                              .y = phase->to == TO_DC ? back->dc : back->dh,
                              .y_stride = H});
}

/* One step of a range of rows: its phases. wanted: the gradient of the state before. */
static void backward_step(const sequence *q, const nrnn_cell_step_back *back, bool wanted) {
    const nrnn_cell_kernels *kernels = &q->context->kernels->cell[q->shape->cell];
    for (int p = 0; p < PHASES && kernels->backward[p]; ++p) {
        const cell_phase *phase = &q->cell->phases[p];
        kernels->backward[p](back);
        if (wanted || phase->to == TO_DC)
            phase_product(q, phase, back);
    }
}

static void backward_range(void *argument, int64_t index) {
    const sequence *q = argument;
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t first = nrnn_part_begin(s->B, q->ranges, index, 1);
    const int64_t rows = nrnn_part_begin(s->B, q->ranges, index + 1, 1) - first;
    const int64_t state = first * s->H, states = rows * s->H;
    const float *cells_of = q->cell->cell_state ? a->reserve + q->rows * q->stride : NULL;
    float *dh = a->workspace + state, *dc = a->workspace + (int64_t)s->B * s->H + state;
    copy_or_clear(dh, a->dh_n ? a->dh_n + state : NULL, states);
    copy_or_clear(dc, a->dc_n ? a->dc_n + state : NULL, states);
    nrnn_cell_step_back back = {.H = s->H,
                                .rows = (int32_t)rows,
                                .gates_stride = q->stride,
                                .dy_stride = s->y_stride,
                                .h_stride = s->y_stride,
                                .dh = dh,
                                .dc = dc};
    for (int64_t i = s->T - 1; i >= 0; --i) {
        const int64_t row = step_at(s, i) * s->B + first, before = row + (s->reverse ? s->B : -s->B);
        back.gates = a->reserve + row * q->stride;
        back.dy = a->dy ? a->dy + row * s->y_stride : NULL;
        back.c = cells_of ? cells_of + row * s->H : NULL;
        if (i > 0) {
            back.h_prev = a->y + before * s->y_stride;
            back.c_prev = cells_of ? cells_of + before * s->H : NULL;
        } else {
            back.h_prev = a->h_0 ? a->h_0 + state : NULL;
            back.h_stride = s->H;
            back.c_prev = a->c_0 ? a->c_0 + state : NULL;
        }
        backward_step(q, &back, i > 0 || a->dh_0);
    }
    if (a->dh_0)
        memcpy(a->dh_0 + state, dh, (size_t)states * sizeof(float));
    if (a->dc_0)
        memcpy(a->dc_0 + state, dc, (size_t)states * sizeof(float));
}

/* Sums of columns of the reserve, for gradients of biases. */
typedef struct bias_sums {
    const sequence *q;
    int64_t column, columns;
    float *to, *also; /* also may be NULL */
} bias_sums;

static void bias_shard(void *argument, int64_t index) {
    const bias_sums *sums = argument;
    const sequence *q = sums->q;
    const int64_t column = index * BIAS_COLUMNS, columns = nrnn_min(BIAS_COLUMNS, sums->columns - column);
    q->context->kernels->add_column_sums(q->rows, columns, q->backward->reserve + sums->column + column, q->stride,
                                         sums->to + column, sums->also ? sums->also + column : NULL);
}

/* Fills both lists; returns their length. */
static int bias_work(const sequence *q, bias_sums sums[3], nrnn_work work[3]) {
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
static nrnn_gemm weight_gradient(const sequence *q, int64_t rows, int32_t gates, const float *dgates,
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

/* The gradient of some rows of w_hh over the steps whose factor is a row of the reserve or of y: all but the first, or
 * all. The state before step t is y of its neighbour: rows of one stride, so these steps are one product. */
static nrnn_gemm factor_gradient(const sequence *q, const cell_factor *f) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const int64_t H = s->H;
    const float *dgates = a->reserve + f->block * H;
    float *dw = a->dw_hh + f->gate * H * H;
    if (f->input >= 0)
        return weight_gradient(q, q->rows, f->gates, dgates, a->reserve + f->input * H, q->stride, s->H, dw);
    const float *h = a->y + (s->reverse ? s->B * s->y_stride : 0);
    dgates += s->reverse ? 0 : s->B * q->stride;
    return weight_gradient(q, q->rows - s->B, f->gates, dgates, h, s->y_stride, s->H, dw);
}

/* The same of the first step, where h_0 is the factor: a list of its own, as it adds to the same gradients. */
static void first_step_gradients(nrnn_context *context, const sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const float *dgates = a->reserve + step_at(s, 0) * s->B * q->stride;
    const int64_t H = s->H;
    nrnn_gemm gemms[FACTORS];
    nrnn_work work[FACTORS];
    int length = 0;
    for (const cell_factor *f = q->cell->factors; f < q->cell->factors + FACTORS; ++f)
        if (f->gates > 0 && f->input < 0) {
            gemms[length] =
                weight_gradient(q, s->B, f->gates, dgates + f->block * H, a->h_0, H, s->H, a->dw_hh + f->gate * H * H);
            work[length] = nrnn_gemm_work(context, &gemms[length]);
            ++length;
        }
    nrnn_pool_run_list(context->pool, work, length);
}

static void weight_gradients(nrnn_context *context, const sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_recurrent_backward_args *a = q->backward;
    const float *dgates = a->reserve + q->first;
    nrnn_work work[2 + FACTORS + 3];
    nrnn_gemm dw_hh[FACTORS];
    bias_sums sums[3];
    int length = 0;
    nrnn_gemm dw_ih = weight_gradient(q, q->rows, q->cell->gates, dgates, a->x, s->x_stride, s->I, a->dw_ih);
    work[length++] = nrnn_gemm_work(context, &dw_ih);
    for (int i = 0; i < FACTORS; ++i) {
        const cell_factor *f = &q->cell->factors[i];
        if (f->gates == 0 || (s->T == 1 && f->input < 0))
            continue;
        dw_hh[i] = factor_gradient(q, f);
        work[length++] = nrnn_gemm_work(context, &dw_hh[i]);
    }
    nrnn_gemm dx = {.M = (int32_t)q->rows,
                    .N = s->I,
                    .K = (int32_t)q->gates,
                    .a = dgates,
                    .lda = q->stride,
                    .b = a->w_ih,
                    .ldb = s->I,
                    .c = a->dx,
                    .ldc = s->x_stride};
    if (a->dx)
        work[length++] = nrnn_gemm_work(context, &dx);
    length += bias_work(q, sums, work + length);
    nrnn_pool_run_list(context->pool, work, length);
    if (a->h_0)
        first_step_gradients(context, q);
}

int32_t nrnn_recurrent_backward(nrnn_context *context, const nrnn_recurrent_shape *s,
                                const nrnn_recurrent_backward_args *a) {
    sequence q;
    if (!a || !shape_ok(context, s, &q) || !a->x || !a->w_ih || !a->packed || !a->y || !a->reserve || !a->workspace ||
        !a->dw_ih || !a->dw_hh || !a->db_ih != !s->has_bias || !a->db_hh != !s->has_bias ||
        (!q.cell->cell_state && (a->c_0 || a->dc_n || a->dc_0)))
        return NRNN_BAD_ARGUMENT;
    q.backward = a;
    uint64_t mode = nrnn_fp_enter();
    nrnn_pool_run(context->pool, backward_range, &q, q.ranges);
    weight_gradients(context, &q);
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
