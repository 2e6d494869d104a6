/* context.c - life of a context, and what the library says about itself. */
#define _GNU_SOURCE
#include "base.h"
#include "cpu.h"
#include "dispatch.h"
#include "kernels/kernels.h"
#include "pool.h"

#include <cblas.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static _Atomic int64_t allocations;

void *nrnn_alloc(size_t bytes) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    return aligned_alloc(64, (bytes + 63) / 64 * 64);
}

void nrnn_free(void *memory) {
    free(memory);
}

int64_t nrnn_allocations(void) {
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}

int32_t nrnn_abi_version(void) {
    return NRNN_ABI_VERSION;
}

int32_t nrnn_struct_size(int32_t which) {
    static const int32_t sizes[NRNN_STRUCT_COUNT] = {
        [NRNN_STRUCT_OPTIONS] = sizeof(nrnn_options),
        [NRNN_STRUCT_INFO] = sizeof(nrnn_info),
        [NRNN_STRUCT_RECURRENT_SHAPE] = sizeof(nrnn_recurrent_shape),
        [NRNN_STRUCT_RECURRENT_SIZES] = sizeof(nrnn_recurrent_sizes),
        [NRNN_STRUCT_RECURRENT_WEIGHTS] = sizeof(nrnn_recurrent_weights),
        [NRNN_STRUCT_RECURRENT_FORWARD] = sizeof(nrnn_recurrent_forward_args),
        [NRNN_STRUCT_RECURRENT_BACKWARD] = sizeof(nrnn_recurrent_backward_args),
        [NRNN_STRUCT_DENSE] = sizeof(nrnn_dense_args),
        [NRNN_STRUCT_CROSS_ENTROPY] = sizeof(nrnn_cross_entropy_args),
        [NRNN_STRUCT_DENSE_CROSS_ENTROPY] = sizeof(nrnn_dense_cross_entropy_args),
        [NRNN_STRUCT_UPDATE] = sizeof(nrnn_update_args),
        [NRNN_STRUCT_POINTWISE_LOSS] = sizeof(nrnn_pointwise_loss_args),
        [NRNN_STRUCT_CTC] = sizeof(nrnn_ctc_args),
    };
    return which >= 0 && which < NRNN_STRUCT_COUNT ? sizes[which] : -1;
}

const char *nrnn_status_text(int32_t status) {
    switch (status) {
    case NRNN_OK:
        return "success";
    case NRNN_BAD_ARGUMENT:
        return "a size, pointer or index that the function cannot accept";
    case NRNN_BAD_ABI:
        return "the caller was compiled against another version of the library's interface";
    case NRNN_NO_MEMORY:
        return "not enough memory for the context";
    case NRNN_NO_ISA:
        return "the instruction set asked for is unknown, or this machine lacks it";
    case NRNN_NO_THREAD:
        return "a thread of the pool could not be started";
    default:
        return "unknown status";
    }
}

/* A positive count of threads; 0 when the variable is not set, -1 when it is not a number of threads. */
static int32_t threads_of_environment(void) {
    const char *text = getenv("NATIVERNN_THREADS");
    if (!text || !*text)
        return 0;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    return errno || *end || value < 1 || value > NRNN_MAX_THREADS ? -1 : (int32_t)value;
}

enum { BLAS_BUFFER = 128 << 20, STACK = 8 << 20 }; /* bytes of addresses that a thread takes */

/* Whether so many bytes of addresses are left (ulimit -v). Where they are not, OpenBLAS would try again for ever. */
static bool can_map(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory != MAP_FAILED && munmap(memory, bytes) == 0;
}

/* OpenBLAS maps a buffer for each product that runs at the same time as others, when that first happens. Have it done
 * before the first call: take as many buffers as there are threads, and give them back. The two functions are inner
 * ones of OpenBLAS, hence weak: without them the first calls map the memory, and all else is the same. */
__attribute__((weak)) void *blas_memory_alloc(int procpos);
__attribute__((weak)) void blas_memory_free(void *buffer);

