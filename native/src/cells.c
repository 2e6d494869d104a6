/* cells.c - see cells.h. */
#include "cells.h"

#define SIGMOID                                                                                                        \
    { .kind = NRNN_ACTIVATION_SIGMOID }
#define TANH                                                                                                           \
    { .kind = NRNN_ACTIVATION_TANH }
#define RELU                                                                                                           \
    { .kind = NRNN_ACTIVATION_RELU }

const nrnn_cell_row nrnn_cells[NRNN_CELL_COUNT] = {
    [NRNN_CELL_LSTM] = {.gates = 4,
                        .tile_gates = 2,
                        .cell_state = true,
                        .gate = SIGMOID,
                        .candidate = TANH,
                        .output = TANH,
                        .phases = {{0, 0, 4, NRNN_TO_DH}},
                        .factors = {{0, 0, 4, -1}}},
    [NRNN_CELL_GRU] = {.gates = 3, /* q, r, z, n: the first three are those of n, r, z on the side of w_hh */
                       .tile_gates = 1,
                       .kept = 1,
                       .sums = 1,
                       .back_first = 2,
                       .split_bias = true,
                       .gate = SIGMOID,
                       .candidate = TANH,
                       .phases = {{0, 2, 3, NRNN_ADD_TO_DH}},
                       .factors = {{1, 0, 2, -1}, {0, 2, 1, -1}}},
    [NRNN_CELL_GRU_RESET_BEFORE] = {.gates = 3, /* r*h, r, z, n */
                                    .tile_gates = 1,
                                    .kept = 1,
                                    .sums = 1,
                                    .gate = SIGMOID,
                                    .candidate = TANH,
                                    .phases = {{3, 2, 1, NRNN_TO_DC}, {1, 0, 2, NRNN_ADD_TO_DH}},
                                    .factors = {{1, 0, 2, -1}, {3, 2, 1, 0}}},
    [NRNN_CELL_RNN_TANH] =
        {.gates = 1, .tile_gates = 1, .candidate = TANH, .phases = {{0, 0, 1, NRNN_TO_DH}}, .factors = {{0, 0, 1, -1}}},
    [NRNN_CELL_RNN_RELU] =
        {.gates = 1, .tile_gates = 1, .candidate = RELU, .phases = {{0, 0, 1, NRNN_TO_DH}}, .factors = {{0, 0, 1, -1}}},
};
