/* random.c - counter-based random numbers: element e is a function of seed, stream and e alone. */
#include "random.h"

#include "base.h"
#include "pool.h"

static inline void philox_rounds(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0, uint32_t k1,
                                 uint32_t words[4]) {
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
        const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u; /* the golden ratio and sqrt(3) - 1, as Weyl sequences */
        k1 += 0xBB67AE85u;
    }
    words[0] = c0;
    words[1] = c1;
    words[2] = c2;
    words[3] = c3;
}

void nrnn_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]) {
    philox_rounds(counter[0], counter[1], counter[2], counter[3], key[0], key[1], words);
}

typedef struct philox_job {
    uint64_t seed, stream, offset;
    int64_t n;
    float *out;
    float rate, kept; /* of a mask: what becomes of the numbers that are not below the rate */
} philox_job;

/* Words first .. first+count-1 of a block. */
static inline void philox_part(const philox_job *job, uint64_t block, uint64_t first, int64_t count, float *out) {
    uint32_t words[4];
    philox_rounds((uint32_t)block, (uint32_t)(block >> 32), (uint32_t)job->stream, (uint32_t)(job->stream >> 32),
                  (uint32_t)job->seed, (uint32_t)(job->seed >> 32), words);
    for (int64_t i = 0; i < count; ++i)
        out[i] = (float)(int32_t)(words[first + (uint64_t)i] >> 8) * 0x1p-24f;
}

static void philox_numbers(const philox_job *job, int64_t i, int64_t end) {
    while (i < end) {
        const uint64_t element = job->offset + (uint64_t)i, first = element % 4;
        if (first == 0 && end - i >= 4) { /* a constant count: the words stay in registers */
            philox_part(job, element / 4, 0, 4, job->out + i);
            i += 4;
        } else {
            const int64_t count = nrnn_min(4 - (int64_t)first, end - i);
            philox_part(job, element / 4, first, count, job->out + i);
            i += count;
        }
    }
}

static void philox_shard(void *argument, int64_t index) {
    const philox_job *job = argument;
    philox_numbers(job, index * NRNN_CHUNK, nrnn_min(job->n, (index + 1) * NRNN_CHUNK));
}

static void mask_shard(void *argument, int64_t index) {
    const philox_job *job = argument;
    const int64_t begin = index * NRNN_CHUNK, end = nrnn_min(job->n, begin + NRNN_CHUNK);
    philox_numbers(job, begin, end);
    for (int64_t i = begin; i < end; ++i)
        job->out[i] = job->out[i] < job->rate ? 0 : job->kept;
}

int32_t nrnn_philox(nrnn_context *context, uint64_t seed, uint64_t stream, uint64_t offset, int64_t n, float *out) {
    if (!context || !out || !nrnn_fits(n, 1, 1))
        return NRNN_BAD_ARGUMENT;
    philox_job job = {.seed = seed, .stream = stream, .offset = offset, .n = n, .out = out};
    nrnn_pool_run(context->pool, philox_shard, &job, nrnn_ceil_div(n, NRNN_CHUNK));
    return NRNN_OK;
}

int32_t nrnn_dropout_mask(nrnn_context *context, uint64_t seed, uint64_t stream, uint64_t offset, double rate,
                          int64_t n, float *mask) {
    if (!context || !mask || !nrnn_fits(n, 1, 1) || !(rate >= 0 && rate < 1))
        return NRNN_BAD_ARGUMENT;
    philox_job job = {seed, stream, offset, n, mask, (float)rate, (float)(1 / (1 - rate))};
    nrnn_pool_run(context->pool, mask_shard, &job, nrnn_ceil_div(n, NRNN_CHUNK));
    return NRNN_OK;
}
