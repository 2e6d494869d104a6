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
    [NRNN_CELL_LSTM_PEEPHOLE] = {.gates = 4,
                                 .cell_state = true,
                                 .keeps_c = true,
                                 .gate = SIGMOID,
                                 .candidate = TANH,
                                 .output = TANH,
                                 .phases = {{0, 0, 4, NRNN_TO_DH}},
                                 .factors = {{0, 0, 4, -1}},
                                 .vectors = {{NRNN_VECTOR_PEEPHOLE, 3}},
                                 .vector_sums = {{NRNN_VECTOR_PEEPHOLE, 0, 0, NRNN_WITH_C_BEFORE},
                                                 {NRNN_VECTOR_PEEPHOLE, 1, 1, NRNN_WITH_C_BEFORE},
                                                 {NRNN_VECTOR_PEEPHOLE, 2, 3, NRNN_WITH_C}}},
    [NRNN_CELL_LSTM_LAYERNORM] = {.gates = 4, /* the blocks: norm.c */
                                  .kept = 14,
                                  .sums = 8,
                                  .cell_state = true,
                                  .normalised = true,
                                  .gate = SIGMOID,
                                  .candidate = TANH,
                                  .output = TANH,
                                  .phases = {{4, 0, 4, NRNN_TO_DH}},
                                  .factors = {{4, 0, 4, -1}},
                                  .vectors = {{NRNN_VECTOR_IH_GAIN, 4},
                                              {NRNN_VECTOR_HH_GAIN, 4},
                                              {NRNN_VECTOR_C_GAIN, 1},
                                              {NRNN_VECTOR_C_BIAS, 1}},
                                  .vector_sums = {{NRNN_VECTOR_IH_GAIN, 0, 8, 14},
                                                  {NRNN_VECTOR_IH_GAIN, 1, 9, 15},
                                                  {NRNN_VECTOR_IH_GAIN, 2, 10, 16},
                                                  {NRNN_VECTOR_IH_GAIN, 3, 11, 17},
                                                  {NRNN_VECTOR_HH_GAIN, 0, 8, 0},
                                                  {NRNN_VECTOR_HH_GAIN, 1, 9, 1},
                                                  {NRNN_VECTOR_HH_GAIN, 2, 10, 2},
                                                  {NRNN_VECTOR_HH_GAIN, 3, 11, 3},
                                                  {NRNN_VECTOR_C_GAIN, 0, 13, 12},
                                                  {NRNN_VECTOR_C_BIAS, 0, 13, NRNN_WITH_NOTHING}}},
    [NRNN_CELL_LSTM_COUPLED] = {.gates = 3, /* f, g, o */
                                .cell_state = true,
                                .gate = SIGMOID,
                                .candidate = TANH,
                                .output = TANH,
                                .phases = {{0, 0, 3, NRNN_TO_DH}},
                                .factors = {{0, 0, 3, -1}}},
    [NRNN_CELL_INDRNN] = {.gates = 1,
                          .keeps_h = true,
                          .candidate = RELU,
                          .vectors = {{NRNN_VECTOR_HH, 1}},
                          .vector_sums = {{NRNN_VECTOR_HH, 0, 0, NRNN_WITH_SEEN}}},
    [NRNN_CELL_MIN_GRU] = {.gates = 2, /* z, n */
                           .gate = SIGMOID,
                           .candidate = {.kind = NRNN_ACTIVATION_AFFINE, .alpha = 1}},
};
