/* make_vectors.c - makes small vectors for check_vectors from the reference in double precision:
 *     make_vectors FOLDER
 * FOLDER/right: all cells, a stack in both directions. FOLDER/wrong: the same with one fault each, which check_vectors
 * must see, and what it must call not known. The values of all inputs are exact in float32. */
#define _GNU_SOURCE
#include "check.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct size {
    const char *name;
    int32_t layers, directions;
    int64_t T, B, I, H;
    bool bias;
    int64_t P; /* of cells with a cell state only, as relu is */
    bool relu;
    const int64_t *lengths; /* [B] */
} size;

/* wide: more rows than a register tile, more units than two vectors of 16 lanes. */
static const size sizes[] = {
    {"one", 1, 1, 1, 1, 1, 1, .bias = false},
    {"wide", 1, 1, 6, 17, 5, 35, .bias = true},
    {"stack", 2, 2, 5, 3, 4, 8, .bias = true},
    {"lengths", 2, 2, 6, 5, 4, 18, .bias = true, .lengths = (const int64_t[]){2, 5, 0, 3, 5}},
};

/* Of cells with a cell state alone. */
static const size lstm_sizes[] = {
    {"projection", 2, 2, 5, 3, 4, 18, .bias = true, .P = 7},
    {"relu", 1, 1, 5, 3, 4, 6, .bias = true, .relu = true},
};

/* What is not as it should be. */
typedef struct fault {
    const char *name;
    const char *spoiled;   /* a tensor with one wrong element: off by twice the tolerance */
    const char *nan;       /* a tensor with one element that is not a number */
    const char *left_out;  /* a tensor that is missing */
    const char *added;     /* a tensor too many */
    const char *cell_name; /* in place of the cell's */
    const char *kind;      /* in place of recurrent */
    const char *setting;   /* one more, as JSON */
    int64_t cut;           /* bytes that are missing at the end */
} fault;

/* The counts of check_vectors_wrong in CMakeLists.txt are those of this table. */
static const fault faults[] = {
    {"output", .spoiled = "output"},
    {"h_n", .spoiled = "h_n"},
    {"c_n", .spoiled = "c_n"},
    {"grad_input", .spoiled = "grad.input"},
    {"grad_h_0", .spoiled = "grad.h_0"},
    {"grad_c_0", .spoiled = "grad.c_0"},
    {"grad_weight_ih", .spoiled = "grad.weight_ih_l0"},
    {"grad_weight_hh", .spoiled = "grad.weight_hh_l0"},
    {"grad_bias_ih", .spoiled = "grad.bias_ih_l0"},
    {"grad_bias_hh", .spoiled = "grad.bias_hh_l0"},
    {"nan", .nan = "grad.input"},
    {"left_out", .left_out = "bias_hh_l0"},
    {"added", .added = "weight_of_nobody"},
    {"cell", .cell_name = "lstn"},
    {"lengths", .added = "lengths"}, /* not integers */
    {"activation", .setting = "\"activation\":\"swish\""},
    {"setting", .setting = "\"dropout\":\"0.5\""},
    {"cut", .cut = 4},
    {"not_known", .kind = "loss"},
};

/* ---- arrays ---- */

static double *arrays[256]; /* all that a vector is made of */
static int array_count;

static double *array_of(int64_t n) {
    if (array_count == (int)(sizeof arrays / sizeof *arrays))
        abort();
    return arrays[array_count++] = zeros_of(n);
}

static double *random_array(int64_t n, double scale) {
    double *x = array_of(n);
    for (int64_t i = 0; i < n; ++i)
        x[i] = (double)(float)(scale * check_random());
    return x;
}

static void free_arrays(void) {
    while (array_count > 0)
        free(arrays[--array_count]);
}

/* ---- a stack of layers ---- */

enum { MOST = 4 }; /* layers times directions */

