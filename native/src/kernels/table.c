/* table.c - the table of one instruction set. */
#include "kernels/kernels.h"
#include "kernels/tile.h"
#include NRNN_VECTOR_HEADER

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const nrnn_kernels NRNN_JOIN(nrnn_, kernels, NRNN_ISA) = {
    .isa = TEXT(NRNN_ISA),
    .lanes = NRNN_LANES,
    .fma_flops = 12.0 * 2 * NRNN_LANES,
    .cell = {[NRNN_CELL_LSTM] = {{NRNN_NAME(lstm_forward)}, {NRNN_NAME(lstm_backward)}},
             [NRNN_CELL_GRU] = {{NRNN_NAME(gru_forward)}, {NRNN_NAME(gru_backward)}},
             [NRNN_CELL_GRU_RESET_BEFORE] = {{NRNN_NAME(gru_before_gates), NRNN_NAME(gru_before_state)},
                                             {NRNN_NAME(gru_before_backward), NRNN_NAME(gru_before_reset)}},
             [NRNN_CELL_RNN_TANH] = {{NRNN_NAME(rnn_tanh_forward)}, {NRNN_NAME(rnn_tanh_backward)}},
             [NRNN_CELL_RNN_RELU] = {{NRNN_NAME(rnn_relu_forward)}, {NRNN_NAME(rnn_relu_backward)}}},
    .open = {[NRNN_CELL_LSTM] = {{NRNN_NAME(lstm_open_forward)}, {NRNN_NAME(lstm_open_backward)}},
             [NRNN_CELL_GRU] = {{NRNN_NAME(gru_open_forward)}, {NRNN_NAME(gru_open_backward)}},
             [NRNN_CELL_GRU_RESET_BEFORE] = {{NRNN_NAME(gru_open_gates), NRNN_NAME(gru_open_state)},
                                             {NRNN_NAME(gru_open_before_backward), NRNN_NAME(gru_open_reset)}},
             [NRNN_CELL_RNN_TANH] = {{NRNN_NAME(rnn_open_forward)}, {NRNN_NAME(rnn_open_backward)}},
             [NRNN_CELL_RNN_RELU] = {{NRNN_NAME(rnn_open_forward)}, {NRNN_NAME(rnn_open_backward)}},
             [NRNN_CELL_LSTM_PEEPHOLE] = {{NRNN_NAME(lstm_peephole_forward)}, {NRNN_NAME(lstm_peephole_backward)}},
             [NRNN_CELL_LSTM_LAYERNORM] = {{NRNN_NAME(lstm_layernorm_forward)}, {NRNN_NAME(lstm_layernorm_backward)}},
             [NRNN_CELL_LSTM_COUPLED] = {{NRNN_NAME(lstm_coupled_forward)}, {NRNN_NAME(lstm_coupled_backward)}},
             [NRNN_CELL_INDRNN] = {{NRNN_NAME(indrnn_forward)}, {NRNN_NAME(indrnn_backward)}},
             [NRNN_CELL_MIN_GRU] = {{NRNN_NAME(min_gru_forward)}, {NRNN_NAME(min_gru_backward)}}},
    .normalise_input = NRNN_NAME(normalise_input),
    .derive_input = NRNN_NAME(derive_input),
    .activation = NRNN_NAME(activation),
    .panel_product = NRNN_NAME(panel_product),
    .gemm = NRNN_NAME(gemm),
    .scratch_floats = NRNN_GEMM_SCRATCH,
    .own_columns = NRNN_OWN_COLUMNS,
    .add_column_sums = NRNN_NAME(add_column_sums),
    .add_column_products = NRNN_NAME(add_column_products),
    .add = NRNN_NAME(add),
    .multiply = NRNN_NAME(multiply),
    .uniform = NRNN_NAME(uniform),
    .zone = NRNN_NAME(zone),
    .unzone = NRNN_NAME(unzone),
    .cross_entropy_row = NRNN_NAME(cross_entropy_row),
    .squared_error = NRNN_NAME(squared_error),
    .sum_of_squares = NRNN_NAME(sum_of_squares),
    .sgd = NRNN_NAME(sgd),
    .adam = NRNN_NAME(adam),
    .fma_chains = NRNN_NAME(fma_chains),
    .math = NRNN_NAME(math),
};
