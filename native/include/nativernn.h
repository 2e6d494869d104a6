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
#define NRNN_ABI_VERSION 2

typedef enum nrnn_status {
    NRNN_OK = 0,
    NRNN_BAD_ARGUMENT = 1, /* a size, pointer or index the function cannot accept */
    NRNN_BAD_ABI = 2,      /* the caller was compiled against another ABI version */
    NRNN_NO_MEMORY = 3,    /* allocation of the context failed */
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
    NRNN_STRUCT_SGD = 10,
    NRNN_STRUCT_ADAM = 11,
    NRNN_STRUCT_COUNT = 12
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
    NRNN_CELL_COUNT = 5
} nrnn_cell;

typedef struct nrnn_recurrent_shape {
    int32_t cell;     /* nrnn_cell */
    int32_t has_bias; /* 0: b_ih and b_hh (and their gradients) are NULL */
    int32_t T, B, I, H;
    int32_t reverse; /* 1: from step T-1 down to 0; h_0 is the state before step T-1, h_n the one after step 0 */
    int32_t reserved;
    int64_t x_stride; /* floats from one row of x (and dx) to the next, >= I; row t,b starts at (t*B+b)*x_stride */
    int64_t y_stride; /* the same for y and dy, >= H */
} nrnn_recurrent_shape;

/* In floats. The packed weights are valid until the next update of w_hh or the biases. */
typedef struct nrnn_recurrent_sizes {
    int64_t packed;
    int64_t reserve;   /* forward writes it, backward reads AND destroys it */
    int64_t workspace; /* scratch of a call: may be shared between layers, contents never kept */
} nrnn_recurrent_sizes;

/* PyTorch's shapes and gate order: w_ih [G*H, I], w_hh [G*H, H], b_ih and b_hh [G*H]. */
typedef struct nrnn_recurrent_weights {
    const float *w_ih, *w_hh, *b_ih, *b_hh;
} nrnn_recurrent_weights;

/* Cells without a cell state: c_0, c_n and their gradients must be NULL.
 * h_0, c_0: [B, H], NULL means zeros. h_n, c_n: [B, H], may be NULL, may equal h_0 and c_0. y: [T, B, H]. */
typedef struct nrnn_recurrent_forward_args {
    const float *x, *w_ih, *packed, *h_0, *c_0;
    float *y, *h_n, *c_n, *reserve, *workspace;
} nrnn_recurrent_forward_args;

/* x, w_ih, packed, h_0, c_0, y, reserve: as the forward call had and left them (h_0 and c_0 unchanged).
 * dy, dh_n, dc_n: NULL means zeros. dx, dh_0, dc_0: NULL means not wanted; dh_0 and dc_0 are [B, H]. */
typedef struct nrnn_recurrent_backward_args {
    const float *x, *w_ih, *packed, *h_0, *c_0, *y, *dy, *dh_n, *dc_n;
    float *reserve, *workspace;
    float *dx, *dh_0, *dc_0;
    float *dw_ih, *dw_hh, *db_ih, *db_hh;
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

/* loss = scale * sum over rows of (log sum exp(logits) - logits[target]); dlogits may be NULL or equal logits. */
typedef struct nrnn_cross_entropy_args {
    int64_t N;
    int32_t V;
    int32_t reserved;
    double scale; /* 1 for the sum, 1/N for the mean */
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

/* loss = scale * sum (input - target)^2; dinput [n] may be NULL. */
NRNN_API int32_t nrnn_squared_error(nrnn_context *context, int64_t n, double scale, const float *input,
                                    const float *target, float *dinput, double *loss);

/* ---- optimizers: one pass over all parameters, gradients multiplied by grad_scale (clipping) on the way ------- */

NRNN_API int32_t nrnn_sum_of_squares(nrnn_context *context, int64_t n, const float *x, double *sum);

/* g = grad_scale*grad + weight_decay*p; v = momentum*v + g; p -= lr*(nesterov ? g + momentum*v : v). */
typedef struct nrnn_sgd_args {
    int64_t n;
    double lr, momentum, weight_decay, grad_scale;
    int32_t nesterov;
    int32_t reserved;
    float *p;
    const float *grad;
    float *velocity; /* NULL where momentum is 0 */
} nrnn_sgd_args;

/* Kingma & Ba 2015, algorithm 1, with L2 decay added to the gradient; eps outside the root; step counts from 1. */
typedef struct nrnn_adam_args {
    int64_t n, step;
    double lr, beta1, beta2, eps, weight_decay, grad_scale;
    float *p;
    const float *grad;
    float *m, *v;
} nrnn_adam_args;

NRNN_API int32_t nrnn_sgd(nrnn_context *context, const nrnn_sgd_args *args);
NRNN_API int32_t nrnn_adam(nrnn_context *context, const nrnn_adam_args *args);

/* ---- random numbers: Philox 4x32-10 (Salmon et al. 2011) ------------------------------------------------------
 * Element e = offset + i is word e%4 of the block with key (seed low, seed high) and counter
 * (e/4 low, e/4 high, stream low, stream high); out[i] = (word >> 8) * 2^-24, in [0, 1). */
NRNN_API int32_t nrnn_philox(nrnn_context *context, uint64_t seed, uint64_t stream, uint64_t offset, int64_t n,
                             float *out);

/* ---- measuring ------------------------------------------------------------------------------------------------
 * Runs independent chains of fused multiply-adds of the chosen instruction set on `threads` threads of the pool
 * (1..pool size); flops: what was executed on all of them. The caller takes the time. */
NRNN_API int32_t nrnn_fma_chains(nrnn_context *context, int32_t threads, int64_t iterations, double *flops);

#ifdef __cplusplus
}
#endif
#endif
