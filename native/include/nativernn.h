/* nativernn.h - the whole ABI of the NativeRnn kernels.
 *
 * Manners. Flat functions over memory that the caller owns; one opaque context holds the kernel table and the
 * thread pool. Nothing is printed, nothing aborts, and after nrnn_context_create nothing is allocated. Every
 * function returns an nrnn_status; arguments that would read or write out of bounds return NRNN_BAD_ARGUMENT and
 * leave the outputs untouched. A context serves one call at a time.
 *
 * Conventions. Arrays are row-major float32 unless said otherwise, every array may have any alignment of 4 bytes
 * (64 is fastest), outputs never overlap inputs unless said otherwise. T steps, B rows (sequences), I inputs,
 * H hidden units, G gates, V classes. Gradients of parameters ACCUMULATE (+=); gradients of activations are
 * overwritten. Equations, gate order and layouts: docs/math.md.
 *
 * Repeatability. The shards of large products and the order of every reduction follow from the shapes alone; rows of a
 * batch may be divided by threads, because each row's arithmetic is the same whoever runs it. Results are the same bits
 * for any number of threads (same build, instruction set, OpenBLAS core). */
#ifndef NATIVERNN_H
#define NATIVERNN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define NRNN_API __declspec(dllexport)
#else
#define NRNN_API __attribute__((visibility("default")))
#endif

/* Raised by every change to this file that an older caller would misread. */
#define NRNN_ABI_VERSION 3

typedef enum nrnn_status {
    NRNN_OK = 0,
    NRNN_BAD_ARGUMENT = 1, /* a size, pointer or index the function cannot accept */
    NRNN_BAD_ABI = 2,      /* the caller was compiled against another ABI version */
    NRNN_NO_MEMORY = 3,    /* memory or addresses (ulimit -v) for the context are not there */
    NRNN_NO_ISA = 4,       /* the instruction set asked for is unknown, or this machine lacks it */
    NRNN_NO_THREAD = 5     /* a pool thread could not be started */
} nrnn_status;

/* Structs whose size the caller compares at load (nrnn_struct_size). */
typedef enum nrnn_struct {
    NRNN_STRUCT_OPTIONS = 0,
    NRNN_STRUCT_INFO = 1,
    NRNN_STRUCT_RECURRENT_SHAPE = 2,
    NRNN_STRUCT_RECURRENT_SIZES = 3,
    NRNN_STRUCT_RECURRENT_WEIGHTS = 4,
    NRNN_STRUCT_RECURRENT_FORWARD = 5,
    NRNN_STRUCT_RECURRENT_BACKWARD = 6,
    NRNN_STRUCT_DENSE = 7,
    NRNN_STRUCT_CROSS_ENTROPY = 8,
    NRNN_STRUCT_DENSE_CROSS_ENTROPY = 9,
    NRNN_STRUCT_UPDATE = 10,
    NRNN_STRUCT_POINTWISE_LOSS = 11,
    NRNN_STRUCT_CTC = 12,
    NRNN_STRUCT_COUNT = 13
} nrnn_struct;

/* ---- context -------------------------------------------------------------------------------------------- */

typedef struct nrnn_context nrnn_context;

typedef struct nrnn_options {
    int32_t abi_version; /* NRNN_ABI_VERSION of the caller */
    int32_t threads;     /* 0: as many as the process may use (affinity and cgroup quota); else 1..64 */
    const char *isa;     /* one of nrnn_info.isas; NULL: the variable NATIVERNN_ISA if set, else the best there is */
} nrnn_options;

typedef struct nrnn_info {
    int32_t abi_version;
    int32_t threads; /* threads of the pool, the caller's included */
    int32_t lanes;   /* floats in one vector register of the chosen instruction set */
    int32_t reserved;
    const char *isa;          /* the chosen instruction set; static storage, as the two below */
    const char *isas;         /* all that this machine can run, best first, separated by commas */
    const char *blas_core;    /* the core type OpenBLAS picked, e.g. "Haswell" */
    const char *blas_version; /* OpenBLAS's configuration string */
} nrnn_info;

NRNN_API int32_t nrnn_abi_version(void);
NRNN_API int32_t nrnn_struct_size(int32_t which);      /* bytes; -1 for an unknown struct */
NRNN_API const char *nrnn_status_text(int32_t status); /* one line, static storage */
NRNN_API int64_t nrnn_allocations(void);               /* heap allocations of this library since load */

