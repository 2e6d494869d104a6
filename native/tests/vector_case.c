/* vector_case.c - see vector_case.h. Every tensor of the file must be asked for, with exactly its shape. */
#include "vector_case.h"

#include "safetensors.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What files may ask for and the library does not compute. A row goes when it does. */
static const setting not_known[] = {{"kind", "loss"}, {"kind", "optimizer"}, {"kind", "trajectory"}};

static const char *const keys[] = {"kind",       "cell",          "activation", "hidden_size", "input_size",
                                   "num_layers", "bidirectional", "proj_size",  "bias"};

typedef struct loader {
    safetensors file;
    int used;       /* tensors that were asked for */
    case_kind kind; /* of the first thing that was not as it should be */
    char *why;
    size_t why_size;
} loader;

static __attribute__((format(printf, 3, 4))) void refuse(loader *l, case_kind kind, const char *format, ...) {
    if (l->kind != CASE_KNOWN)
        return;
    l->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(l->why, l->why_size, format, arguments);
    va_end(arguments);
}

static const char *setting_of(loader *l, const char *key, const char *missing) {
    const char *value = safetensors_setting(&l->file, key);
    if (!value && !missing)
        refuse(l, CASE_WRONG, "it lacks the metadata %s", key);
    return value ? value : missing ? missing : "";
}

static int32_t size_of(loader *l, const char *key, int32_t most) {
    char *end;
    const char *text = setting_of(l, key, NULL);
    const long size = strtol(text, &end, 10);
    if (*end == 0 && size >= 1 && size <= most)
        return (int32_t)size;
    refuse(l, CASE_WRONG, "%s is '%s', expected 1 to %d", key, text, most);
    return 1;
}

static bool flag_of(loader *l, const char *key) {
    const char *text = setting_of(l, key, NULL);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        refuse(l, CASE_WRONG, "%s is '%s', expected true or false", key, text);
    return strcmp(text, "true") == 0;
}

/* The tensor of this name and shape, as floats. */
static buffer load(loader *l, const char *name, int64_t dimensions, int64_t a, int64_t b, int64_t c) {
    const tensor *t = safetensors_tensor(&l->file, name);
    if (!t) {
        refuse(l, CASE_WRONG, "it lacks the tensor %s", name);
        return (buffer){0};
    }
    ++l->used;
    if (strcmp(t->type, "F32") != 0 || t->dimensions != dimensions || t->shape[0] != a || t->shape[1] != b ||
        t->shape[2] != c) {
        refuse(l, CASE_WRONG, "%s is not F32 of the shape that the metadata and the input ask for", name);
        return (buffer){0};
    }
    buffer values = buffer_new(t->count);
    memcpy(values.p, l->file.data + t->begin, (size_t)t->count * sizeof(float));
    for (int64_t i = 0; i < t->count; ++i)
        if (!isfinite(values.p[i]))
            refuse(l, CASE_WRONG, "%s holds numbers that are not finite", name);
    return values;
}

static case_states load_states(loader *l, const vector_case *v, const char *name, int64_t columns) {
    const int64_t n = (int64_t)v->layers * v->directions, B = v->shape.B;
    char text[4][20];
    snprintf(text[0], sizeof *text, "%s_0", name);
    snprintf(text[1], sizeof *text, "%s_n", name);
    snprintf(text[2], sizeof *text, "grad_%s_n", name);
    snprintf(text[3], sizeof *text, "grad.%s_0", name);
    return (case_states){load(l, text[0], 3, n, B, columns), load(l, text[1], 3, n, B, columns),
                         load(l, text[2], 3, n, B, columns), load(l, text[3], 3, n, B, columns)};
}

/* Those of a layer in a direction, by PyTorch's names. */
static void load_parameters(loader *l, const vector_case *v, int32_t index, case_parameters *to) {
    const nrnn_recurrent_shape shape = vector_case_shape(v, index);
    for (int i = 0; i < 2 * PARAMETERS; ++i) {
        const reference_parameter which = (reference_parameter)(i / 2);
        const reference_size size = reference_size_of(&shape, which);
        char name[60];
        snprintf(name, sizeof name, "%s%s_l%d%s", i % 2 ? "grad." : "", reference_parameter_names[which],
                 index / v->directions, index % v->directions == 1 ? "_reverse" : "");
        if (size.rows > 0)
            (i % 2 ? to->d : to->p)[which] =
                load(l, name, size.columns > 0 ? 2 : 1, size.rows, size.columns > 0 ? size.columns : 1, 1);
    }
}

/* NULL where the file has none. */
static int64_t *load_lengths(loader *l, const vector_case *v) {
    const tensor *t = safetensors_tensor(&l->file, "lengths");
    if (!t)
        return NULL;
    ++l->used;
    if (strcmp(t->type, "I64") != 0 || t->dimensions != 1 || t->shape[0] != v->shape.B) {
        refuse(l, CASE_WRONG, "lengths is not I64 of the shape [%d]", v->shape.B);
        return NULL;
    }
    int64_t *lengths = malloc((size_t)t->count * sizeof *lengths);
    if (!lengths)
        abort();
    memcpy(lengths, l->file.data + t->begin, (size_t)t->count * sizeof *lengths);
    for (int64_t b = 0; b < t->count; ++b)
        if (lengths[b] < 0 || lengths[b] > v->shape.T)
            refuse(l, CASE_WRONG, "lengths are not between 0 and %d", v->shape.T);
    return lengths;
}

