/* philox.c - Philox 4x32-10 (random.h) over sixteen blocks side by side, in loops that compilers turn into vectors. */
#include "kernels/kernels.h"

enum { BLOCKS = NRNN_UNIFORM / 4 };

void NRNN_NAME(uniform)(uint64_t seed, uint64_t stream, uint64_t block, float *out) {
    uint32_t c0[BLOCKS], c1[BLOCKS], c2[BLOCKS], c3[BLOCKS];
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int j = 0; j < BLOCKS; ++j) {
        c0[j] = (uint32_t)(block + (uint64_t)j);
        c1[j] = (uint32_t)((block + (uint64_t)j) >> 32);
        c2[j] = (uint32_t)stream;
        c3[j] = (uint32_t)(stream >> 32);
    }
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u)
        for (int j = 0; j < BLOCKS; ++j) {
            const uint64_t p0 = (uint64_t)0xD2511F53u * c0[j], p1 = (uint64_t)0xCD9E8D57u * c2[j];
            c0[j] = (uint32_t)(p1 >> 32) ^ c1[j] ^ k0;
            c2[j] = (uint32_t)(p0 >> 32) ^ c3[j] ^ k1;
            c1[j] = (uint32_t)p1;
            c3[j] = (uint32_t)p0;
        }
    for (int j = 0; j < BLOCKS; ++j, out += 4) {
        out[0] = (float)(int32_t)(c0[j] >> 8) * 0x1p-24f;
        out[1] = (float)(int32_t)(c1[j] >> 8) * 0x1p-24f;
        out[2] = (float)(int32_t)(c2[j] >> 8) * 0x1p-24f;
        out[3] = (float)(int32_t)(c3[j] >> 8) * 0x1p-24f;
    }
}