NRNN_API int32_t nrnn_context_create(const nrnn_options *options, nrnn_context **context);
NRNN_API int32_t nrnn_context_destroy(nrnn_context *context); /* NULL is allowed */
NRNN_API int32_t nrnn_context_info(const nrnn_context *context, nrnn_info *info);

/* ---- recurrent layer, one direction ------------------------------------------------------------------------ */

typedef enum nrnn_cell {
    NRNN_CELL_LSTM = 0,             /* gates i, f, g, o */
    NRNN_CELL_GRU = 1,              /* gates r, z, n; the reset gate is applied after the recurrent product */
    NRNN_CELL_GRU_RESET_BEFORE = 2, /* the same gates; r*h is what the recurrent product of n sees */
    NRNN_CELL_RNN_TANH = 3,
    NRNN_CELL_RNN_RELU = 4,
    NRNN_CELL_LSTM_PEEPHOLE = 5,  /* i and f see the cell state before, o the new one */
    NRNN_CELL_LSTM_LAYERNORM = 6, /* both products and the cell state are normalised */
    NRNN_CELL_LSTM_COUPLED = 7,   /* gates f, g, o; i = 1 - f */
    NRNN_CELL_INDRNN = 8,         /* w_hh is [H]: each unit sees itself alone */
    NRNN_CELL_MIN_GRU = 9,        /* gates z, n, of the input alone: w_hh, b_hh and their gradients are NULL */
    NRNN_CELL_COUNT = 10
} nrnn_cell;

/* Those of ONNX, by the meaning of alpha and beta; those that a function does not name are ignored. */
typedef enum nrnn_activation_kind {
    NRNN_ACTIVATION_DEFAULT = 0, /* the cell's */
    NRNN_ACTIVATION_SIGMOID = 1,
    NRNN_ACTIVATION_TANH = 2,
    NRNN_ACTIVATION_RELU = 3,
    NRNN_ACTIVATION_HARD_SIGMOID = 4,     /* max(0, min(1, alpha*x + beta)) */
    NRNN_ACTIVATION_SOFTSIGN = 5,         /* x / (1 + |x|) */
    NRNN_ACTIVATION_SOFTPLUS = 6,         /* log(1 + exp(x)) */
    NRNN_ACTIVATION_ELU = 7,              /* x, below zero alpha*(exp(x) - 1); alpha >= 0 */
    NRNN_ACTIVATION_LEAKY_RELU = 8,       /* x, below zero alpha*x; alpha >= 0 */
    NRNN_ACTIVATION_THRESHOLDED_RELU = 9, /* x above alpha, else 0; alpha >= 0 */
    NRNN_ACTIVATION_SCALED_TANH = 10,     /* alpha*tanh(beta*x); alpha is not 0 */
    NRNN_ACTIVATION_AFFINE = 11,          /* alpha*x + beta */
    NRNN_ACTIVATION_COUNT = 12
} nrnn_activation_kind;

typedef struct nrnn_activation {
    int32_t kind; /* nrnn_activation_kind */
    float alpha, beta;
} nrnn_activation;

/* All that the sizes of memory depend on. W stands for the columns of h and y: P with a projection, else H. */
typedef struct nrnn_recurrent_shape {
    int32_t cell;     /* nrnn_cell */
    int32_t has_bias; /* 0: b_ih and b_hh (and their gradients) are NULL */
    int32_t T, B, I, H;
    int32_t reverse;  /* 1: from step T-1 down to 0; h_0 is the state before step T-1, h_n the one after step 0 */
    int32_t P;        /* the LSTMs' projection (not with layer normalisation); 0: none */
    int64_t x_stride; /* floats from one row of x (and dx) to the next, >= I; row t,b starts at (t*B+b)*x_stride */
    int64_t y_stride; /* the same for y and dy, >= W */
    int64_t R;        /* rows of a ragged batch, the sum of step_rows; 0: T*B, every row at work in every step */
    /* Of the sigmoid gates, of the candidate (a plain cell's one gate) and of what leaves an LSTM's cell state. A cell
     * without such a place has the default there. */
    nrnn_activation gate, candidate, output;
    float clip;      /* sums are limited to [-clip, clip] before gates and candidate; 0: they are not */
    int32_t masked;  /* 1: the calls have an h_mask */
    int32_t zoneout; /* 1: the calls have zoneout */
} nrnn_recurrent_shape;

