/* shape.c - see shape.h. */
#include "shape.h"

#include "gemm.h"

#include <math.h>

enum { NORM_STATISTICS = 16 }; /* three, and a cache line is whole */

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

static bool can_mask(const nrnn_cell_row *cell) {
    return cell->factors[0].gates > 0 || nrnn_cell_has(cell, NRNN_VECTOR_HH);
}

static bool needs_alpha(int32_t kind) {
    return kind == NRNN_ACTIVATION_ELU || kind == NRNN_ACTIVATION_LEAKY_RELU ||
           kind == NRNN_ACTIVATION_THRESHOLDED_RELU;
}

/* own: the cell's; of no kind where it has no such place. The function is set where there is one. */
static bool activation_ok(nrnn_sequence *q, const nrnn_activation *asked, const nrnn_activation *own,
                          nrnn_function *function) {
    const nrnn_activation *a = asked->kind == NRNN_ACTIVATION_DEFAULT ? own : asked;
    if (asked->kind < 0 || asked->kind >= NRNN_ACTIVATION_COUNT || !isfinite(a->alpha) || !isfinite(a->beta) ||
        (needs_alpha(a->kind) && a->alpha < 0) || (a->kind == NRNN_ACTIVATION_SCALED_TANH && a->alpha == 0) ||
        (asked->kind != NRNN_ACTIVATION_DEFAULT && own->kind == NRNN_ACTIVATION_DEFAULT))
        return false;
    *function = (nrnn_function){.kind = a->kind, .alpha = a->alpha, .beta = a->beta};
    if (a->kind == NRNN_ACTIVATION_THRESHOLDED_RELU)
        function->beta = nextafterf(a->alpha, INFINITY);
    q->open = q->open || a->kind != own->kind;
    return true;
}

/* The values at the limits of a clipped sum, by the kernel that makes them in the steps. */
static void set_limits(const nrnn_sequence *q, nrnn_function *function) {
    const float clip = q->shape->clip, sums[2] = {-clip, clip};
    float values[2];
    q->context->kernels->activation(function, 2, sums, values);
    function->clipped = 1;
    function->low = fminf(values[0], values[1]);
    function->high = fmaxf(values[0], values[1]);
}

/* Which functions there are, and whether the fused ones will do. */
static bool set_functions(nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    nrnn_cell_settings *k = &q->settings;
    q->open = q->cell->tile_gates == 0 || s->clip > 0;
    if (!activation_ok(q, &s->gate, &q->cell->gate, &k->gate) ||
        !activation_ok(q, &s->candidate, &q->cell->candidate, &k->candidate) ||
        !activation_ok(q, &s->output, &q->cell->output, &k->output))
        return false;
    k->clip = s->clip > 0 ? s->clip : INFINITY;
    if (s->clip > 0) {
        if (k->gate.kind != NRNN_ACTIVATION_DEFAULT)
            set_limits(q, &k->gate);
        set_limits(q, &k->candidate);
    }
    const nrnn_kernels *kernels = q->context->kernels;
    q->kernels = (q->open ? kernels->open : kernels->cell) + s->cell;
    return true;
}

/* Makes room in a row of the reserve; returns where. */
static int64_t room(int64_t *row, int64_t floats) {
    const int64_t at = *row;
    *row += floats;
    return at;
}

/* What the calls need beside the cell's blocks goes to the end of a row of the reserve. */
static void set_row(nrnn_sequence *q) {
    const nrnn_recurrent_shape *s = q->shape;
    const nrnn_cell_row *cell = q->cell;
    const bool ragged = s->R > 0;
    int64_t row = (int64_t)(cell->gates + cell->kept) * s->H;
    q->first = (int64_t)cell->kept * s->H;
    if (cell->normalised)
        q->settings.statistics = (int32_t)room(&row, NORM_STATISTICS);
    if (ragged || (cell->keeps_h && !s->masked))
        q->h_before = room(&row, q->W);
    if (s->masked)
        q->seen = room(&row, q->W);
    if (cell->cell_state && (ragged || cell->keeps_c || s->zoneout))
        q->c_before = room(&row, s->H);
    if (s->P > 0) {
        q->inner = room(&row, s->H);
        q->outer = room(&row, q->W);
    }
    q->stride = row_stride(row);
}

bool nrnn_sequence_of(nrnn_context *context, const nrnn_recurrent_shape *s, nrnn_sequence *q) {
    if (!context || !s || !fields_ok(s))
        return false;
    const nrnn_cell_row *cell = &nrnn_cells[s->cell];
    if ((s->P > 0 && !can_project(cell)) || (s->masked && !can_mask(cell)))
        return false;
    const int32_t lanes = context->kernels->lanes, W = s->P > 0 ? s->P : s->H;
    *q = (nrnn_sequence){.context = context,
                         .shape = s,
                         .cell = cell,
                         .W = W,
                         .gates = (int64_t)cell->gates * s->H,
                         .rows = s->R > 0 ? s->R : (int64_t)s->T * s->B};
    if (!set_functions(q))
        return false;
    q->layout = (nrnn_pack_layout){.lanes = lanes,
                                   .gates = cell->gates,
                                   .H = s->H,
                                   .K = W,
                                   .P = s->P,
                                   .units = q->open ? 2 * lanes : 2 / cell->tile_gates * lanes,
                                   .products = cell->factors[0].gates > 0,
                                   .split_bias = cell->split_bias,
                                   .back_first = cell->back_first,
                                   .vector_list = cell->vectors};
    set_row(q);
    return nrnn_pack_layout_complete(&q->layout) && nrnn_gemm_fits(q->rows, s->I, s->x_stride) &&
           nrnn_gemm_fits(q->rows, W, s->y_stride) && nrnn_gemm_fits(q->rows, q->stride, q->stride) &&
           nrnn_fits(q->shape->B, 4 * (int64_t)nrnn_max(W, s->H), 1) && nrnn_gemm_fits(q->gates, s->I, s->I) &&
           nrnn_fits(q->rows, q->stride + s->H, 1);
}

nrnn_recurrent_sizes nrnn_sequence_sizes(const nrnn_sequence *q) {
    const int64_t H = q->shape->H, states = q->cell->cell_state ? q->rows * H : 0;
    const int64_t inner = q->inner ? H : 0, kept = q->shape->zoneout ? q->W + H : 0;
    return (nrnn_recurrent_sizes){.packed = q->layout.total,
                                  .reserve = q->rows * q->stride + states,
                                  .workspace = q->shape->B * (q->W + H + inner + kept)};
}
