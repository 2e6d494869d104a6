/* pack.c - see pack.h. */
#include "pack.h"

#include "kernels/transpose.h"
#include "pool.h"

#include <string.h>

typedef struct pack_job {
    const nrnn_pack_layout *layout;
    const nrnn_recurrent_weights *weights;
    float *packed;
} pack_job;

/* Floats of the biases of a panel. */
static int64_t panel_bias(const nrnn_pack_layout *l) {
    return (int64_t)l->units * (l->gates + (l->split_bias ? 1 : 0));
}

bool nrnn_pack_layout_complete(nrnn_pack_layout *l) {
    const int64_t width = 2 * (int64_t)l->lanes, widest = nrnn_max(l->H, l->K) + 2 * width;
    if (!nrnn_fits(4 * widest, l->gates + 1, widest))
        return false;
    const int64_t rows = l->products ? (int64_t)l->gates * l->H : 0;
    const int64_t project = l->P > 0 ? nrnn_ceil_div(l->P, width) * width * l->H : 0;
    const int64_t unproject = l->P > 0 ? nrnn_ceil_div(l->H, width) * width * l->P : 0;
    l->panels = nrnn_ceil_div(l->H, l->units);
    l->back_panels = nrnn_ceil_div(l->K, width);
    l->bias = l->products ? l->panels * l->units * l->gates * l->K : 0;
    l->back = l->bias + l->panels * panel_bias(l);
    l->project = l->back + l->back_panels * width * rows;
    l->unproject = l->project + project;
    l->vectors = l->unproject + unproject;
    l->total = l->vectors;
    for (int i = 0; i < NRNN_VECTORS; ++i)
        l->total += l->vector_list[i].blocks * (int64_t)l->H;
    return true;
}

/* The biases of a panel. */
static void pack_bias(const pack_job *job, int64_t first, float *bias) {
    const nrnn_pack_layout *l = job->layout;
    const float *of_ih = job->weights->b_ih, *of_hh = job->weights->b_hh;
    const int64_t H = l->H, U = l->units;
    for (int64_t gate = 0; gate < l->gates; ++gate)
        for (int64_t u = 0; u < U; ++u) {
            const int64_t row = gate * H + first + u;
            const bool real = first + u < H, split = l->split_bias && gate == l->gates - 1;
            const float b_ih = real && of_ih ? of_ih[row] : 0, b_hh = real && of_hh ? of_hh[row] : 0;
            bias[gate * U + u] = split ? b_ih : b_ih + b_hh;
            if (split)
                bias[(gate + 1) * U + u] = b_hh;
        }
}

static void pack_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t K = l->K, U = l->units, width = 2 * l->lanes, first = index * U, units = nrnn_min(U, l->H - first);
    pack_bias(job, first, job->packed + l->bias + index * panel_bias(l));
    if (!l->products)
        return;
    float *panel = job->packed + index * U * l->gates * K;
    if (units < U)
        memset(panel, 0, (size_t)(U * l->gates * K) * sizeof(float));
    for (int64_t gate = 0; gate < l->gates; ++gate) {
        const int64_t column = gate * U;
        nrnn_transpose(job->weights->w_hh + (gate * l->H + first) * K, K, units, K,
                       panel + column / width * K * width + column % width, width);
    }
}

/* Columns of a matrix of `rows` rows, from `first` on and around. */
static void pack_columns(const nrnn_pack_layout *l, const float *w, int64_t rows, int64_t first, int64_t all_columns,
                         int64_t column, float *panel) {
    const int64_t width = 2 * l->lanes, columns = nrnn_min(width, all_columns - column);
    for (int64_t i = 0, k = first; i < rows; ++i, panel += width) {
        memcpy(panel, w + k * all_columns + column, (size_t)columns * sizeof(float));
        memset(panel + columns, 0, (size_t)(width - columns) * sizeof(float));
        k = k + 1 < rows ? k + 1 : 0;
    }
}

static void pack_back_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t rows = (int64_t)l->gates * l->H, column = index * 2 * l->lanes;
    pack_columns(l, job->weights->w_hh, rows, (int64_t)l->back_first * l->H, l->K, column,
                 job->packed + l->back + column * rows);
}

static void pack_project_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t H = l->H, width = 2 * l->lanes, row = index * width, rows = nrnn_min(width, l->P - row);
    float *panel = job->packed + l->project + row * H;
    if (rows < width)
        memset(panel, 0, (size_t)(width * H) * sizeof(float));
    nrnn_transpose(job->weights->w_hr + row * H, H, rows, H, panel, width);
}

static void pack_unproject_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t column = index * 2 * l->lanes;
    pack_columns(l, job->weights->w_hr, l->P, 0, l->H, column, job->packed + l->unproject + column * l->P);
}

const float *nrnn_weights_vector(const nrnn_recurrent_weights *w, nrnn_vector_kind kind) {
    switch (kind) {
    case NRNN_VECTOR_PEEPHOLE:
        return w->w_peephole;
    case NRNN_VECTOR_IH_GAIN:
        return w->ln_ih_gain;
    case NRNN_VECTOR_HH_GAIN:
        return w->ln_hh_gain;
    case NRNN_VECTOR_C_GAIN:
        return w->ln_c_gain;
    case NRNN_VECTOR_C_BIAS:
        return w->ln_c_bias;
    case NRNN_VECTOR_HH:
        return w->w_hh;
    case NRNN_VECTOR_NONE:
        break;
    }
    return NULL;
}

static void pack_vectors(const pack_job *job) {
    const nrnn_pack_layout *l = job->layout;
    float *to = job->packed + l->vectors;
    for (const nrnn_cell_vector *v = l->vector_list; v < l->vector_list + NRNN_VECTORS && v->blocks > 0; ++v) {
        const int64_t floats = v->blocks * (int64_t)l->H;
        memcpy(to, nrnn_weights_vector(job->weights, v->kind), (size_t)floats * sizeof(float));
        to += floats;
    }
}

void nrnn_pack_weights(nrnn_context *context, const nrnn_pack_layout *l, const nrnn_recurrent_weights *weights,
                       float *packed) {
    pack_job job = {l, weights, packed};
    const int64_t width = 2 * (int64_t)l->lanes;
    nrnn_work work[] = {{pack_panel, &job, l->panels},
                        {pack_back_panel, &job, l->products ? l->back_panels : 0},
                        {pack_project_panel, &job, nrnn_ceil_div(l->P, width)},
                        {pack_unproject_panel, &job, l->P > 0 ? nrnn_ceil_div(l->H, width) : 0}};
    nrnn_pool_run_list(context->pool, work, 4);
    pack_vectors(&job);
}
