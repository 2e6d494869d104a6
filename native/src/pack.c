/* pack.c - see pack.h. */
#include "pack.h"

#include "pool.h"

#include <string.h>

typedef struct pack_job {
    const nrnn_pack_layout *layout;
    const float *w_hh, *b_ih, *b_hh;
    float *packed;
} pack_job;

bool nrnn_pack_layout_of(int32_t lanes, int32_t gates, int32_t H, nrnn_pack_layout *layout) {
    nrnn_pack_layout l = {.lanes = lanes, .gates = gates, .H = H};
    l.panels = nrnn_ceil_div(H, lanes);
    l.back_panels = nrnn_ceil_div(H, 2 * lanes);
    if (!nrnn_fits(2 * (l.panels + 1) * lanes, gates, (int64_t)H + 1))
        return false;
    l.bias = l.panels * lanes * gates * H;
    l.back = l.bias + l.panels * lanes * gates;
    l.total = l.back + l.back_panels * 2 * lanes * gates * H;
    *layout = l;
    return true;
}

/* Transposes row `unit` of a gate (or zeros) into column `column` of a panel. */
static void pack_column(const float *row, int64_t H, int64_t width, int64_t column, float *panel) {
    for (int64_t k = 0; k < H; ++k)
        panel[k * width + column] = row ? row[k] : 0;
}

static void pack_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t H = l->H, L = l->lanes, width = 2 * L;
    float *panel = job->packed + index * L * l->gates * H;
    float *bias = job->packed + l->bias + index * L * l->gates;
    for (int64_t gate = 0; gate < l->gates; ++gate)
        for (int64_t lane = 0; lane < L; ++lane) {
            int64_t unit = index * L + lane, row = gate * H + unit;
            bool real = unit < H;
            pack_column(real ? job->w_hh + row * H : NULL, H, width, gate % 2 * L + lane, panel + gate / 2 * H * width);
            bias[gate * L + lane] = real && job->b_ih ? job->b_ih[row] + job->b_hh[row] : 0;
        }
}

static void pack_back_panel(void *argument, int64_t index) {
    const pack_job *job = argument;
    const nrnn_pack_layout *l = job->layout;
    const int64_t H = l->H, width = 2 * l->lanes, column = index * width;
    const int64_t columns = nrnn_min(width, H - column);
    float *panel = job->packed + l->back + index * width * l->gates * H;
    for (int64_t k = 0; k < l->gates * H; ++k, panel += width) {
        memcpy(panel, job->w_hh + k * H + column, (size_t)columns * sizeof(float));
        memset(panel + columns, 0, (size_t)(width - columns) * sizeof(float));
    }
}

void nrnn_pack_weights(nrnn_context *context, const nrnn_pack_layout *layout, const float *w_hh, const float *b_ih,
                       const float *b_hh, float *packed) {
    pack_job job = {layout, w_hh, b_ih, b_hh, packed};
    nrnn_work work[] = {{pack_panel, &job, layout->panels}, {pack_back_panel, &job, layout->back_panels}};
    nrnn_pool_run_list(context->pool, work, 2);
}
