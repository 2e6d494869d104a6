/* check_vectors.c - runs reference vectors of recurrent layers on every instruction set of this machine:
 *     check_vectors FILE_OR_FOLDER...
 * One line per vector, then the counts; ends with 0 when something passed and nothing failed. */
#define _GNU_SOURCE
#include "check.h"
#include "vector_case.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A number may be off by this, times the largest expected magnitude where that is above 1; as in `nativernn verify`. */
static const double tolerance = 2e-5;

/* Which rows of the padded batch run: those within the lengths, the longest sequences first. */
typedef struct order {
    int32_t *rows;      /* [B]: the place in the file's batch */
    int32_t *step_rows; /* [T] */
    int32_t T;          /* of the longest */
    int64_t R;
} order;

/* A layer in one direction, and what its passes need and leave. */
typedef struct pass {
    const case_parameters *p;
    nrnn_recurrent_shape shape;
    buffer packed, reserve, workspace, dx, d[PARAMETERS];
} pass;

/* Sequences are packed, states in the order of the rows. */
typedef struct stack {
    nrnn_context *context;
    const vector_case *v;
    order order;
    int64_t W;                    /* columns of h */
    int32_t count;                /* passes: layers times directions */
    pass passes[CASE_LAYERS];     /* at layer*directions + direction */
    buffer x, dy, y[CASE_LAYERS]; /* y: of each layer, directions side by side */
    case_states h, c;
} stack;

static int64_t length_of(const vector_case *v, int64_t b) {
    return v->lengths ? v->lengths[b] : v->shape.T;
}

static order order_of(const vector_case *v) {
    const int64_t B = v->shape.B, T = v->shape.T;
    order o = {calloc((size_t)B, sizeof *o.rows), calloc((size_t)T, sizeof *o.step_rows), 0, 0};
    if (!o.rows || !o.step_rows)
        abort();
    int64_t n = 0;
    for (int64_t length = T; length >= 0; --length)
        for (int32_t b = 0; b < B; ++b)
            if (length_of(v, b) == length)
                o.rows[n++] = b;
    for (int64_t b = 0; b < B; ++b)
        for (int64_t t = 0; t < length_of(v, b); ++t, ++o.R)
            ++o.step_rows[t];
    while (o.T < T && o.step_rows[o.T] > 0)
        ++o.T;
    return o;
}

/* Copies the rows of a padded sequence from or to their packed places. */
static void copy_rows(const stack *s, int64_t columns, float *padded, float *packed, bool pack) {
    for (int64_t t = 0; t < s->order.T; ++t)
        for (int64_t b = 0; b < s->order.step_rows[t]; ++b, packed += columns) {
            float *row = padded + (t * s->v->shape.B + s->order.rows[b]) * columns;
            memcpy(pack ? packed : row, pack ? row : packed, (size_t)columns * sizeof(float));
        }
}

static buffer packed_of(const stack *s, const buffer *padded, int64_t columns) {
    buffer b = buffer_new(s->order.R * columns);
    copy_rows(s, columns, padded->p, b.p, true);
    return b;
}

static buffer zeros(int64_t n) {
    buffer b = buffer_new(n);
    memset(b.p, 0, (size_t)b.n * sizeof(float));
    return b;
}

/* States of all passes with their rows in another order. */
static buffer reordered(const stack *s, const buffer *states, int64_t columns, bool sort) {
    if (!states->p)
        return (buffer){0};
    buffer to = buffer_new(states->n);
    const int64_t B = s->v->shape.B;
    for (int64_t i = 0; i < s->count * B; ++i) {
        const int64_t other = i / B * B + s->order.rows[i % B];
        memcpy(to.p + (sort ? i : other) * columns, states->p + (sort ? other : i) * columns,
               (size_t)columns * sizeof(float));
    }
    return to;
}

static case_states new_states(const stack *s, const case_states *from, int64_t columns) {
    case_states to = {.initial = reordered(s, &from->initial, columns, true),
                      .final_gradient = reordered(s, &from->final_gradient, columns, true)};
    if (from->initial.p)
        to.final = zeros(from->initial.n), to.initial_gradient = zeros(from->initial.n);
    return to;
}