typedef struct stack {
    const size *size;
    int32_t cell;
    int64_t W, columns;      /* of one direction; of y: all directions */
    double *x, *y, *dy, *dx; /* y and dx: of the stack */
    double *h[4], *c[4];     /* initial, final, its gradient, that of the initial: [layers*directions, B, W or H] */
    reference_layer layers[MOST];
} stack;

static reference_layer layer_of(const stack *s, int32_t index, const double *x) {
    const size *z = s->size;
    const int64_t state = index * z->B * s->W, cell_state = index * z->B * z->H;
    reference_layer r = {.shape = {.cell = s->cell,
                                   .has_bias = z->bias,
                                   .T = (int32_t)z->T,
                                   .B = (int32_t)z->B,
                                   .I = (int32_t)(index < z->directions ? z->I : s->columns),
                                   .H = (int32_t)z->H,
                                   .P = (int32_t)z->P,
                                   .reverse = index % z->directions,
                                   .candidate = {.kind = z->relu ? NRNN_ACTIVATION_RELU : 0},
                                   .output = {.kind = z->relu ? NRNN_ACTIVATION_RELU : 0}},
                         .lengths = z->lengths,
                         .x = x};
    r.h_0 = s->h[0] + state, r.h_n = s->h[1] + state, r.dh_n = s->h[2] + state, r.dh_0 = s->h[3] + state;
    r.c_0 = s->c[0] + cell_state, r.c_n = s->c[1] + cell_state, r.dc_n = s->c[2] + cell_state,
    r.dc_0 = s->c[3] + cell_state;
    for (int i = 0; i < PARAMETERS; ++i) {
        const int64_t floats = reference_floats(reference_size_of(&r.shape, (reference_parameter)i));
        r.p[i] = floats > 0 ? random_array(floats, 1 / sqrt((double)z->H)) : NULL;
        r.d[i] = floats > 0 ? array_of(floats) : NULL;
    }
    r.y = array_of(z->T * z->B * s->W), r.dx = array_of(z->T * z->B * r.shape.I);
    return r;
}

/* Lower layers must have their outputs before the upper ones, and these their gradients before the lower ones: all run
 * upward for the outputs, then downward for the gradients. */
static void run_up(stack *s) {
    const size *z = s->size;
    const int64_t rows = z->T * z->B;
    const double *x = s->x;
    for (int32_t i = 0; i < z->layers * z->directions; ++i) {
        const int32_t direction = i % z->directions;
        if (direction == 0 && i > 0)
            x = s->y;
        s->layers[i] = layer_of(s, i, x);
        reference_run(&s->layers[i]);
        for (int k = 0; k < PARAMETERS; ++k) /* without dy, to be run again */
            if (s->layers[i].d[k])
                memset(s->layers[i].d[k], 0,
                       (size_t)reference_floats(reference_size_of(&s->layers[i].shape, (reference_parameter)k)) *
                           sizeof(double));
        if (direction == 0)
            s->y = array_of(rows * s->columns);
        for (int64_t row = 0; row < rows; ++row)
            memcpy(s->y + row * s->columns + direction * s->W, s->layers[i].y + row * s->W,
                   (size_t)s->W * sizeof(double));
    }
}

static void run_down(stack *s) {
    const size *z = s->size;
    const int64_t rows = z->T * z->B;
    const double *dy = s->dy;
    for (int32_t first = (z->layers - 1) * z->directions; first >= 0; first -= z->directions, dy = s->dx) {
        const int64_t inputs = rows * s->layers[first].shape.I;
        s->dx = array_of(inputs);
        for (int32_t d = 0; d < z->directions; ++d) {
            reference_layer *r = &s->layers[first + d];
            double *own = array_of(rows * s->W);
            for (int64_t row = 0; row < rows; ++row)
                memcpy(own + row * s->W, dy + row * s->columns + d * s->W, (size_t)s->W * sizeof(double));
            r->dy = own;
            reference_run(r);
            for (int64_t i = 0; i < inputs; ++i)
                s->dx[i] += r->dx[i];
        }
    }
}

