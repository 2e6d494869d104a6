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

/* A layer in one direction, and what its passes need and leave. */
typedef struct pass {
    const case_parameters *p;
    nrnn_recurrent_shape shape;
    buffer packed, reserve, workspace, dx, dw_ih, dw_hh, db_ih, db_hh;
} pass;

typedef struct stack {
    nrnn_context *context;
    const vector_case *v;
    int32_t count;            /* passes: layers times directions */
    pass passes[CASE_LAYERS]; /* at layer*directions + direction */
    buffer y[CASE_LAYERS];    /* of each layer, directions side by side */
    buffer h_n, c_n, dh_0, dc_0;
} stack;

static buffer zeros_like(const buffer *like) {
    if (!like->p)
        return (buffer){0};
    buffer b = buffer_new(like->n);
    memset(b.p, 0, (size_t)b.n * sizeof(float));
    return b;
}

static pass pass_of(const stack *s, int32_t index) {
    const vector_case *v = s->v;
    const int32_t columns = v->directions * v->H, inputs = index < v->directions ? v->I : columns;
    pass l = {.p = &v->parameters[index],
              .shape = {.cell = v->cell,
                        .has_bias = v->bias,
                        .T = v->T,
                        .B = v->B,
                        .I = inputs,
                        .H = v->H,
                        .reverse = index % v->directions,
                        .x_stride = inputs,
                        .y_stride = columns}};
    nrnn_recurrent_sizes sizes = {0};
    CHECK(nrnn_recurrent_sizes_of(s->context, &l.shape, &sizes) == NRNN_OK);
    l.packed = buffer_new(sizes.packed);
    l.reserve = buffer_new(sizes.reserve);
    l.workspace = buffer_new(sizes.workspace);
    l.dx = buffer_new((int64_t)v->T * v->B * inputs);
    l.dw_ih = zeros_like(&l.p->w_ih), l.dw_hh = zeros_like(&l.p->w_hh);
    l.db_ih = zeros_like(&l.p->b_ih), l.db_hh = zeros_like(&l.p->b_hh);
    return l;
}

/* The [B, H] of a pass; NULL where the cell has no such state. */
static float *state_of(const stack *s, const buffer *states, int32_t index) {
    return states->p ? states->p + (int64_t)index * s->v->B * s->v->H : NULL;
}

static const float *input_of(const stack *s, int32_t index) {
    const int32_t layer = index / s->v->directions;
    return layer == 0 ? s->v->x.p : s->y[layer - 1].p;
}

static float *output_of(const stack *s, int32_t index) {
    return s->y[index / s->v->directions].p + index % s->v->directions * s->v->H;
}

static void forward(const stack *s, int32_t index) {
    const pass *l = &s->passes[index];
    const nrnn_recurrent_weights weights = {
        .w_ih = l->p->w_ih.p, .w_hh = l->p->w_hh.p, .b_ih = l->p->b_ih.p, .b_hh = l->p->b_hh.p};
    CHECK(nrnn_recurrent_pack(s->context, &l->shape, &weights, l->packed.p) == NRNN_OK);
    const nrnn_recurrent_forward_args a = {.x = input_of(s, index),
                                           .w_ih = l->p->w_ih.p,
                                           .packed = l->packed.p,
                                           .h_0 = state_of(s, &s->v->h.initial, index),
                                           .c_0 = state_of(s, &s->v->c.initial, index),
                                           .y = output_of(s, index),
                                           .h_n = state_of(s, &s->h_n, index),
                                           .c_n = state_of(s, &s->c_n, index),
                                           .reserve = l->reserve.p,
                                           .workspace = l->workspace.p};
    CHECK(nrnn_recurrent_forward(s->context, &l->shape, &a) == NRNN_OK);
}

/* dy: of the layer's output, all directions. */
static void backward(const stack *s, int32_t index, const float *dy) {
    const pass *l = &s->passes[index];
    const nrnn_recurrent_backward_args a = {.x = input_of(s, index),
                                            .w_ih = l->p->w_ih.p,
                                            .packed = l->packed.p,
                                            .h_0 = state_of(s, &s->v->h.initial, index),
                                            .c_0 = state_of(s, &s->v->c.initial, index),
                                            .y = output_of(s, index),
                                            .dy = dy + index % s->v->directions * s->v->H,
                                            .dh_n = state_of(s, &s->v->h.final_gradient, index),
                                            .dc_n = state_of(s, &s->v->c.final_gradient, index),
                                            .reserve = l->reserve.p,
                                            .workspace = l->workspace.p,
                                            .dx = l->dx.p,
                                            .dh_0 = state_of(s, &s->dh_0, index),
                                            .dc_0 = state_of(s, &s->dc_0, index),
                                            .dw_ih = l->dw_ih.p,
                                            .dw_hh = l->dw_hh.p,
                                            .db_ih = l->db_ih.p,
                                            .db_hh = l->db_hh.p};
    CHECK(nrnn_recurrent_backward(s->context, &l->shape, &a) == NRNN_OK);
}

/* The gradient of a layer's input is that of the output of the layer below. Returns the lowest: of x. */
static const buffer *backward_all(stack *s) {
    const int32_t directions = s->v->directions;
    const buffer *dy = &s->v->dy;
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

static void compare_parameter(const vector_case *v, int32_t index, const char *name, const buffer *got,
                              const buffer *expected) {
    char whole[60];
    snprintf(whole, sizeof whole, "grad.%s_l%d%s", name, index / v->directions,
             index % v->directions == 1 ? "_reverse" : "");
    compare(whole, got, expected);
}

static void compare_all(const stack *s, const buffer *dx) {
    const vector_case *v = s->v;
    compare("output", &s->y[v->layers - 1], &v->y);
    compare("h_n", &s->h_n, &v->h.final);
    compare("c_n", &s->c_n, &v->c.final);
    compare("grad.input", dx, &v->dx);
    compare("grad.h_0", &s->dh_0, &v->h.initial_gradient);
    compare("grad.c_0", &s->dc_0, &v->c.initial_gradient);
    for (int32_t i = 0; i < s->count; ++i) {
        const pass *l = &s->passes[i];
        compare_parameter(v, i, "weight_ih", &l->dw_ih, &l->p->dw_ih);
        compare_parameter(v, i, "weight_hh", &l->dw_hh, &l->p->dw_hh);
        compare_parameter(v, i, "bias_ih", &l->db_ih, &l->p->db_ih);
        compare_parameter(v, i, "bias_hh", &l->db_hh, &l->p->db_hh);
    }
}

static void free_stack(stack *s) {
    buffer_free(&s->h_n), buffer_free(&s->c_n), buffer_free(&s->dh_0), buffer_free(&s->dc_0);
    for (int32_t i = 0; i < CASE_LAYERS; ++i) {
        pass *l = &s->passes[i];
        buffer *all[] = {&l->packed, &l->reserve, &l->workspace, &l->dx,  &l->dw_ih,
                         &l->dw_hh,  &l->db_ih,   &l->db_hh,     &s->y[i]};
        for (size_t k = 0; k < sizeof all / sizeof *all; ++k)
            buffer_free(all[k]);
    }
}

static void run(nrnn_context *context, const vector_case *v) {
    stack s = {.context = context, .v = v, .count = v->layers * v->directions};
    s.h_n = zeros_like(&v->h.initial), s.dh_0 = zeros_like(&v->h.initial);
    s.c_n = zeros_like(&v->c.initial), s.dc_0 = zeros_like(&v->c.initial);
    for (int32_t i = 0; i < v->layers; ++i)
        s.y[i] = buffer_new(v->y.n);
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
