/* safetensors.h - reads a safetensors file whole: 8 bytes of header length, a JSON header, then the tensors, all
 * little-endian, as are the machines that this runs on. Whatever is not as the format demands is an error. */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <stdbool.h>
#include <stdint.h>

enum { TENSOR_DIMENSIONS = 3, MOST_TENSORS = 256, MOST_SETTINGS = 32 };

typedef struct tensor {
    const char *name, *type;          /* "F32", … */
    int64_t shape[TENSOR_DIMENSIONS]; /* ones beyond the dimensions */
    int64_t dimensions, count;
    int64_t begin, end; /* of its bytes in the data */
} tensor;

/* A pair of "__metadata__". */
typedef struct setting {
    const char *key, *value;
} setting;

typedef struct safetensors {
    char *bytes; /* the whole file; all texts below lie in it */
    const char *data;
    int64_t data_size;
    tensor tensors[MOST_TENSORS];
    int tensor_count;
    setting settings[MOST_SETTINGS];
    int setting_count;
} safetensors;

/* NULL, or what is wrong with the file; to be freed either way. */
const char *safetensors_read(safetensors *file, const char *path);
void safetensors_free(safetensors *file);

/* NULL where there is none of that name. */
const tensor *safetensors_tensor(const safetensors *file, const char *name);
const char *safetensors_setting(const safetensors *file, const char *key);

#endif
