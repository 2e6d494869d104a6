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
} size;

/* wide: more rows than a register tile, more units than two vectors of 16 lanes. */
static const size sizes[] = {
    {"one", 1, 1, 1, 1, 1, 1, false}, {"wide", 1, 1, 6, 17, 5, 35, true}, {"stack", 2, 2, 5, 3, 4, 8, true}};

/* What is not as it should be. */
typedef struct fault {
    const char *name;
    const char *spoiled;   /* a tensor with one wrong element: off by twice the tolerance */
    const char *nan;       /* a tensor with one element that is not a number */
    const char *left_out;  /* a tensor that is missing */
    const char *added;     /* a tensor too many */
    const char *cell_name; /* in place of the cell's */
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
    {"setting", .setting = "\"dropout\":\"0.5\""},
    {"cut", .cut = 4},
    {"not_known_lengths", .added = "lengths"},
    {"not_known_peephole", .cell_name = "lstm_peephole"},
    {"not_known_relu", .setting = "\"activation\":\"relu\""},
    {"not_known_projection", .setting = "\"proj_size\":\"2\""},
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
    int64_t columns;                 /* of y: directions times H */
    double *x, *y, *dy, *dx;         /* y and dx: of the stack */
    double *h_0, *h_n, *dh_n, *dh_0; /* [layers*directions, B, H] */
    double *c_0, *c_n, *dc_n, *dc_0;
    reference_layer layers[MOST];
} stack;

static reference_layer layer_of(const stack *s, int32_t index, const double *x) {
    const size *z = s->size;
    const int64_t G = reference_gates(s->cell), H = z->H, rows = z->T * z->B, state = index * z->B * H;
    const int64_t I = index < z->directions ? z->I : s->columns;
    const double scale = 1 / sqrt((double)H);
    reference_layer r = {
        .cell = s->cell, .reverse = index % z->directions, .T = z->T, .B = z->B, .I = I, .H = H, .G = G};
    r.x = x;
    r.h_0 = s->h_0 + state, r.c_0 = s->c_0 + state, r.dh_n = s->dh_n + state, r.dc_n = s->dc_n + state;
    r.dh_0 = s->dh_0 + state, r.dc_0 = s->dc_0 + state;
    r.w_ih = random_array(G * H * I, scale), r.w_hh = random_array(G * H * H, scale);
    r.b_ih = z->bias ? random_array(G * H, scale) : NULL, r.b_hh = z->bias ? random_array(G * H, scale) : NULL;
    r.gates = array_of(rows * G * H), r.c = array_of(rows * H), r.y = array_of(rows * H), r.dx = array_of(rows * I);
    r.dw_ih = array_of(G * H * I), r.dw_hh = array_of(G * H * H), r.db_ih = array_of(G * H), r.db_hh = array_of(G * H);
    return r;
}

static void forward(stack *s) {
    const size *z = s->size;
    const int64_t H = z->H, rows = z->T * z->B;
    const double *x = s->x;
    for (int32_t first = 0; first < z->layers * z->directions; first += z->directions, x = s->y) {
        s->y = array_of(rows * s->columns);
        for (int32_t d = 0; d < z->directions; ++d) {
            reference_layer *r = &s->layers[first + d];
            *r = layer_of(s, first + d, x);
            reference_forward(r);
            const int64_t last = r->reverse ? 0 : (rows - z->B) * H, state = (first + d) * z->B * H;
            memcpy(s->h_n + state, r->y + last, (size_t)(z->B * H) * sizeof(double));
            memcpy(s->c_n + state, r->c + last, (size_t)(z->B * H) * sizeof(double));
            for (int64_t row = 0; row < rows; ++row)
                memcpy(s->y + row * s->columns + d * H, r->y + row * H, (size_t)H * sizeof(double));
        }
    }
}

static void backward(stack *s) {
    const size *z = s->size;
    const int64_t H = z->H, rows = z->T * z->B;
    const double *dy = s->dy;
    for (int32_t first = (z->layers - 1) * z->directions; first >= 0; first -= z->directions, dy = s->dx) {
        const int64_t inputs = rows * s->layers[first].I;
        s->dx = array_of(inputs);
        for (int32_t d = 0; d < z->directions; ++d) {
            reference_layer *r = &s->layers[first + d];
            double *own = array_of(rows * H);
            for (int64_t row = 0; row < rows; ++row)
                memcpy(own + row * H, dy + row * s->columns + d * H, (size_t)H * sizeof(double));
            r->dy = own;
            reference_backward(r);
            for (int64_t i = 0; i < inputs; ++i)
                s->dx[i] += r->dx[i];
        }
    }
}