static void map_blas_buffers(int32_t threads) {
    void *buffers[NRNN_MAX_THREADS];
    if (!blas_memory_alloc || !blas_memory_free)
        return;
    for (int32_t i = 0; i < threads; ++i)
        buffers[i] = blas_memory_alloc(0);
    for (int32_t i = 0; i < threads; ++i)
        if (buffers[i])
            blas_memory_free(buffers[i]);
}

int32_t nrnn_context_create(const nrnn_options *options, nrnn_context **result) {
    if (!options || !result)
        return NRNN_BAD_ARGUMENT;
    if (options->abi_version != NRNN_ABI_VERSION)
        return NRNN_BAD_ABI;
    int32_t usable = nrnn_usable_cpus();
    int32_t threads = options->threads != 0 ? options->threads : threads_of_environment();
    if (threads < 0 || threads > NRNN_MAX_THREADS)
        return NRNN_BAD_ARGUMENT;
    if (threads == 0)
        threads = (int32_t)nrnn_min(usable, NRNN_MAX_THREADS);
    const nrnn_kernels *kernels = nrnn_dispatch(options->isa ? options->isa : getenv("NATIVERNN_ISA"));
    if (!kernels)
        return NRNN_NO_ISA;

    if (!can_map((size_t)threads * (BLAS_BUFFER + STACK)))
        return NRNN_NO_MEMORY;
    const size_t scratch = (size_t)(threads * kernels->scratch_floats) * sizeof(float);
    nrnn_context *context = nrnn_alloc(sizeof *context + scratch);
    if (!context)
        return NRNN_NO_MEMORY;
    memset(context, 0, sizeof *context);
    context->kernels = kernels;
    context->threads = threads;
    context->cpus = usable;
    context->stretch_floats = 1 << 21; /* what a last-level cache keeps at hand */
    context->stretch_rows = 1024;
    openblas_set_num_threads(1); /* one thread per product: the pool splits the work */
    int32_t status = nrnn_pool_create(&context->pool, threads, threads <= usable);
    if (status != NRNN_OK) {
        nrnn_free(context);
        return status;
    }
    map_blas_buffers(threads);
    *result = context;
    return NRNN_OK;
}

int32_t nrnn_context_destroy(nrnn_context *context) {
    if (context) {
        nrnn_pool_destroy(context->pool);
        nrnn_free(context);
    }
    return NRNN_OK;
}

int32_t nrnn_context_info(const nrnn_context *context, nrnn_info *info) {
    if (!context || !info)
        return NRNN_BAD_ARGUMENT;
    *info = (nrnn_info){
        .abi_version = NRNN_ABI_VERSION,
        .threads = context->threads,
        .lanes = context->kernels->lanes,
        .isa = context->kernels->isa,
        .isas = nrnn_dispatch_names(),
        .blas_core = openblas_get_corename(),
        .blas_version = openblas_get_config(),
    };
    return NRNN_OK;
}

/* A task that every one of the first `threads` threads runs exactly once: none starts before all are here. */
typedef struct meeting {
    _Atomic int32_t arrived;
    int32_t threads;
} meeting;

static void wait_for_all(meeting *m) {
    atomic_fetch_add(&m->arrived, 1);
    while (atomic_load(&m->arrived) < m->threads)
        nrnn_pool_yield();
}

typedef struct fma_job {
    meeting meeting;
    const nrnn_kernels *kernels;
    int64_t iterations;
} fma_job;

static void fma_task(void *argument, int64_t index) {
    fma_job *job = argument;
    (void)index;
    wait_for_all(&job->meeting);
    job->kernels->fma_chains(job->iterations);
}

int32_t nrnn_fma_chains(nrnn_context *context, int32_t threads, int64_t iterations, double *flops) {
    if (!context || !flops || iterations < 1 || threads < 1 || threads > context->threads)
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    fma_job job = {.meeting = {.threads = threads}, .kernels = context->kernels, .iterations = iterations};
    nrnn_pool_run(context->pool, fma_task, &job, threads);
    *flops = context->kernels->fma_flops * (double)iterations * threads;
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