static pass pass_of(const stack *s, int32_t index) {
    pass l = {.p = &s->v->parameters[index], .shape = vector_case_shape(s->v, index)};
    nrnn_recurrent_sizes sizes = {0};
    l.shape.T = s->order.T;
    l.shape.R = s->v->lengths ? s->order.R : 0;
    CHECK(nrnn_recurrent_sizes_of(s->context, &l.shape, &sizes) == NRNN_OK);
    l.packed = buffer_new(sizes.packed);
    l.reserve = buffer_new(sizes.reserve);
    l.workspace = buffer_new(sizes.workspace);
    l.dx = buffer_new(s->order.R * l.shape.I);
    for (int i = 0; i < PARAMETERS; ++i)
        if (l.p->p[i].p)
            l.d[i] = zeros(l.p->p[i].n);
    return l;
}

/* The rows of a pass; NULL where the cell has no such state. */
static float *state_of(const stack *s, const buffer *states, int32_t index) {
    return states->p ? states->p + (int64_t)index * (states->n / s->count) : NULL;
}

static const float *input_of(const stack *s, int32_t index) {
    const int32_t layer = index / s->v->directions;
    return layer == 0 ? s->x.p : s->y[layer - 1].p;
}

static float *output_of(const stack *s, int32_t index) {
    return s->y[index / s->v->directions].p + index % s->v->directions * s->W;
}

static void forward(const stack *s, int32_t index) {
    const pass *l = &s->passes[index];
    const buffer *p = l->p->p;
    const nrnn_recurrent_weights weights = {p[W_IH].p,      p[W_HH].p,       p[B_IH].p,       p[B_HH].p,
                                            p[W_HR].p,      p[W_PEEPHOLE].p, p[LN_IH_GAIN].p, p[LN_HH_GAIN].p,
                                            p[LN_C_GAIN].p, p[LN_C_BIAS].p};
    CHECK(nrnn_recurrent_pack(s->context, &l->shape, &weights, l->packed.p) == NRNN_OK);
    const nrnn_recurrent_forward_args a = {.x = input_of(s, index),
                                           .w_ih = p[W_IH].p,
                                           .packed = l->packed.p,
                                           .h_0 = state_of(s, &s->h.initial, index),
                                           .c_0 = state_of(s, &s->c.initial, index),
                                           .y = output_of(s, index),
                                           .h_n = state_of(s, &s->h.final, index),
                                           .c_n = state_of(s, &s->c.final, index),
                                           .reserve = l->reserve.p,
                                           .workspace = l->workspace.p,
                                           .step_rows = l->shape.R > 0 ? s->order.step_rows : NULL};
    CHECK(nrnn_recurrent_forward(s->context, &l->shape, &a) == NRNN_OK);
}

/* dy: of the layer's output, all directions. */
static void backward(const stack *s, int32_t index, const float *dy) {
    const pass *l = &s->passes[index];
    const buffer *d = l->d;
    const nrnn_recurrent_backward_args a = {.x = input_of(s, index),
                                            .w_ih = l->p->p[W_IH].p,
                                            .packed = l->packed.p,
                                            .h_0 = state_of(s, &s->h.initial, index),
                                            .c_0 = state_of(s, &s->c.initial, index),
                                            .y = output_of(s, index),
                                            .dy = dy + index % s->v->directions * s->W,
                                            .dh_n = state_of(s, &s->h.final_gradient, index),
                                            .dc_n = state_of(s, &s->c.final_gradient, index),
                                            .reserve = l->reserve.p,
                                            .workspace = l->workspace.p,
                                            .dx = l->dx.p,
                                            .dh_0 = state_of(s, &s->h.initial_gradient, index),
                                            .dc_0 = state_of(s, &s->c.initial_gradient, index),
                                            .dw_ih = d[W_IH].p,
                                            .dw_hh = d[W_HH].p,
                                            .db_ih = d[B_IH].p,
                                            .db_hh = d[B_HH].p,
                                            .step_rows = l->shape.R > 0 ? s->order.step_rows : NULL,
                                            .dw_hr = d[W_HR].p,
                                            .dw_peephole = d[W_PEEPHOLE].p,
                                            .dln_ih_gain = d[LN_IH_GAIN].p,
                                            .dln_hh_gain = d[LN_HH_GAIN].p,
                                            .dln_c_gain = d[LN_C_GAIN].p,
                                            .dln_c_bias = d[LN_C_BIAS].p};
    CHECK(nrnn_recurrent_backward(s->context, &l->shape, &a) == NRNN_OK);
}

