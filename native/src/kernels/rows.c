/* rows.c - kernels over the rows of a matrix: sums, softmax with cross entropy. */
#include "kernels/kernels.h"
#include "kernels/vec_math.h"

#include <math.h>

enum { SUM_COLUMNS = 64 };

/* A stripe of columns at a time, so that the sums stay in the first-level cache. */
void NRNN_NAME(add_column_sums)(int64_t rows, int64_t columns, const float *x, int64_t stride, float *to, float *also) {
    vd sums[SUM_COLUMNS / NRNN_LANES];
    for (int64_t c0 = 0; c0 < columns; c0 += SUM_COLUMNS) {
        const int64_t n = columns - c0 < SUM_COLUMNS ? columns - c0 : SUM_COLUMNS;
        for (int64_t c = 0; c < n; c += NRNN_LANES)
            sums[c / NRNN_LANES] = vd_zero();
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t c = 0; c < n; c += NRNN_LANES)
                sums[c / NRNN_LANES] = vd_add(sums[c / NRNN_LANES], vf_load_n(x + r * stride + c0 + c, n - c));
        for (int64_t c = 0; c < n; c += NRNN_LANES) {
            const vf sum = vd_round(sums[c / NRNN_LANES]);
            vf_store_n(to + c0 + c, vf_add(vf_load_n(to + c0 + c, n - c), sum), n - c);
            if (also)
                vf_store_n(also + c0 + c, vf_add(vf_load_n(also + c0 + c, n - c), sum), n - c);
        }
    }
}

void NRNN_NAME(add_column_products)(int64_t rows, int64_t columns, const float *x, int64_t x_stride, const float *y,
                                    int64_t y_stride, float *to) {
    vd sums[SUM_COLUMNS / NRNN_LANES];
    for (int64_t c0 = 0; c0 < columns; c0 += SUM_COLUMNS) {
        const int64_t n = columns - c0 < SUM_COLUMNS ? columns - c0 : SUM_COLUMNS;
        for (int64_t c = 0; c < n; c += NRNN_LANES)
            sums[c / NRNN_LANES] = vd_zero();
        for (int64_t r = 0; r < rows; ++r)
            for (int64_t c = 0; c < n; c += NRNN_LANES) {
                const vf a = vf_load_n(x + r * x_stride + c0 + c, n - c),
                         b = vf_load_n(y + r * y_stride + c0 + c, n - c);
                sums[c / NRNN_LANES] = vd_add(sums[c / NRNN_LANES], vf_mul(a, b));
            }
        for (int64_t c = 0; c < n; c += NRNN_LANES)
            vf_store_n(to + c0 + c, vf_add(vf_load_n(to + c0 + c, n - c), vd_round(sums[c / NRNN_LANES])), n - c);
    }
}

void NRNN_NAME(add)(int64_t n, const float *x, float *y) {
    for (int64_t i = 0; i < n; i += NRNN_LANES)
        vf_store_n(y + i, vf_add(vf_load_n(y + i, n - i), vf_load_n(x + i, n - i)), n - i);
}

static float highest(int64_t V, const float *logits) {
    if (V < NRNN_LANES) {
        float best = logits[0];
        for (int64_t v = 1; v < V; ++v)
            best = logits[v] > best ? logits[v] : best;
        return best;
    }
    vf best = vf_load(logits);
    for (int64_t v = NRNN_LANES; v < V; v += NRNN_LANES) /* the last vector overlaps the one before */
        best = vf_max(best, vf_load(logits + (v + NRNN_LANES <= V ? v : V - NRNN_LANES)));
    return vf_highest(best);
}

/* A NaN among the logits need not survive the search for the highest: it comes back in the sum of the exponentials. */
double NRNN_NAME(cross_entropy_row)(int64_t V, double scale, const float *logits, int32_t target, float *dlogits) {
    const float top = highest(V, logits), of_target = logits[target];
    const int64_t whole = V / NRNN_LANES * NRNN_LANES;
    vd sums = vd_zero();
    float rest[NRNN_LANES] = {0};
    for (int64_t v = 0; v < whole; v += NRNN_LANES) {
        vf e = vf_exp(vf_sub(vf_load(logits + v), vf_set(top)));
        sums = vd_add(sums, e);
        if (dlogits)
            vf_store(dlogits + v, e);
    }
    double sum = vd_total(sums);
    if (whole < V) {
        vf_store(rest, vf_exp(vf_sub(vf_load_part(logits + whole, V - whole), vf_set(top))));
        for (int64_t v = whole; v < V; ++v) {
            sum += (double)rest[v - whole];
            if (dlogits)
                dlogits[v] = rest[v - whole];
        }
    }
    if (dlogits) {
        const float p_target = (float)(scale * ((double)dlogits[target] / sum - 1));
        const vf factor = vf_set((float)(scale / sum));
        for (int64_t v = 0; v < V; v += NRNN_LANES)
            vf_store_n(dlogits + v, vf_mul(vf_load_n(dlogits + v, V - v), factor), V - v);
        dlogits[target] = p_target;
    }
    return log(sum) + ((double)top - (double)of_target);
}

/* With A = (1-e)*w[target] + e/V*sum(w) the row's loss is A*(lse - of_target) + e/V * sum over v of w[v]*(of_target -
 * logits[v]): nothing cancels where logits are large. */
double NRNN_NAME(weighted_cross_entropy_row)(int64_t V, const nrnn_class_step *s, const float *logits, int32_t target,
                                             float *dlogits) {
    const double of_target = (double)logits[target], share = s->smoothing / (double)V;
    const double weight = s->weights ? (double)s->weights[target] : 1;
    const double factor = (1 - s->smoothing) * weight + share * s->weight_sum;
    double gap = 0;
    for (int64_t v = 0; s->smoothing > 0 && v < V; ++v)
        gap += (s->weights ? (double)s->weights[v] : 1) * (of_target - (double)logits[v]);
    const double plain = NRNN_NAME(cross_entropy_row)(V, s->scale * factor, logits, target, dlogits);
    if (dlogits && s->smoothing > 0) {
        for (int64_t v = 0; v < V; ++v)
            dlogits[v] -= (float)(s->scale * share * (s->weights ? (double)s->weights[v] : 1));
        dlogits[target] += (float)(s->scale * share * s->weight_sum);
    }
    return factor * plain + share * gap;
}
