/* backward.c - the steps of a recurrent layer backward, as one part of the threads takes them: pointwise derivatives,
 * then their products with w_hh. */
#include "states.h"

#include <string.h>

/* The gradients in the workspace. */
typedef struct workspace {
    nrnn_gradients states;
    float *inner; /* [B, H], of what is projected */
} workspace;

static workspace workspace_of(const nrnn_sequence *q) {
    const int64_t h = q->shape->B * q->W, c = (int64_t)q->shape->B * q->shape->H;
    float *dh = q->workspace, *dc = dh + h, *inner = dc + c, *kept_h = inner + (q->inner ? c : 0);
    return (workspace){{dh, dc, kept_h, kept_h + h}, inner};
}

/* dh += dy, for the columns of a part. */
static void add_output(const nrnn_sequence *q, const nrnn_part *part, const nrnn_cell_step_back *back, float *dh) {
    const int64_t columns = part->column_end - part->column;
    for (int64_t r = 0; back->dy && r < back->rows && columns > 0; ++r)
        q->context->kernels->add(columns, back->dy + r * back->dy_stride + part->column, dh + r * q->W + part->column);
}

/* The product after a phase, for the rows and columns of a part: the rows of w_hh of the phase's gates times theirs. */
static void phase_product(const nrnn_sequence *q, const nrnn_part *part, const nrnn_cell_phase *phase,
                          const nrnn_cell_step_back *back, float *to) {
    const int32_t H = q->shape->H;
    const nrnn_pack_layout *l = &q->layout;
    const int64_t panel = q->gates * 2 * l->lanes;
    const bool masked = q->h_mask && phase->to != NRNN_TO_DC;
    q->context->kernels->panel_product(&(nrnn_panel_product){
        .rows = back->rows,
        .K = phase->gates * H,
        .N = part->column_end - part->column,
        .accumulate = phase->to == NRNN_ADD_TO_DH,
        .a = back->gates + (int64_t)phase->block * H,
        .a_stride = q->stride,
        .panels = q->packed + l->back + nrnn_pack_back_row(l, phase->gate) + part->column / (2 * l->lanes) * panel,
        .panel_stride = panel,
        .y = to + part->column,
        .y_stride = q->W,
        .mask = masked ? q->h_mask + part->row * q->W + part->column : NULL,
        .mask_stride = q->W});
}

/* dh, kept in the reserve for the gradient of w_hr; its product with w_hr is the gradient of what was projected. */
static void unproject(const nrnn_sequence *q, const nrnn_part *part, const nrnn_cell_step_back *back, const float *dh) {
    const nrnn_pack_layout *l = &q->layout;
    const int64_t width = 2 * (int64_t)l->lanes, columns = part->column_end - part->column;
    for (int64_t r = 0; r < back->rows && columns > 0; ++r)
        memcpy(back->gates + r * q->stride + q->outer + part->column, dh + r * q->W + part->column,
               (size_t)columns * sizeof(float));
    nrnn_meet(part);
    q->context->kernels->panel_product(
        &(nrnn_panel_product){.rows = back->rows,
                              .K = (int32_t)q->W,
                              .N = part->unit_end - part->unit,
                              .a = back->gates + q->outer,
                              .a_stride = q->stride,
                              .panels = q->packed + l->unproject + part->unit / width * q->W * width,
                              .panel_stride = q->W * width,
                              .y = back->dh + part->unit,
                              .y_stride = back->H});
}

static void take_step(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, nrnn_cell_step_back *back,
                      const workspace *w) {
    const nrnn_recurrent_backward_args *a = q->backward;
    const float *states = nrnn_cell_states(q);
    float *dh = w->states.dh + part->row * q->W;
    back->gates = q->reserve + (at.row + part->row) * q->stride;
    back->before = nrnn_states_before(q, part, at);
    back->c = states ? states + (at.row + part->row) * back->H : NULL;
    back->dy = a->dy ? a->dy + (at.row + part->row) * back->dy_stride : NULL;
    if (q->inner || q->zoneout) { /* dh is needed whole */
        add_output(q, part, back, dh);
        back->dy = NULL;
    }
    if (q->zoneout)
        nrnn_states_unzone(q, part, at, &w->states);
    if (q->inner)
        unproject(q, part, back, dh);
    for (int phase = 0; phase < NRNN_PHASES && q->kernels->backward[phase]; ++phase) {
        const nrnn_cell_phase *p = &q->cell->phases[phase];
        q->kernels->backward[phase](back);
        nrnn_meet(part);
        if (p->gates > 0 && (at.i > 0 || a->dh_0 || p->to == NRNN_TO_DC))
            phase_product(q, part, p, back, p->to == NRNN_TO_DC ? back->dc : dh);
    }
    if (q->zoneout)
        nrnn_states_rezone(q, part, at, &w->states);
}

static void backward_part(const nrnn_sequence *q, const nrnn_part *part) {
    const nrnn_recurrent_shape *s = q->shape;
    const workspace w = workspace_of(q);
    const int64_t state = part->row * s->H;
    nrnn_cell_step_back back = {.H = s->H,
                                .unit = part->unit,
                                .end = part->unit_end,
                                .settings = &q->settings,
                                .gates_stride = q->stride,
                                .h_mask = q->h_mask ? q->h_mask + part->row * q->W : NULL,
                                .dy_stride = s->y_stride,
                                .dh = (q->inner ? w.inner : w.states.dh) + state,
                                .dc = w.states.dc + state};
    for (nrnn_place at = nrnn_place_of(q, q->to - 1); at.i >= q->from; at = nrnn_place_before(q, at)) {
        back.rows = (int32_t)nrnn_part_rows(q, part, at);
        if (back.rows > 0)
            take_step(q, part, at, &back, &w);
    }
}

/* Copies, or zeros where there is nothing to copy. */
static void copy_or_clear(float *to, const float *from, size_t bytes) {
    if (from)
        memcpy(to, from, bytes);
    else
        memset(to, 0, bytes);
}

void nrnn_sequence_backward(const nrnn_sequence *q) {
    const nrnn_recurrent_backward_args *a = q->backward;
    const workspace w = workspace_of(q);
    const size_t h = (size_t)(q->shape->B * q->W) * sizeof(float);
    const size_t c = (size_t)q->shape->B * (size_t)q->shape->H * sizeof(float);
    if (q->to == q->shape->T) {
        copy_or_clear(w.states.dh, a->dh_n, h);
        copy_or_clear(w.states.dc, a->dc_n, c);
    }
    nrnn_sequence_run(q, backward_part);
    if (q->from > 0)
        return;
    if (a->dh_0)
        memcpy(a->dh_0, w.states.dh, h);
    if (a->dc_0)
        memcpy(a->dc_0, w.states.dc, c);
}
