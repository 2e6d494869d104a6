/* vector_case.h - a reference vector of kind "recurrent": a stack of layers, its inputs, and all that is expected.
 * Names and shapes are PyTorch's; states are [layers*directions, B, H], directions stand side by side in the columns of
 * y. */
#ifndef VECTOR_CASE_H
#define VECTOR_CASE_H

#include "check.h"
#include "reference.h"

#include <stdbool.h>
#include <stdint.h>

enum { CASE_LAYERS = 16 }; /* most layers times directions */

/* One of the files. Without memory where the cell or the file has no such thing. */
typedef struct case_states {
    buffer initial, final, final_gradient, initial_gradient;
} case_states;

/* Parameters and their gradients, of one layer in one direction. */
typedef struct case_parameters {
    buffer p[PARAMETERS], d[PARAMETERS];
} case_parameters;

typedef struct vector_case {
    int32_t layers, directions;
    nrnn_recurrent_shape shape; /* of the lowest layer forward; its steps and rows are those of the padded batch */
    int64_t *lengths;           /* [B] or NULL */
    buffer x, y, dy, dx;
    case_states h, c;
    case_parameters parameters[CASE_LAYERS]; /* at layer*directions + direction */
} vector_case;

typedef enum case_kind {
    CASE_KNOWN,
    CASE_NOT_KNOWN, /* what the library does not compute yet, by a list of such things */
    CASE_WRONG      /* anything else that the file should not be */
} case_kind;

/* Columns of y in one direction, and of h. */
int64_t vector_case_columns(const vector_case *v);

/* Of a layer in a direction, its rows those of the padded batch. */
nrnn_recurrent_shape vector_case_shape(const vector_case *v, int32_t index);

/* why: what is not known or wrong. The case is to be freed whatever was returned. */
case_kind vector_case_load(vector_case *v, const char *path, char *why, int64_t why_size);
void vector_case_free(vector_case *v);

#endif