/* The gradient of a layer's input is that of the output of the layer below. Returns the lowest: of x. */
static const buffer *backward_all(stack *s) {
    const int32_t directions = s->v->directions;
    const buffer *dy = &s->dy;
    for (int32_t first = s->count - directions; first >= 0; first -= directions) {
        buffer *dx = &s->passes[first].dx;
        for (int32_t i = first; i < first + directions; ++i)
            backward(s, i, dy->p);
        for (int64_t k = 0; directions == 2 && k < dx->n; ++k)
            dx->p[k] += s->passes[first + 1].dx.p[k];
        dy = dx;
    }
    return dy;
}

static void compare(const char *name, const buffer *got, const buffer *expected) {
    if (!expected->p) /* the cell or the file has no such thing */
        return;
    double *want = doubles_of(expected->p, expected->n);
    check_close(name, got->p, want, 1, expected->n, expected->n, tolerance);
    free(want);
}

/* Packed rows, zeros at the others. */
static void compare_sequence(const stack *s, const char *name, const buffer *got, const buffer *expected) {
    buffer whole = zeros(expected->n);
    copy_rows(s, expected->n / s->v->shape.T / s->v->shape.B, whole.p, got->p, false);
    compare(name, &whole, expected);
    buffer_free(&whole);
}

static void compare_states(const stack *s, const char *name, const buffer *got, const buffer *expected,
                           int64_t columns) {
    buffer whole = reordered(s, got, columns, false);
    compare(name, &whole, expected);
    buffer_free(&whole);
}

static void compare_parameters(const stack *s, int32_t index) {
    const pass *l = &s->passes[index];
    for (int i = 0; i < PARAMETERS; ++i) {
        char name[60];
        snprintf(name, sizeof name, "grad.%s_l%d%s", reference_parameter_names[i], index / s->v->directions,
                 index % s->v->directions == 1 ? "_reverse" : "");
        compare(name, &l->d[i], &l->p->d[i]);
    }
}

static void compare_all(const stack *s, const buffer *dx) {
    const vector_case *v = s->v;
    const int64_t H = v->shape.H;
    compare_sequence(s, "output", &s->y[v->layers - 1], &v->y);
    compare_sequence(s, "grad.input", dx, &v->dx);
    compare_states(s, "h_n", &s->h.final, &v->h.final, s->W);
    compare_states(s, "c_n", &s->c.final, &v->c.final, H);
    compare_states(s, "grad.h_0", &s->h.initial_gradient, &v->h.initial_gradient, s->W);
    compare_states(s, "grad.c_0", &s->c.initial_gradient, &v->c.initial_gradient, H);
    for (int32_t i = 0; i < s->count; ++i)
        compare_parameters(s, i);
}

static void free_stack(stack *s) {
    for (int i = 0; i < 2; ++i) {
        case_states *states = i == 0 ? &s->h : &s->c;
        buffer_free(&states->initial), buffer_free(&states->final);
        buffer_free(&states->final_gradient), buffer_free(&states->initial_gradient);
    }
    for (int32_t i = 0; i < CASE_LAYERS; ++i) {
        pass *l = &s->passes[i];
        buffer *all[] = {&l->packed, &l->reserve, &l->workspace, &l->dx, &s->y[i]};
        for (size_t k = 0; k < sizeof all / sizeof *all; ++k)
            buffer_free(all[k]);
        for (int k = 0; k < PARAMETERS; ++k)
            buffer_free(&l->d[k]);
    }
    buffer_free(&s->x), buffer_free(&s->dy);
    free(s->order.rows);
    free(s->order.step_rows);
}

