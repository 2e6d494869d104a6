/* pack.c - see pack.h. */
#include "pack.h"

#include "kernels/transpose.h"
#include "pool.h"

#include <string.h>

typedef struct pack_job {
    const nrnn_pack_layout *layout;
    const float *w_hh, *b_ih, *b_hh;
    float *packed;
} pack_job;

/* Floats of the biases of a panel. */
static int64_t panel_bias(const nrnn_pack_layout *l) {
    return (int64_t)l->units * (l->gates + (l->split_bias ? 1 : 0));
}

bool nrnn_pack_layout_complete(nrnn_pack_layout *l) {
    l->panels = nrnn_ceil_div(l->H, l->units);
    l->back_panels = nrnn_ceil_div(l->H, 2 * l->lanes);
    if (!nrnn_fits(2 * (l->back_panels + 1) * 2 * l->lanes, l->gates + 1, (int64_t)l->H + 1))
        return false;
    l->bias = l->panels * l->units * l->gates * l->H;
    l->back = l->bias + l->panels * panel_bias(l);
    l->total = l->back + l->back_panels * 2 * l->lanes * l->gates * l->H;
    return true;
}

/* The biases of a panel. */
static void pack_bias(const pack_job *job, int64_t first, float *bias) {
    const nrnn_pack_layout *l = job->layout;
    const int64_t H = l->H, U = l->units;
    for (int64_t gate = 0; gate < l->gates; ++gate)
        for (int64_t u = 0; u < U; ++u) {
            const int64_t row = gate * H + first + u;
            const bool real = first + u < H, split = l->split_bias && gate == l->gates - 1;
            const float b_ih = real && job->b_ih ? job->b_ih[row] : 0, b_hh = real && job->b_hh ? job->b_hh[row] : 0;
            bias[gate * U + u] = split ? b_ih : b_ih + b_hh;
            if (split)
                bias[(gate + 1) * U + u] = b_hh;
        }
}

static void pack_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t H = l->H, U = l->units, width = 2 * l->lanes, first = index * U, units = nrnn_min(U, H - first);
    float *panel = job->packed + index * U * l->gates * H;
    if (units < U)
        memset(panel, 0, (size_t)(U * l->gates * H) * sizeof(float));
    for (int64_t gate = 0; gate < l->gates; ++gate) {
        const int64_t column = gate * U;
        nrnn_transpose(job->w_hh + (gate * H + first) * H, H, units, H,
                       panel + column / width * H * width + column % width, width);
    }
    pack_bias(job, first, job->packed + l->bias + index * panel_bias(l));
}

static void pack_back_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t H = l->H, width = 2 * l->lanes, column = index * width;
    const int64_t columns = nrnn_min(width, H - column);
    float *panel = job->packed + l->back + index * width * l->gates * H;
    for (int64_t i = 0, k = l->back_first * H; i < l->gates * H; ++i, panel += width) {
        memcpy(panel, job->w_hh + k * H + column, (size_t)columns * sizeof(float));
        memset(panel + columns, 0, (size_t)(width - columns) * sizeof(float));
        k = k + 1 < l->gates * H ? k + 1 : 0;
    }
}

void nrnn_pack_weights(nrnn_context *context, const nrnn_pack_layout *layout, const float *w_hh, const float *b_ih,
                       const float *b_hh, float *packed) {
    pack_job job = {layout, w_hh, b_ih, b_hh, packed};
    nrnn_work work[] = {{pack_panel, &job, layout->panels}, {pack_back_panel, &job, layout->back_panels}};
    nrnn_pool_run_list(context->pool, work, 2);
}
