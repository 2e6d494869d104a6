/* rows.c - see rows.h. */
#include "rows.h"

static int64_t rows_before(const nrnn_sequence *q, int64_t t) {
    if (!q->step_rows)
        return t * q->shape->B;
    int64_t rows = 0;
    for (int64_t i = 0; i < t; ++i)
        rows += q->step_rows[i];
    return rows;
}

nrnn_place nrnn_place_of(const nrnn_sequence *q, int64_t i) {
    const int64_t t = q->shape->reverse ? q->shape->T - 1 - i : i;
    return (nrnn_place){i, t, rows_before(q, t)};
}

nrnn_span nrnn_span_of(const nrnn_sequence *q, int64_t from, int64_t to) {
    const int64_t T = q->shape->T, t = q->shape->reverse ? T - to : from, row = rows_before(q, t);
    return (nrnn_span){row, rows_before(q, t + to - from) - row};
}

bool nrnn_step_rows_ok(const nrnn_recurrent_shape *s, const int32_t *step_rows) {
    if (s->R == 0 || !step_rows)
        return s->R == 0 && !step_rows;
    int64_t rows = 0;
    for (int64_t t = 0; t < s->T; ++t) {
        if (step_rows[t] < 1 || step_rows[t] > (t == 0 ? s->B : step_rows[t - 1]))
            return false;
        rows += step_rows[t];
    }
    return rows == s->R;
}

int64_t nrnn_rows_border(const nrnn_sequence *q, int64_t parts, int64_t index) {
    const int64_t B = q->shape->B;
    if (!q->step_rows || index >= parts)
        return nrnn_part_begin(B, parts, index, 1);
    const int64_t wanted = q->rows * index / parts;
    int64_t length = q->shape->T, steps = 0, b = 0; /* length: of row b; steps: of the rows before it */
    for (; b < B && steps < wanted; ++b, steps += length)
        while (length > 0 && q->step_rows[length - 1] <= b)
            --length;
    return b;
}
