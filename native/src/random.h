/* random.h - one block of Philox 4x32-10 (Salmon et al. 2011): four words from a counter and a key. */
#ifndef NRNN_RANDOM_H
#define NRNN_RANDOM_H

#include <stdint.h>

void nrnn_philox_block(const uint32_t counter[4], const uint32_t key[2], uint32_t words[4]);

#endif
