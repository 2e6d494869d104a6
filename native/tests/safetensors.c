/* safetensors.c - see safetensors.h. Of JSON it reads what such a header is made of: objects of text, of whole numbers
 * in lists, and of such objects. */
#include "safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 28 };

/* The first error moves to the end of the header, where nothing more is found. */
typedef struct parser {
    char *at, *end;
    const char *error;
} parser;

static void fail(parser *p, const char *error) {
    if (!p->error)
        p->error = error;
    p->at = p->end;
}

/* The next character that is no space; 0 at the end. */
static char peek(parser *p) {
    while (p->at < p->end && *p->at && strchr(" \t\r\n", *p->at))
        ++p->at;
    return p->at < p->end ? *p->at : 0;
}

static bool take(parser *p, char c) {
    if (peek(p) != c)
        return false;
    ++p->at;
    return true;
}

static void expect(parser *p, char c) {
    if (!take(p, c))
        fail(p, "its header is not the JSON of a safetensors file");
}

/* The character that an escape stands for; 0 where it is not known. */
static char unescaped(char c) {
    static const char pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    for (const char *pair = pairs; *pair; pair += 2)
        if (*pair == c)
            return pair[1];
    return 0;
}

/* Decoded where it stands; its closing quote becomes the zero at its end. */
static const char *text(parser *p) {
    expect(p, '"');
    char *to = p->at;
    const char *begin = to;
    while (p->at < p->end && *p->at != '"') {
        char c = *p->at++;
        if (c == '\\')
            c = p->at < p->end ? unescaped(*p->at++) : 0;
        else if ((unsigned char)c < 0x20)
            c = 0;
        if (c == 0)
            fail(p, "its header has a text with a character or an escape that is not known");
        else
            *to++ = c;
    }
    if (p->at == p->end) {
        fail(p, "its header ends within a text");
        return "";
    }
    ++p->at;
    *to = 0;
    return begin;
}

static int64_t number(parser *p) {
    int64_t value = 0;
    if (peek(p) < '0' || peek(p) > '9')
        fail(p, "its header has something else where a whole number is expected");
    for (; p->at < p->end && *p->at >= '0' && *p->at <= '9'; ++p->at)
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *p->at - '0', &value))
            fail(p, "its header has a number beyond 64 bits");
    return value;
}

/* Moves to the next element of an object or a list, past its comma; false at its end. index: of that element. */
static bool next(parser *p, int64_t index, char close) {
    if (p->error || take(p, close))
        return false;
    if (index > 0)
        expect(p, ',');
    return !p->error;
}

static const char *key(parser *p) {
    const char *name = text(p);
    expect(p, ':');
    return name;
}

static int64_t numbers(parser *p, int64_t most, int64_t *list) {
    int64_t count = 0;
    expect(p, '[');
    for (; next(p, count, ']'); ++count)
        if (count < most)
            list[count] = number(p);
        else
            fail(p, "a tensor has more dimensions or offsets than are known");
    return count;
}

static void read_settings(parser *p, safetensors *file) {
    expect(p, '{');
    while (next(p, file->setting_count, '}')) {
        const char *name = key(p), *value = text(p);
        if (safetensors_setting(file, name) || file->setting_count == MOST_SETTINGS)
            fail(p, "its metadata has a key twice, or too many of them");
        else
            file->settings[file->setting_count++] = (setting){name, value};
    }
}

/* Shape, type and offsets must say the same of the size. */
static void check_tensor(parser *p, tensor *t) {
    const int64_t size = strcmp(t->type, "F32") == 0 ? 4 : strcmp(t->type, "I64") == 0 ? 8 : 0;
    int64_t bytes = size;
    t->count = 1;
    for (int64_t i = 0; i < TENSOR_DIMENSIONS; ++i) {
        if (i >= t->dimensions)
            t->shape[i] = 1;
        if (t->shape[i] < 1 || __builtin_mul_overflow(bytes, t->shape[i], &bytes)) {
            fail(p, "a tensor is empty or too large");
            return;
        }
        t->count *= t->shape[i];
    }
    if (size == 0)
        fail(p, "a tensor has a type other than F32 and I64");
    else if (t->end < t->begin || t->end - t->begin != bytes)
        fail(p, "a tensor's offsets do not fit its shape");
}

