/* dispatch.c - one row per instruction set, best first. A new one: a row here, its kernels by CMake. Compiled twice:
 * the checks have generic vectors besides. */
#include "dispatch.h"

#include "kernels/kernels.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

typedef struct isa_row {
    const nrnn_kernels *kernels;
    bool (*available)(void);
} isa_row;

static bool always(void) {
    return true;
}

#if defined(NRNN_HAS_avx2)
static bool has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); /* asks for the system's support too */
}
#endif

#if defined(NRNN_HAS_avx512)
static bool has_avx512(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

static const isa_row rows[] = {
#if defined(NRNN_HAS_avx512)
    {&nrnn_kernels_avx512, has_avx512},
#endif
#if defined(NRNN_HAS_avx2)
    {&nrnn_kernels_avx2, has_avx2},
#endif
#if defined(NRNN_HAS_neon)
    {&nrnn_kernels_neon, always}, /* part of the 64-bit ABI */
#endif
    {&nrnn_kernels_scalar, always},
#if defined(NRNN_HAS_generic4) && defined(NRNN_HAS_generic16)
    {&nrnn_kernels_generic4, always}, /* never the best */
    {&nrnn_kernels_generic16, always},
#endif
};

enum { ROWS = sizeof rows / sizeof rows[0] };

const nrnn_kernels *nrnn_dispatch(const char *isa) {
    for (int i = 0; i < ROWS; ++i)
        if ((!isa || !*isa || strcmp(isa, rows[i].kernels->isa) == 0) && rows[i].available())
            return rows[i].kernels;
    return NULL;
}

static char names[16 * ROWS];
static pthread_once_t names_once = PTHREAD_ONCE_INIT;

static void write_names(void) {
    for (int i = 0; i < ROWS; ++i)
        if (rows[i].available()) {
            if (names[0])
                strcat(names, ",");
            strcat(names, rows[i].kernels->isa);
        }
}

const char *nrnn_dispatch_names(void) {
    pthread_once(&names_once, write_names);
    return names;
}