/* In floats. The packed weights are valid until the next update of any parameter but w_ih. */
typedef struct nrnn_recurrent_sizes {
    int64_t packed;
    int64_t reserve;   /* forward writes it, backward reads AND destroys it */
    int64_t workspace; /* scratch of a call: may be shared between layers, contents never kept */
} nrnn_recurrent_sizes;

/* PyTorch's shapes and gate order: w_ih [G*H, I], w_hh [G*H, W], b_ih and b_hh [G*H], w_hr [P, H]. NULL where the cell
 * has no such thing: w_peephole [3*H] (i, f, o), gains of layer normalisation ln_ih_gain and ln_hh_gain [G*H],
 * ln_c_gain and ln_c_bias [H]. */
typedef struct nrnn_recurrent_weights {
    const float *w_ih, *w_hh, *b_ih, *b_hh, *w_hr;
    const float *w_peephole, *ln_ih_gain, *ln_hh_gain, *ln_c_gain, *ln_c_bias;
} nrnn_recurrent_weights;

/* Each unit of a state keeps what it was in a step, with the probability of these rates in 0..1 (Krueger et al. 2017):
 * unit u of row b does in step t where element (t*B + b)*W + u of Philox's stream `stream` is below h; with H and
 * stream + 1, below c. expect: mixed by the rates instead, as for predictions. */
typedef struct nrnn_zoneout {
    float h, c; /* c: 0 for cells without a cell state; h: 0 with a projection */
    int32_t expect;
    int32_t reserved;
    uint64_t seed, stream;
} nrnn_zoneout;

/* Cells without a cell state: c_0, c_n and their gradients must be NULL.
 * h_0: [B, W], c_0: [B, H], NULL means zeros. h_n, c_n: the same shapes, may be NULL, may equal h_0 and c_0.
 * y: [T, B, W].
 * Ragged batches (R > 0): step_rows [T] are the rows at work in each step in memory, 1..B, never rising from one to the
 * next. x, y and their gradients have R rows: first step_rows[0] of step 0, and so on. So the rows of a batch (and of
 * all states) stand in the order of their lengths, longest first; row b ends with the last step that has more than b
 * rows, and there a reverse layer begins with h_0[b]. Rows of length zero come last: h_n = h_0, dh_0 = dh_n.
 * h_mask [B, W] (masked = 1) multiplies the state before each step where it enters products, and only there. */
typedef struct nrnn_recurrent_forward_args {
    const float *x, *w_ih, *packed, *h_0, *c_0;
    float *y, *h_n, *c_n, *reserve, *workspace;
    const int32_t *step_rows; /* NULL where R is 0 */
    const float *h_mask;      /* NULL where masked is 0 */
    nrnn_zoneout zoneout;     /* read where zoneout is 1 */
} nrnn_recurrent_forward_args;

/* x … zoneout: as the forward call had and left them (h_0 and c_0 unchanged).
 * dy, dh_n, dc_n: NULL means zeros. dx, dh_0, dc_0: NULL means not wanted. Gradients of parameters: NULL where the
 * parameter is. */
typedef struct nrnn_recurrent_backward_args {
    const float *x, *w_ih, *packed, *h_0, *c_0, *y, *dy, *dh_n, *dc_n;
    float *reserve, *workspace;
    float *dx, *dh_0, *dc_0;
    float *dw_ih, *dw_hh, *db_ih, *db_hh;
    const int32_t *step_rows;
    const float *h_mask;
    nrnn_zoneout zoneout;
    float *dw_hr, *dw_peephole, *dln_ih_gain, *dln_hh_gain, *dln_c_gain, *dln_c_bias;
} nrnn_recurrent_backward_args;

NRNN_API int32_t nrnn_recurrent_sizes_of(nrnn_context *context, const nrnn_recurrent_shape *shape,
                                         nrnn_recurrent_sizes *sizes);
NRNN_API int32_t nrnn_recurrent_pack(nrnn_context *context, const nrnn_recurrent_shape *shape,
                                     const nrnn_recurrent_weights *weights, float *packed);
NRNN_API int32_t nrnn_recurrent_forward(nrnn_context *context, const nrnn_recurrent_shape *shape,
                                        const nrnn_recurrent_forward_args *args);
NRNN_API int32_t nrnn_recurrent_backward(nrnn_context *context, const nrnn_recurrent_shape *shape,
                                         const nrnn_recurrent_backward_args *args);