static tensor read_tensor(parser *p, const char *name) {
    tensor t = {.name = name, .type = ""};
    int64_t offsets[2] = {0};
    int fields = 0, known = 0;
    expect(p, '{');
    for (; next(p, fields, '}'); ++fields) {
        const char *field = key(p);
        if (strcmp(field, "dtype") == 0) {
            t.type = text(p);
            known |= 1;
        } else if (strcmp(field, "shape") == 0) {
            t.dimensions = numbers(p, TENSOR_DIMENSIONS, t.shape);
            known |= 2;
        } else if (strcmp(field, "data_offsets") == 0) {
            known |= numbers(p, 2, offsets) == 2 ? 4 : 0;
        } else
            fail(p, "a tensor has a field that is not known");
    }
    if (fields != 3 || known != 7)
        fail(p, "a tensor lacks dtype, shape or data_offsets, or has one twice");
    t.begin = offsets[0];
    t.end = offsets[1];
    check_tensor(p, &t);
    return t;
}

/* The tensors cover the data without holes: from each end the next one goes on. */
static void check_offsets(parser *p, const safetensors *file) {
    int64_t at = 0;
    for (int found = 0; found < file->tensor_count && !p->error; ++found) {
        const tensor *next_one = NULL;
        for (int i = 0; i < file->tensor_count; ++i)
            if (file->tensors[i].begin == at)
                next_one = &file->tensors[i];
        if (next_one)
            at = next_one->end;
        else
            fail(p, "its tensors overlap or leave a hole");
    }
    if (!p->error && at != file->data_size)
        fail(p, "it does not hold as much data as its header describes");
}

static void read_header(parser *p, safetensors *file) {
    expect(p, '{');
    for (int entries = 0; next(p, entries, '}'); ++entries) {
        const char *name = key(p);
        if (strcmp(name, "__metadata__") == 0 && file->setting_count == 0)
            read_settings(p, file);
        else if (safetensors_tensor(file, name) || file->tensor_count == MOST_TENSORS)
            fail(p, "its header has a name twice, or too many of them");
        else
            file->tensors[file->tensor_count++] = read_tensor(p, name);
    }
    if (peek(p))
        fail(p, "its header goes on after its end");
    check_offsets(p, file);
}

/* The size of the file; -1 where it cannot be read. */
static int64_t read_bytes(safetensors *file, const char *path) {
    FILE *stream = fopen(path, "rbe");
    if (!stream)
        return -1;
    const long size = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    bool ok = size >= 0 && size <= LARGEST_FILE && fseek(stream, 0, SEEK_SET) == 0;
    file->bytes = ok ? malloc((size_t)size + 1) : NULL;
    ok = file->bytes && fread(file->bytes, 1, (size_t)size, stream) == (size_t)size;
    fclose(stream);
    return ok ? size : -1;
}

const char *safetensors_read(safetensors *file, const char *path) {
    memset(file, 0, sizeof *file);
    const int64_t size = read_bytes(file, path);
    uint64_t header = 0;
    if (size < 0)
        return "it cannot be read";
    if (size >= 8)
        memcpy(&header, file->bytes, 8);
    if (size < 8 || header > (uint64_t)size - 8)
        return "it is shorter than its header";
    parser p = {file->bytes + 8, file->bytes + 8 + header, NULL};
    file->data = p.end;
    file->data_size = size - 8 - (int64_t)header;
    read_header(&p, file);
    return p.error;
}

void safetensors_free(safetensors *file) {
    free(file->bytes);
    file->bytes = NULL;
}

const tensor *safetensors_tensor(const safetensors *file, const char *name) {
    for (int i = 0; i < file->tensor_count; ++i)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *safetensors_setting(const safetensors *file, const char *name) {
    for (int i = 0; i < file->setting_count; ++i)
        if (strcmp(file->settings[i].key, name) == 0)
            return file->settings[i].value;
    return NULL;
}
