/* shape.c - see shape.h. */
#include "shape.h"

#include "gemm.h"

#include <math.h>

/* Rows a multiple of 2 KiB apart would fall into the same few sets of the first-level cache: a line more keeps them
 * apart. */
static int64_t row_stride(int64_t blocks) {
    return blocks % 512 == 0 ? blocks + 16 : blocks;
}

static bool is_flag(int32_t x) {
    return x == 0 || x == 1;
}

/* Sizes and flags, each by itself. */
static bool fields_ok(const nrnn_recurrent_shape *s) {
    return s->cell >= 0 && s->cell < NRNN_CELL_COUNT && is_flag(s->has_bias) && is_flag(s->reverse) &&
           is_flag(s->masked) && is_flag(s->zoneout) && s->T > 0 && s->B > 0 && s->I > 0 && s->H > 0 && s->P >= 0 &&
           s->R >= 0 && s->R <= (int64_t)s->T * s->B && (s->R == 0 || s->R >= s->T) && s->clip >= 0 &&
           isfinite(s->clip);
}

/* Layer normalisation is not made for it. */
static bool can_project(const nrnn_cell_row *cell) {
    return cell->cell_state && !cell->normalised;
}

/* What is not computed yet. */
static bool is_known(const nrnn_recurrent_shape *s) {
    return s->cell <= NRNN_CELL_RNN_RELU && s->gate.kind == 0 && s->candidate.kind == 0 && s->output.kind == 0 &&
           s->clip == 0 && !s->masked && !s->zoneout;
}

/* What the calls need beside the cell's blocks goes to the end of a row of the reserve. */
static void set_blocks(nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    int64_t at = (int64_t)(q->cell->gates + q->cell->kept) * s->H;
    q->first = (int64_t)q->cell->kept * s->H;
    if (s->R > 0) {
        q->h_before = at;
        at += q->W;
    }
    if (s->R > 0 && q->cell->cell_state) {
        q->c_before = at;
        at += s->H;
    }
    if (s->P > 0) {
        q->inner = at;
        q->outer = at + s->H;
        at += s->H + q->W;
    }
    q->stride = row_stride(at);
}

bool nrnn_sequence_of(nrnn_context *context, const nrnn_recurrent_shape *s, nrnn_sequence *q) {
    if (!context || !s || !fields_ok(s) || !is_known(s) || (s->P > 0 && !can_project(&nrnn_cells[s->cell])))
        return false;
    const nrnn_cell_row *cell = &nrnn_cells[s->cell];
    const int32_t lanes = context->kernels->lanes, W = s->P > 0 ? s->P : s->H;
    *q = (nrnn_sequence){.context = context,
                         .shape = s,
                         .cell = cell,
                         .kernels = &context->kernels->cell[s->cell],
                         .W = W,
                         .gates = (int64_t)cell->gates * s->H,
                         .rows = s->R > 0 ? s->R : (int64_t)s->T * s->B};
    q->layout = (nrnn_pack_layout){.lanes = lanes,
                                   .gates = cell->gates,
                                   .H = s->H,
                                   .K = W,
                                   .P = s->P,
                                   .units = 2 / cell->tile_gates * lanes,
                                   .products = cell->factors[0].gates > 0,
                                   .split_bias = cell->split_bias,
                                   .back_first = cell->back_first,
                                   .vector_list = cell->vectors};
    set_blocks(q);
    return nrnn_pack_layout_complete(&q->layout) && nrnn_gemm_fits(q->rows, s->I, s->x_stride) &&
           nrnn_gemm_fits(q->rows, W, s->y_stride) && nrnn_gemm_fits(q->rows, q->stride, q->stride) &&
           nrnn_gemm_fits(q->gates, s->I, s->I) && nrnn_fits(q->rows, q->stride + s->H, 1);
}

nrnn_recurrent_sizes nrnn_sequence_sizes(const nrnn_sequence *q) {
    const int64_t H = q->shape->H, states = q->cell->cell_state ? q->rows * H : 0;
    const int64_t inner = q->inner ? H : 0;
    return (nrnn_recurrent_sizes){.packed = q->layout.total,
                                  .reserve = q->rows * q->stride + states,
                                  .workspace = q->shape->B * (q->W + H + inner)};
}
