/* cells.h - what the driver of sequences must know of a cell; the functions of the cell are in the table of kernels
 * under the same number. A new cell: a row in cells.c, its functions in kernels/. */
#ifndef NRNN_CELLS_H
#define NRNN_CELLS_H

#include "nativernn.h"

#include <stdbool.h>

enum { NRNN_PHASES = 2, NRNN_FACTORS = 2, NRNN_VECTORS = 4, NRNN_SUMS = 10 };

/* Where the product of w_hh with the gradients that a phase has left goes. */
typedef enum nrnn_target { NRNN_TO_DH, NRNN_ADD_TO_DH, NRNN_TO_DC } nrnn_target;

/* Blocks are those of H floats in a row of the reserve: what the cell keeps, then the gates (docs/math.md). */
typedef struct nrnn_cell_phase {
    int32_t block, gate, gates; /* the blocks from `block` on times the packed rows of w_hh from `gate` on */
    nrnn_target to;
} nrnn_cell_phase;

/* The rows of w_hh from `gate` on. Forward, on the open path, their product with the state before (or another block)
 * goes to the blocks from `block` on: added where these hold the input's part. Backward their gradient is that of the
 * blocks, times the state before or the other block. */
typedef struct nrnn_cell_factor {
    int32_t block, gate, gates;
    int32_t input; /* a block, which an earlier phase makes; -1: the state before the step */
} nrnn_cell_factor;

/* Parameters of one float per unit (and gate), in the order in which they are packed. */
typedef enum nrnn_vector_kind {
    NRNN_VECTOR_NONE,
    NRNN_VECTOR_PEEPHOLE,
    NRNN_VECTOR_IH_GAIN,
    NRNN_VECTOR_HH_GAIN,
    NRNN_VECTOR_C_GAIN,
    NRNN_VECTOR_C_BIAS,
    NRNN_VECTOR_HH /* w_hh itself, where each unit sees itself alone */
} nrnn_vector_kind;

typedef struct nrnn_cell_vector {
    nrnn_vector_kind kind;
    int32_t blocks; /* of H floats */
} nrnn_cell_vector;

/* Block `at` of a vector's gradient is the sum over rows of a block of the reserve, times `with`. */
typedef enum nrnn_with {
    NRNN_WITH_NOTHING = -1,
    NRNN_WITH_C = -2,
    NRNN_WITH_C_BEFORE = -3,
    NRNN_WITH_SEEN = -4
} nrnn_with;
typedef struct nrnn_cell_sum {
    nrnn_vector_kind kind;
    int32_t at, block;
    int32_t with; /* a block or an nrnn_with */
} nrnn_cell_sum;

typedef struct nrnn_cell_row {
    int32_t gates;      /* G */
    int32_t tile_gates; /* gates that a register tile of the fused path ends with, 1 or 2; 0: there is none */
    int32_t kept;       /* blocks before those of the input's part */
    int32_t sums;       /* the first of the blocks that hold the gradients of the sums, hence of the biases */
    int32_t back_first; /* the gate with which the packed backward rows begin */
    bool cell_state;
    bool split_bias;       /* b_hh of the last gate is apart from b_ih, and its gradient is the sum of block 0 */
    bool normalised;       /* the input's part, over its gates; a row is not to be shared out among threads */
    bool keeps_c, keeps_h; /* the gradients of vectors need the state before of each row */
    nrnn_activation gate, candidate, output; /* kind 0: the cell has no such place */
    nrnn_cell_phase phases[NRNN_PHASES];
    nrnn_cell_factor factors[NRNN_FACTORS]; /* none: w_hh has no product */
    nrnn_cell_vector vectors[NRNN_VECTORS];
    nrnn_cell_sum vector_sums[NRNN_SUMS];
} nrnn_cell_row;

extern const nrnn_cell_row nrnn_cells[NRNN_CELL_COUNT];

/* Blocks of all vectors. */
static inline int32_t nrnn_cell_vector_blocks(const nrnn_cell_row *cell) {
    int32_t blocks = 0;
    for (int i = 0; i < NRNN_VECTORS; ++i)
        blocks += cell->vectors[i].blocks;
    return blocks;
}

static inline bool nrnn_cell_has(const nrnn_cell_row *cell, nrnn_vector_kind kind) {
    for (int i = 0; i < NRNN_VECTORS; ++i)
        if (cell->vectors[i].kind == kind)
            return true;
    return false;
}

#endif
