/* check_kernels.c - compares every entry of the ABI with double precision, on every instruction set of this machine,
 * and its results on several threads with those on one, bit for bit. `check_kernels ISA...`: on these alone.
 * `check_kernels --time`: speeds instead. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void run_all(nrnn_context *context) {
    static void (*const checks[])(nrnn_context *) = {check_elementwise, check_dense,   check_recurrent,
                                                     check_arguments,   check_updates, check_losses};
    check_digest = 1469598103934665603u;
    for (int i = 0; i < (int)(sizeof checks / sizeof *checks); ++i) {
        check_seed((uint64_t)i + 1);
        checks[i](context);
    }
}

/* One instruction set: one thread against the reference, then other numbers of threads against that. */
static void check_isa(const char *isa) {
    static const int32_t threads[] = {1, 2, 3, 7};
    uint64_t digest = 0;
    for (int i = 0; i < 4; ++i) {
        nrnn_context *context = NULL;
        nrnn_info info;
        const nrnn_options options = {NRNN_ABI_VERSION, threads[i], isa};
        snprintf(check_label, sizeof check_label, "%s", isa);
        int32_t status = nrnn_context_create(&options, &context);
        CHECK(status == NRNN_OK);
        if (status != NRNN_OK)
            return;
        CHECK(nrnn_context_info(context, &info) == NRNN_OK && strcmp(info.isa, isa) == 0 && info.threads == threads[i]);
        printf("%s, %d threads (OpenBLAS: %s)\n", isa, threads[i], info.blas_core);
        check_reference = threads[i] == 1;
        const int64_t allocations = nrnn_allocations();
        run_all(context);
        /* Each check of the arguments creates three contexts, of two allocations each. */
        CHECK(nrnn_allocations() - allocations == 6);
        if (threads[i] == 1)
            digest = check_digest;
        snprintf(check_label, sizeof check_label, "%s, %d threads: the bits differ from one thread's", isa, threads[i]);
        CHECK(check_digest == digest);
        CHECK(nrnn_context_destroy(context) == NRNN_OK);
    }
}

static void check_every_isa(void) {
    nrnn_context *context = NULL;
    nrnn_info info = {0};
    const nrnn_options options = {NRNN_ABI_VERSION, 1, NULL};
    char names[200];
    CHECK(nrnn_context_create(&options, &context) == NRNN_OK && nrnn_context_info(context, &info) == NRNN_OK);
    snprintf(names, sizeof names, "%s", info.isas ? info.isas : "");
    CHECK(nrnn_context_destroy(context) == NRNN_OK);
    int isas = 0;
    for (char *name = strtok(names, ","); name; name = strtok(NULL, ","), ++isas)
        check_isa(name);
    CHECK(isas > 0);
}

int main(int argc, char **argv) {
    /* OpenBLAS reads this when it is loaded. Without it, it starts threads that map memory while we count. */
    if (!getenv("OPENBLAS_NUM_THREADS") && setenv("OPENBLAS_NUM_THREADS", "1", 1) == 0)
        execv("/proc/self/exe", argv);
    if (argc == 2 && strcmp(argv[1], "--time") == 0)
        return check_time();
    for (int i = 1; i < argc; ++i)
        check_isa(argv[i]);
    if (argc == 1)
        check_every_isa();
    printf(check_failures ? "%d checks failed\n" : "all checks passed\n", check_failures);
    return check_failures != 0;
}