static stack stack_of(int32_t cell, const size *z) {
    const int64_t states = z->layers * z->directions * z->B * z->H, rows = z->T * z->B;
    stack s = {.size = z, .cell = cell, .columns = z->directions * z->H};
    s.x = random_array(rows * z->I, 1), s.dy = random_array(rows * s.columns, 1);
    s.h_0 = random_array(states, 1), s.dh_n = random_array(states, 1), s.c_0 = random_array(states, 1);
    s.dc_n = cell == NRNN_CELL_LSTM ? random_array(states, 1) : array_of(states);
    s.h_n = array_of(states), s.c_n = array_of(states), s.dh_0 = array_of(states), s.dc_0 = array_of(states);
    forward(&s);
    backward(&s);
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

static void put_parameter(writer *w, const stack *s, int32_t index, const char *name, int64_t columns,
                          const double *values, const double *gradient) {
    const int32_t directions = s->size->directions;
    char whole[60];
    for (int i = 0; i < 2; ++i) {
        snprintf(whole, sizeof whole, "%s%s_l%d%s", i ? "grad." : "", name, index / directions,
                 index % directions ? "_reverse" : "");
        put(w, whole, s->layers[index].G * s->size->H, columns, 0, i ? gradient : values);
    }
}

static void put_states(writer *w, const stack *s, const char *names[4], double *const values[4]) {
    for (int i = 0; i < 4; ++i)
        put(w, names[i], s->size->layers * s->size->directions, s->size->B, s->size->H, values[i]);
}

static void put_all(writer *w, const stack *s) {
    const size *z = s->size;
    fprintf(
        w->header,
        "{\"__metadata__\":{\"kind\":\"recurrent\",\"cell\":\"%s\",\"hidden_size\":\"%lld\",\"input_size\":\"%lld\","
        "\"num_layers\":\"%d\",\"bidirectional\":\"%s\",\"bias\":\"%s\"%s%s}",
        w->fault->cell_name ? w->fault->cell_name : reference_cell_name(s->cell), (long long)z->H, (long long)z->I,
        z->layers, z->directions == 2 ? "true" : "false", z->bias ? "true" : "false", w->fault->setting ? "," : "",
        w->fault->setting ? w->fault->setting : "");
    put(w, "input", z->T, z->B, z->I, s->x);
    put(w, "output", z->T, z->B, s->columns, s->y);
    put(w, "grad_output", z->T, z->B, s->columns, s->dy);
    put(w, "grad.input", z->T, z->B, z->I, s->dx);
    put_states(w, s, (const char *[]){"h_0", "h_n", "grad_h_n", "grad.h_0"},
               (double *const[]){s->h_0, s->h_n, s->dh_n, s->dh_0});
    if (s->cell == NRNN_CELL_LSTM)
        put_states(w, s, (const char *[]){"c_0", "c_n", "grad_c_n", "grad.c_0"},
                   (double *const[]){s->c_0, s->c_n, s->dc_n, s->dc_0});
    for (int32_t i = 0; i < z->layers * z->directions; ++i) {
        const reference_layer *r = &s->layers[i];
        put_parameter(w, s, i, "weight_ih", r->I, r->w_ih, r->dw_ih);
        put_parameter(w, s, i, "weight_hh", r->H, r->w_hh, r->dw_hh);
        if (z->bias) {
            put_parameter(w, s, i, "bias_ih", 0, r->b_ih, r->db_ih);
            put_parameter(w, s, i, "bias_hh", 0, r->b_hh, r->db_hh);
        }
    }
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
    for (int32_t cell = 0; cell < REFERENCE_CELLS; ++cell)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
            const stack s = stack_of(cell, &sizes[i]);
            snprintf(path, sizeof path, "%s/right/%s_%s.safetensors", argv[1], reference_cell_name(cell),
                     sizes[i].name);
            write_vector(path, &s, &(fault){0});
            free_arrays();
        }
    const stack s = stack_of(NRNN_CELL_LSTM, &(size){"", 1, 1, 3, 2, 3, 4, true});
    for (size_t i = 0; i < sizeof faults / sizeof *faults; ++i) {
        snprintf(path, sizeof path, "%s/wrong/%s.safetensors", argv[1], faults[i].name);
        write_vector(path, &s, &faults[i]);
    }
    free_arrays();
    return 0;
}