static void run(nrnn_context *context, const vector_case *v) {
    stack s = {.context = context, .v = v, .order = order_of(v), .count = v->layers * v->directions};
    s.W = vector_case_columns(v);
    s.h = new_states(&s, &v->h, s.W);
    s.c = new_states(&s, &v->c, v->shape.H);
    s.x = packed_of(&s, &v->x, v->shape.I);
    s.dy = packed_of(&s, &v->dy, v->directions * s.W);
    for (int32_t i = 0; i < v->layers; ++i)
        s.y[i] = buffer_new(s.order.R * v->directions * s.W);
    for (int32_t i = 0; i < s.count; ++i) {
        s.passes[i] = pass_of(&s, i);
        forward(&s, i);
    }
    compare_all(&s, backward_all(&s));
    free_stack(&s);
}

/* ---- files and instruction sets ---- */

static char isas[200];
static int passed, failed, unknown;

/* Runs a vector on one instruction set after the other. */
static void run_everywhere(const char *path, const vector_case *v) {
    char names[sizeof isas];
    memcpy(names, isas, sizeof isas);
    for (char *isa = strtok(names, ","); isa; isa = strtok(NULL, ",")) {
        nrnn_context *context = NULL;
        const nrnn_options options = {NRNN_ABI_VERSION, 2, isa};
        snprintf(check_label, sizeof check_label, "%s on %s", path, isa);
        const int32_t status = nrnn_context_create(&options, &context);
        CHECK(status == NRNN_OK);
        if (status == NRNN_OK)
            run(context, v);
        CHECK(nrnn_context_destroy(context) == NRNN_OK);
    }
}

static void check_file(const char *path) {
    vector_case v;
    char why[200] = "";
    const int failures = check_failures;
    const case_kind kind = vector_case_load(&v, path, why, sizeof why);
    if (kind == CASE_KNOWN)
        run_everywhere(path, &v);
    vector_case_free(&v);
    const bool ok = kind == CASE_KNOWN && check_failures == failures;
    ++*(kind == CASE_NOT_KNOWN ? &unknown : ok ? &passed : &failed);
    printf("%s %s%s%s\n", kind == CASE_NOT_KNOWN ? "not known" : ok ? "passed" : "FAILED", path, *why ? ": " : "", why);
}

static int is_vector(const struct dirent *entry) {
    const size_t length = strlen(entry->d_name), suffix = strlen(".safetensors");
    return length > suffix && strcmp(entry->d_name + length - suffix, ".safetensors") == 0;
}

/* The vectors of a folder by name; anything else is taken for a file. */
static void check_path(const char *path) {
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_vector, alphasort);
    if (count < 0)
        check_file(path);
    for (int i = 0; i < count; ++i) {
        char whole[4096];
        snprintf(whole, sizeof whole, "%s/%s", path, entries[i]->d_name);
        check_file(whole);
        free(entries[i]);
    }
    free(entries);
    if (count == 0) {
        ++failed;
        printf("FAILED %s: no *.safetensors in this folder\n", path);
    }
}

int main(int argc, char **argv) {
    nrnn_context *context = NULL;
    nrnn_info info;
    const nrnn_options options = {NRNN_ABI_VERSION, 1, NULL};
    if (argc < 2) {
        fprintf(stderr, "usage: check_vectors FILE_OR_FOLDER...\n");
        return 2;
    }
    if (nrnn_context_create(&options, &context) != NRNN_OK || nrnn_context_info(context, &info) != NRNN_OK)
        return 1;
    snprintf(isas, sizeof isas, "%s", info.isas);
    printf("each vector on %s\n", isas);
    CHECK(nrnn_context_destroy(context) == NRNN_OK);
    for (int i = 1; i < argc; ++i)
        check_path(argv[i]);
    printf("%d passed, %d failed, %d not known\n", passed, failed, unknown);
    return passed == 0 || failed != 0;
}