static void check_settings(loader *l) {
    for (int i = 0; i < l->file.setting_count; ++i) {
        const setting *s = &l->file.settings[i];
        bool known = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
            known = known || strcmp(s->key, keys[k]) == 0;
        for (size_t k = 0; k < sizeof not_known / sizeof *not_known; ++k)
            if (strcmp(s->key, not_known[k].key) == 0 && strcmp(s->value, not_known[k].value) == 0)
                refuse(l, CASE_NOT_KNOWN, "%s = %s", s->key, s->value);
        if (!known)
            refuse(l, CASE_WRONG, "it has the setting %s, which is not known", s->key);
    }
    if (strcmp(setting_of(l, "kind", NULL), "recurrent") != 0)
        refuse(l, CASE_WRONG, "its kind is '%s', expected recurrent", setting_of(l, "kind", NULL));
}

static int32_t cell_of(loader *l) {
    const char *name = setting_of(l, "cell", NULL);
    for (int32_t cell = 0; cell < NRNN_CELL_COUNT; ++cell)
        if (strcmp(name, reference_cell_name(cell)) == 0)
            return cell;
    refuse(l, CASE_WRONG, "its cell is '%s', which is none", name);
    return 0;
}

/* The activation of candidate and output; tanh, the default, where there is none. */
static nrnn_activation activation_of(loader *l) {
    const char *name = setting_of(l, "activation", "tanh");
    if (strcmp(name, "tanh") != 0 && strcmp(name, "relu") != 0)
        refuse(l, CASE_WRONG, "its activation is '%s', expected tanh or relu", name);
    return (nrnn_activation){.kind = strcmp(name, "relu") == 0 ? NRNN_ACTIVATION_RELU : NRNN_ACTIVATION_DEFAULT};
}

static void load_sizes(loader *l, vector_case *v) {
    const tensor *input = safetensors_tensor(&l->file, "input");
    const int32_t largest = 1 << 20;
    nrnn_recurrent_shape *s = &v->shape;
    s->cell = cell_of(l);
    s->H = size_of(l, "hidden_size", largest);
    s->I = size_of(l, "input_size", largest);
    s->has_bias = flag_of(l, "bias");
    s->candidate = s->output = activation_of(l);
    if (strcmp(setting_of(l, "proj_size", "0"), "0") != 0)
        s->P = size_of(l, "proj_size", largest);
    v->directions = flag_of(l, "bidirectional") ? 2 : 1;
    v->layers = size_of(l, "num_layers", CASE_LAYERS / v->directions);
    s->T = input && input->shape[0] <= largest ? (int32_t)input->shape[0] : 1;
    s->B = input && input->shape[1] <= largest ? (int32_t)input->shape[1] : 1;
}

int64_t vector_case_columns(const vector_case *v) {
    return v->shape.P > 0 ? v->shape.P : v->shape.H;
}

nrnn_recurrent_shape vector_case_shape(const vector_case *v, int32_t index) {
    nrnn_recurrent_shape s = v->shape;
    const int64_t columns = v->directions * vector_case_columns(v);
    if (index >= v->directions)
        s.I = (int32_t)columns;
    s.reverse = index % v->directions;
    s.x_stride = s.I;
    s.y_stride = columns;
    return s;
}

static void load_tensors(loader *l, vector_case *v) {
    const nrnn_recurrent_shape *s = &v->shape;
    const int64_t W = vector_case_columns(v), columns = v->directions * W;
    v->x = load(l, "input", 3, s->T, s->B, s->I);
    v->y = load(l, "output", 3, s->T, s->B, columns);
    v->dy = load(l, "grad_output", 3, s->T, s->B, columns);
    v->dx = load(l, "grad.input", 3, s->T, s->B, s->I);
    v->h = load_states(l, v, "h", W);
    if (reference_has_cell_state(s->cell))
        v->c = load_states(l, v, "c", s->H);
    v->lengths = load_lengths(l, v);
    for (int32_t i = 0; i < v->layers * v->directions; ++i)
        load_parameters(l, v, i, &v->parameters[i]);
    if (l->used != l->file.tensor_count)
        refuse(l, CASE_WRONG, "it holds tensors that are not known");
}

case_kind vector_case_load(vector_case *v, const char *path, char *why, int64_t why_size) {
    static loader l; /* too large for the stack */
    l = (loader){.why = why, .why_size = (size_t)why_size};
    memset(v, 0, sizeof *v);
    const char *error = safetensors_read(&l.file, path);
    if (error)
        refuse(&l, CASE_WRONG, "%s", error);
    else
        check_settings(&l);
    if (l.kind == CASE_KNOWN)
        load_sizes(&l, v);
    if (l.kind == CASE_KNOWN)
        load_tensors(&l, v);
    safetensors_free(&l.file);
    return l.kind;
}

static void free_states(case_states *s) {
    buffer_free(&s->initial), buffer_free(&s->final);
    buffer_free(&s->final_gradient), buffer_free(&s->initial_gradient);
}

void vector_case_free(vector_case *v) {
    buffer_free(&v->x), buffer_free(&v->y), buffer_free(&v->dy), buffer_free(&v->dx);
    free_states(&v->h), free_states(&v->c);
    free(v->lengths);
    for (int i = 0; i < CASE_LAYERS * PARAMETERS; ++i) {
        case_parameters *p = &v->parameters[i / PARAMETERS];
        buffer_free(&p->p[i % PARAMETERS]), buffer_free(&p->d[i % PARAMETERS]);
    }
}