/* ---- embedding: table [V, E], ids [n] in 0..V-1, rows [n, E] ------------------------------------------------ */

NRNN_API int32_t nrnn_embedding_forward(nrnn_context *context, int64_t n, int32_t V, int32_t E, const float *table,
                                        const int32_t *ids, float *rows);
NRNN_API int32_t nrnn_embedding_backward(nrnn_context *context, int64_t n, int32_t V, int32_t E, const int32_t *ids,
                                         const float *drows, float *dtable);

/* ---- dense layer: y = x w^T + b; x [N, I], w [O, I], b [O] or NULL, y [N, O] ------------------------------- */

typedef struct nrnn_dense_args {
    int64_t N;
    int32_t I, O;
    const float *x, *w, *b;
    float *y;            /* forward: written */
    const float *dy;     /* backward: read */
    float *dx, *dw, *db; /* backward: dx may be NULL; db is NULL where b is */
} nrnn_dense_args;

NRNN_API int32_t nrnn_dense_forward(nrnn_context *context, const nrnn_dense_args *args);
NRNN_API int32_t nrnn_dense_backward(nrnn_context *context, const nrnn_dense_args *args);

/* ---- losses ------------------------------------------------------------------------------------------------ */

/* loss = scale * sum over rows of (1-e)*w[target]*(lse - logits[target]) + e/V * sum over v of w[v]*(lse - logits[v]),
 * where lse = log sum exp(logits) and e = label_smoothing; dlogits may be NULL or equal logits. */
typedef struct nrnn_cross_entropy_args {
    int64_t N;
    int32_t V;
    int32_t mean;             /* 1: divided by the sum of w[target] over the rows that count */
    int32_t ignores, ignored; /* ignores 1: rows with the target `ignored`, a class or not, do not count */
    double scale;
    double label_smoothing;
    const float *class_weights; /* w [V]; NULL: 1 */
    const float *logits;
    const int32_t *targets;
    float *dlogits;
    double loss; /* written */
} nrnn_cross_entropy_args;

/* The output layer and its loss in row blocks: the logits [N, V] never exist as a whole. dx NULL: only the loss is
 * computed, dw and db are not touched. workspace: nrnn_dense_cross_entropy_workspace floats. */
typedef struct nrnn_dense_cross_entropy_args {
    int64_t N;
    int32_t I, V;
    double scale;
    const float *x, *w, *b; /* [N, I], [V, I], [V] or NULL */
    const int32_t *targets;
    float *dx, *dw, *db;
    float *workspace;
    double loss; /* written */
} nrnn_dense_cross_entropy_args;

NRNN_API int32_t nrnn_cross_entropy(nrnn_context *context, nrnn_cross_entropy_args *args);
NRNN_API int64_t nrnn_dense_cross_entropy_workspace(int64_t N, int32_t I, int32_t V);
NRNN_API int32_t nrnn_dense_cross_entropy(nrnn_context *context, nrnn_dense_cross_entropy_args *args);

/* Losses of single numbers, x of input and y of target: docs/math.md. */
typedef enum nrnn_loss {
    NRNN_LOSS_SQUARED = 0,
    NRNN_LOSS_ABSOLUTE = 1,
    NRNN_LOSS_HUBER = 2,     /* setting: delta */
    NRNN_LOSS_QUANTILE = 3,  /* setting: the quantile */
    NRNN_LOSS_BINARY = 4,    /* x is a logit */
    NRNN_LOSS_GAUSSIAN = 5,  /* x is a mean; the variance is softplus of the second half of the row, at least `floor` */
    NRNN_LOSS_STUDENT_T = 6, /* the same; setting: degrees of freedom */
    NRNN_LOSS_COUNT = 7
} nrnn_loss;

typedef struct nrnn_pointwise_loss_args {
    int32_t loss_kind; /* nrnn_loss */
    int32_t columns;   /* numbers in a row of target; a row of input has as many, or twice as many */
    int64_t N;
    double scale, setting, floor;
    const float *weights, *positive_weights; /* [columns]; NULL: 1 */
    const float *input, *target;
    float *dinput; /* may be NULL */
    double loss;   /* written: scale * sum over all of weight * loss */
} nrnn_pointwise_loss_args;

NRNN_API int32_t nrnn_pointwise_loss(nrnn_context *context, nrnn_pointwise_loss_args *args);

/* -scale * sum over the sequences of log p(target | softmax of logits). Targets longer than any path through the steps
 * give an infinite loss, or 0, and no gradient. workspace: nrnn_ctc_workspace floats. */
