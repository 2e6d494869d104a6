/* forward.c - the steps of a recurrent layer forward, as one part of the threads takes them. */
#include "states.h"

/* One gate's recurrent product on the open path, for the units of a part. Where its block holds the input's part it is
 * added to that. */
static void open_product(const nrnn_sequence *q, const nrnn_cell_step *step, const nrnn_cell_factor *f, int32_t gate) {
    const nrnn_pack_layout *l = &q->layout;
    const int64_t block = (int64_t)(f->block + gate) * step->H, panel = (int64_t)l->gates * l->units * l->K;
    nrnn_panel_product product = {.rows = step->rows,
                                  .K = l->K,
                                  .N = step->end - step->unit,
                                  .accumulate = block >= q->first,
                                  .a = step->before.seen,
                                  .a_stride = step->before.seen_stride,
                                  .panels = step->panels + step->unit / l->units * panel +
                                            (int64_t)(f->gate + gate) * l->K * l->units,
                                  .panel_stride = panel,
                                  .y = step->gates + block + step->unit,
                                  .y_stride = q->stride};
    if (f->input >= 0) {
        product.a = step->gates + (int64_t)f->input * step->H;
        product.a_stride = q->stride;
    } else if (!product.a) { /* zeros: nothing to multiply, and any address will do */
        product.a = step->gates;
        product.K = 0;
    }
    q->context->kernels->panel_product(&product);
}

/* Those before a phase: the first makes what the second multiplies. */
static void open_products(const nrnn_sequence *q, int phase, const nrnn_cell_step *step) {
    for (const nrnn_cell_factor *f = q->cell->factors; f < q->cell->factors + NRNN_FACTORS; ++f)
        for (int32_t gate = 0; (f->input >= 0) == (phase > 0) && gate < f->gates; ++gate)
            open_product(q, step, f, gate);
}

/* y = inner w_hr^T, for the columns of a part. */
static void project(const nrnn_sequence *q, const nrnn_part *part, const nrnn_cell_step *step, float *y) {
    const nrnn_pack_layout *l = &q->layout;
    const int64_t width = 2 * (int64_t)l->lanes;
    nrnn_meet(part);
    q->context->kernels->panel_product(
        &(nrnn_panel_product){.rows = step->rows,
                              .K = step->H,
                              .N = part->column_end - part->column,
                              .a = step->gates + q->inner,
                              .a_stride = q->stride,
                              .panels = q->packed + l->project + part->column / width * step->H * width,
                              .panel_stride = step->H * width,
                              .y = y + part->column,
                              .y_stride = q->shape->y_stride});
}

static void take_step(const nrnn_sequence *q, const nrnn_part *part, nrnn_place at, nrnn_cell_step *step) {
    const nrnn_recurrent_shape *s = q->shape;
    float *states = nrnn_cell_states(q), *y = q->forward->y + (at.row + part->row) * s->y_stride;
    step->gates = q->reserve + (at.row + part->row) * q->stride;
    step->before = nrnn_states_before(q, part, at);
    step->c = states ? states + (at.row + part->row) * s->H : NULL;
    step->y = q->inner ? step->gates + q->inner : y;
    for (int phase = 0; phase < NRNN_PHASES && q->kernels->forward[phase]; ++phase) {
        if (phase > 0)
            nrnn_meet(part);
        if (q->open)
            open_products(q, phase, step);
        q->kernels->forward[phase](step);
    }
    if (q->inner)
        project(q, part, step, y);
    if (q->zoneout)
        nrnn_states_zone(q, part, at);
}

static void forward_part(const nrnn_sequence *q, const nrnn_part *part) {
    const nrnn_recurrent_shape *s = q->shape;
    nrnn_cell_step step = {.H = s->H,
                           .unit = part->unit,
                           .end = part->unit_end,
                           .K = (int32_t)q->W,
                           .panels = q->packed,
                           .bias = q->packed + q->layout.bias,
                           .settings = &q->settings,
                           .gates_stride = q->stride,
                           .y_stride = q->inner ? q->stride : s->y_stride};
    for (nrnn_place at = nrnn_place_of(q, q->from); at.i < q->to; at = nrnn_place_after(q, at)) {
        step.rows = (int32_t)nrnn_part_rows(q, part, at);
        if (step.rows == 0)
            continue;
        if (nrnn_states_are_gathered(q)) {
            nrnn_states_gather(q, part, at);
            nrnn_meet(part);
        }
        take_step(q, part, at, &step);
        nrnn_meet(part);
    }
}

void nrnn_sequence_forward(const nrnn_sequence *q) {
    nrnn_sequence_run(q, forward_part);
    if (q->to == q->shape->T)
        nrnn_states_final(q);
}
