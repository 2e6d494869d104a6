/* tape.c - see tape.h. */
#include "tape.h"

#include <stdlib.h>

static int32_t push(tape *t, double value, tape_entry entry) {
    if (t->length == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 4096;
        t->entries = realloc(t->entries, (size_t)t->capacity * sizeof *t->entries);
        t->value = realloc(t->value, (size_t)t->capacity * sizeof *t->value);
        t->gradient = realloc(t->gradient, (size_t)t->capacity * sizeof *t->gradient);
        if (!t->entries || !t->value || !t->gradient)
            abort();
    }
    t->entries[t->length] = entry;
    t->value[t->length] = value;
    t->gradient[t->length] = 0;
    return t->length++;
}

void tape_free(tape *t) {
    free(t->entries);
    free(t->value);
    free(t->gradient);
    *t = (tape){0};
}

void tape_cut(tape *t, int32_t length) {
    t->length = length;
}

void tape_play(tape *t) {
    for (int32_t i = t->length - 1; i >= 0; --i) {
        const tape_entry *e = &t->entries[i];
        const double gradient = t->gradient[i];
        for (int32_t k = 0; k < e->n; ++k) {
            t->gradient[e->a + k] += gradient * t->value[e->b + k];
            t->gradient[e->b + k] += gradient * t->value[e->a + k];
        }
        if (e->n == 0) {
            t->gradient[e->a] += gradient * e->da;
            t->gradient[e->b] += gradient * e->db;
        }
    }
}

int32_t tape_leaves(tape *t, int64_t n, const double *values) {
    const int32_t first = t->length;
    for (int64_t i = 0; i < n; ++i)
        push(t, values ? values[i] : 0, (tape_entry){.n = -1});
    return first;
}

int32_t tape_copies(tape *t, int64_t n, const int32_t *of) {
    const int32_t first = t->length;
    for (int64_t i = 0; i < n; ++i)
        tape_line(t, 1, of[i], 0);
    return first;
}

int32_t tape_add(tape *t, int32_t a, int32_t b) {
    return push(t, t->value[a] + t->value[b], (tape_entry){.a = a, .b = b, .da = 1, .db = 1});
}

int32_t tape_multiply(tape *t, int32_t a, int32_t b) {
    return push(t, t->value[a] * t->value[b], (tape_entry){.a = a, .b = b, .da = t->value[b], .db = t->value[a]});
}

int32_t tape_line(tape *t, double factor, int32_t a, double constant) {
    return tape_function(t, a, factor * t->value[a] + constant, factor);
}

int32_t tape_function(tape *t, int32_t a, double value, double slope) {
    return push(t, value, (tape_entry){.a = a, .b = a, .da = slope});
}

int32_t tape_dot(tape *t, int64_t n, int32_t a, int32_t b) {
    double sum = 0;
    for (int64_t k = 0; k < n; ++k)
        sum += t->value[a + k] * t->value[b + k];
    return push(t, sum, (tape_entry){.a = a, .b = b, .n = n > 0 ? (int32_t)n : -1});
}