typedef struct nrnn_ctc_args {
    int32_t T, B, C, S;
    int32_t blank;         /* a class that no target has */
    int32_t mean;          /* 1: the loss of a sequence is divided by the length of its target, where that is above 0 */
    int32_t zero_infinity; /* 1: an infinite loss counts as 0 */
    int32_t reserved;
    double scale;
    const float *logits;    /* [T, B, C] */
    const int32_t *targets; /* [B, S], what is beyond the lengths is not read; NULL where S is 0 */
    const int32_t *input_lengths, *target_lengths; /* [B], 0..T and 0..S */
    float *dlogits;                                /* may be NULL; zero beyond the lengths */
    float *workspace;
    double loss; /* written */
} nrnn_ctc_args;

NRNN_API int64_t nrnn_ctc_workspace(int32_t T, int32_t B, int32_t S);
NRNN_API int32_t nrnn_ctc(nrnn_context *context, nrnn_ctc_args *args);

/* ---- optimizers: one pass over all parameters ---------------------------------------------------------------- */

NRNN_API int32_t nrnn_sum_of_squares(nrnn_context *context, int64_t n, const float *x, double *sum);

/* The rules, and the arrays of n floats that each keeps, first to third. What stands in brackets may be NULL. */
typedef enum nrnn_rule {
    NRNN_RULE_SGD = 0,      /* [velocity]: with momentum */
    NRNN_RULE_ADAGRAD = 1,  /* sum of squares */
    NRNN_RULE_ADADELTA = 2, /* mean of squared gradients, of squared steps */
    NRNN_RULE_RMSPROP = 3,  /* mean of squares, [mean]: centred, squares of the distance from it; [velocity] */
    NRNN_RULE_ADAM = 4,     /* first moment, second moment, [highest second moment]: AMSGrad */
    NRNN_RULE_NADAM = 5,    /* first moment, second moment */
    NRNN_RULE_ADAMAX = 6,   /* first moment, largest magnitude */
    NRNN_RULE_ASGD = 7,     /* average of the parameters */
    NRNN_RULE_COUNT = 8
} nrnn_rule;

/* g = grad_scale*grad, cut to -limit..limit, + l2*p, is what a rule sees as the gradient; p -= shrink*p comes before
 * the rule's own step. What depends on the number of the update, such as a bias correction, is in the coefficients: see
 * docs/math.md for each rule. A rule does not read the settings that it does not have. */
typedef struct nrnn_update_args {
    int32_t rule; /* nrnn_rule */
    int32_t nesterov;
    int64_t n;
    double grad_scale;
    double limit; /* 0: none */
    double l2, shrink;
    double rate, mean_rate; /* of the step along the gradient or its mean; nadam: mean_rate along the mean */
    double momentum, dampening;
    double beta1, beta2, eps;
    double root;    /* factor of the root of the second moment */
    double average; /* asgd: how far the average goes towards p */
    float *p;
    const float *grad;
    float *first, *second, *third; /* state */
} nrnn_update_args;

NRNN_API int32_t nrnn_update(nrnn_context *context, const nrnn_update_args *args);

/* ---- random numbers: Philox 4x32-10 (Salmon et al. 2011) ------------------------------------------------------
 * Element e = offset + i is word e%4 of the block with key (seed low, seed high) and counter
 * (e/4 low, e/4 high, stream low, stream high); out[i] = (word >> 8) * 2^-24, in [0, 1). */
NRNN_API int32_t nrnn_philox(nrnn_context *context, uint64_t seed, uint64_t stream, uint64_t offset, int64_t n,
                             float *out);

/* mask[i] = 0 where element offset + i of the stream is below rate, else 1 / (1 - rate); 0 <= rate < 1. */
NRNN_API int32_t nrnn_dropout_mask(nrnn_context *context, uint64_t seed, uint64_t stream, uint64_t offset, double rate,
                                   int64_t n, float *mask);

/* ---- measuring ------------------------------------------------------------------------------------------------
 * Runs independent chains of fused multiply-adds of the chosen instruction set on `threads` threads of the pool
 * (1..pool size); flops: what was executed on all of them. The caller takes the time. */
NRNN_API int32_t nrnn_fma_chains(nrnn_context *context, int32_t threads, int64_t iterations, double *flops);

#ifdef __cplusplus
}
#endif
#endif