static stack stack_of(int32_t cell, const size *z) {
    const int64_t W = z->P > 0 ? z->P : z->H, n = z->layers * z->directions * z->B, rows = z->T * z->B;
    const bool cell_state = reference_has_cell_state(cell);
    stack s = {.size = z, .cell = cell, .W = W, .columns = z->directions * W};
    s.x = random_array(rows * z->I, 1), s.dy = random_array(rows * s.columns, 1);
    for (int i = 0; i < 4; ++i) {
        s.h[i] = i % 2 == 0 ? random_array(n * W, 1) : array_of(n * W);
        s.c[i] = i % 2 == 0 && cell_state ? random_array(n * z->H, 1) : array_of(n * z->H);
    }
    run_up(&s);
    run_down(&s);
    return s;
}

/* ---- the file ---- */

typedef struct writer {
    const fault *fault;
    FILE *header, *data;
    int64_t at;
} writer;

static bool is(const char *name, const char *other) {
    return other && strcmp(name, other) == 0;
}

/* A tensor [a, b, c]; c = 0: [a, b], b = 0: [a]. */
static void put(writer *w, const char *name, int64_t a, int64_t b, int64_t c, const double *values) {
    const int64_t n = a * (b ? b : 1) * (c ? c : 1);
    double largest = 1;
    if (is(name, w->fault->left_out))
        return;
    for (int64_t i = 0; i < n; ++i)
        largest = fmax(largest, fabs(values[i]));
    for (int64_t i = 0; i < n; ++i) {
        float value = (float)values[i];
        if (i == n / 2 && is(name, w->fault->spoiled))
            value += (float)(4e-5 * largest);
        if (i == n / 2 && is(name, w->fault->nan))
            value = NAN;
        fwrite(&value, sizeof value, 1, w->data);
    }
    fprintf(w->header, ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%lld", name, (long long)a);
    if (b)
        fprintf(w->header, ",%lld", (long long)b);
    if (c)
        fprintf(w->header, ",%lld", (long long)c);
    fprintf(w->header, "],\"data_offsets\":[%lld,%lld]}", (long long)w->at, (long long)(w->at + 4 * n));
    w->at += 4 * n;
}

static void put_parameters(writer *w, const stack *s, int32_t index) {
    const int32_t directions = s->size->directions;
    const reference_layer *r = &s->layers[index];
    char whole[60];
    for (int i = 0; i < 2 * PARAMETERS; ++i) {
        const reference_parameter which = (reference_parameter)(i / 2);
        const reference_size shape = reference_size_of(&r->shape, which);
        if (shape.rows == 0)
            continue;
        snprintf(whole, sizeof whole, "%s%s_l%d%s", i % 2 ? "grad." : "", reference_parameter_names[which],
                 index / directions, index % directions ? "_reverse" : "");
        put(w, whole, shape.rows, shape.columns, 0, i % 2 ? r->d[which] : r->p[which]);
    }
}

static void put_states(writer *w, const stack *s, const char *names[4], int64_t columns, double *const values[4]) {
    for (int i = 0; i < 4; ++i)
        put(w, names[i], s->size->layers * s->size->directions, s->size->B, columns, values[i]);
}

static void put_lengths(writer *w, const size *z) {
    fwrite(z->lengths, sizeof *z->lengths, (size_t)z->B, w->data);
    fprintf(w->header, ",\"lengths\":{\"dtype\":\"I64\",\"shape\":[%lld],\"data_offsets\":[%lld,%lld]}",
            (long long)z->B, (long long)w->at, (long long)(w->at + 8 * z->B));
    w->at += 8 * z->B;
}

static void put_all(writer *w, const stack *s) {
    const size *z = s->size;
    fprintf(w->header,
            "{\"__metadata__\":{\"kind\":\"%s\",\"cell\":\"%s\",\"hidden_size\":\"%lld\",\"input_size\":\"%lld\","
            "\"num_layers\":\"%d\",\"bidirectional\":\"%s\",\"bias\":\"%s\"%s%s",
            w->fault->kind ? w->fault->kind : "recurrent",
            w->fault->cell_name ? w->fault->cell_name : reference_cell_name(s->cell), (long long)z->H, (long long)z->I,
            z->layers, z->directions == 2 ? "true" : "false", z->bias ? "true" : "false", w->fault->setting ? "," : "",
            w->fault->setting ? w->fault->setting : "");
    if (z->P > 0)
        fprintf(w->header, ",\"proj_size\":\"%lld\"", (long long)z->P);
    fprintf(w->header, z->relu ? ",\"activation\":\"relu\"}" : "}");
    put(w, "input", z->T, z->B, z->I, s->x);
    put(w, "output", z->T, z->B, s->columns, s->y);
    put(w, "grad_output", z->T, z->B, s->columns, s->dy);
    put(w, "grad.input", z->T, z->B, z->I, s->dx);
    put_states(w, s, (const char *[]){"h_0", "h_n", "grad_h_n", "grad.h_0"}, s->W, s->h);
    if (reference_has_cell_state(s->cell))
        put_states(w, s, (const char *[]){"c_0", "c_n", "grad_c_n", "grad.c_0"}, z->H, s->c);
    if (z->lengths)
        put_lengths(w, z);
    for (int32_t i = 0; i < z->layers * z->directions; ++i)
        put_parameters(w, s, i);
    if (w->fault->added)
        put(w, w->fault->added, 1, 0, 0, s->x);
    fprintf(w->header, "}");
}

static void write_vector(const char *path, const stack *s, const fault *f) {
    char *header = NULL, *data = NULL;
    size_t header_size = 0, data_size = 0;
    writer w = {f, open_memstream(&header, &header_size), open_memstream(&data, &data_size), 0};
    FILE *file = fopen(path, "wbe");
    if (!w.header || !w.data || !file)
        abort();
    put_all(&w, s);
    if (fclose(w.header) != 0 || fclose(w.data) != 0)
        abort();
    const uint64_t length = header_size;
    fwrite(&length, sizeof length, 1, file);
    fwrite(header, 1, header_size, file);
    fwrite(data, 1, data_size - (size_t)f->cut, file);
    if (fclose(file) != 0)
        abort();
    free(header);
    free(data);
}

static void make(const char *folder, int32_t cell, const size *z) {
    char path[4096];
    const stack s = stack_of(cell, z);
    snprintf(path, sizeof path, "%s/right/%s_%s.safetensors", folder, reference_cell_name(cell), z->name);
    write_vector(path, &s, &(fault){0});
    free_arrays();
}

int main(int argc, char **argv) {
    char path[4096];
    if (argc != 2) {
        fprintf(stderr, "usage: make_vectors FOLDER\n");
        return 2;
    }
    mkdir(argv[1], 0777);
    snprintf(path, sizeof path, "%s/right", argv[1]);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/wrong", argv[1]);
    mkdir(path, 0777);
    for (int32_t cell = 0; cell < NRNN_CELL_COUNT; ++cell)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i)
            make(argv[1], cell, &sizes[i]);
    for (int32_t cell = 0; cell < NRNN_CELL_COUNT; ++cell)
        for (size_t i = 0; reference_has_cell_state(cell) && i < sizeof lstm_sizes / sizeof *lstm_sizes; ++i)
            if (cell != NRNN_CELL_LSTM_LAYERNORM || lstm_sizes[i].P == 0)
                make(argv[1], cell, &lstm_sizes[i]);
    const stack s = stack_of(NRNN_CELL_LSTM, &(size){"", 1, 1, 3, 2, 3, 4, .bias = true});
    for (size_t i = 0; i < sizeof faults / sizeof *faults; ++i) {
        snprintf(path, sizeof path, "%s/wrong/%s.safetensors", argv[1], faults[i].name);
        write_vector(path, &s, &faults[i]);
    }
    free_arrays();
    return 0;
}
