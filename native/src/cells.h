/* cells.h - what the driver of sequences must know of a cell; the functions of the cell are in the table of kernels
 * under the same number. A new cell: a row in cells.c, its functions in kernels/. */
#ifndef NRNN_CELLS_H
#define NRNN_CELLS_H

#include "nativernn.h"

#include <stdbool.h>

enum { NRNN_PHASES = 2, NRNN_FACTORS = 2 };

/* Where the product of w_hh with the gradients that a phase has left goes. */
typedef enum nrnn_target { NRNN_TO_DH, NRNN_ADD_TO_DH, NRNN_TO_DC } nrnn_target;

/* Blocks are those of H floats in a row of the reserve: what the cell keeps, then the gates (docs/math.md). */
typedef struct nrnn_cell_phase {
    int32_t block, gate, gates; /* the blocks from `block` on times the packed rows of w_hh from `gate` on */
    nrnn_target to;
} nrnn_cell_phase;

/* The rows of w_hh from `gate` on: their gradient is that of the blocks, times the state before or another block. */
typedef struct nrnn_cell_factor {
    int32_t block, gate, gates;
    int32_t input; /* a block; -1: the state before the step */
} nrnn_cell_factor;

typedef struct nrnn_cell_row {
    int32_t gates;      /* G */
    int32_t tile_gates; /* gates that a register tile ends with, 1 or 2; G is a multiple */
    int32_t kept;       /* blocks before the gates */
    int32_t back_first; /* the gate with which the packed backward rows begin */
    bool cell_state;
    bool split_bias; /* b_hh of the last gate is apart from b_ih, and its gradient is the sum of block 0 */
    nrnn_cell_phase phases[NRNN_PHASES];
    nrnn_cell_factor factors[NRNN_FACTORS];
} nrnn_cell_row;

extern const nrnn_cell_row nrnn_cells[NRNN_CELL_COUNT];

#endif
