/* check_pool.c - the thread pool under stress: every shard runs exactly once, and what it wrote is seen afterwards.
 * Built without OpenBLAS, so that the thread sanitizer sees all synchronisation. */
#include "base.h"
#include "cpu.h"
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void *nrnn_alloc(size_t bytes) {
    return aligned_alloc(64, (bytes + 63) / 64 * 64);
}
void nrnn_free(void *memory) {
    free(memory);
}

enum { MOST = 300 };
typedef struct counts {
    int64_t value[MOST]; /* plain: a data race would be one the pool must prevent */
    int64_t add;
} counts;

static void count_task(void *argument, int64_t index) {
    counts *c = argument;
    c->value[index] += c->add;
}

static int failures;

static void expect(bool ok, const char *what) {
    if (!ok && ++failures <= 20)
        fprintf(stderr, "FAILED %s\n", what);
}

static void stress(int32_t threads, bool spin, int rounds) {
    nrnn_pool *pool = NULL;
    counts c = {.add = 1}, d = {.add = 2};
    int64_t want[MOST] = {0};
    expect(nrnn_pool_create(&pool, threads, spin) == NRNN_OK, "create");
    for (int round = 0; round < rounds; ++round) {
        const int64_t count = round * 7 % MOST;
        c.add = round; /* written between the runs, read in them */
        nrnn_pool_run(pool, count_task, &c, count);
        for (int64_t i = 0; i < count; ++i)
            want[i] += round;
        if (round % 500 == 499) /* long enough for all to fall asleep */
            nanosleep(&(struct timespec){0, 2000000}, NULL);
    }
    bool same = true;
    for (int i = 0; i < MOST; ++i)
        same = same && c.value[i] == want[i];
    expect(same, "every shard once");
    for (int round = 0; round < rounds / 10; ++round) {
        const nrnn_work list[] = {{count_task, &c, 5}, {count_task, &d, 0}, {count_task, &d, 3}};
        nrnn_pool_run_list(pool, list, 3);
    }
    expect(d.value[0] == 2 * (rounds / 10) && d.value[2] == d.value[0] && d.value[3] == 0, "list");
    nrnn_pool_destroy(pool);
}

typedef struct meeting {
    nrnn_crew crew;
    int64_t written[MOST]; /* by each member, before the others read it */
    _Atomic int64_t wrong;
} meeting;

static void meet_often(void *argument, int64_t index) {
    meeting *m = argument;
    for (int64_t round = 1; round <= 200; ++round) {
        m->written[index] = round;
        nrnn_crew_wait(&m->crew);
        for (int32_t i = 0; i < m->crew.members; ++i)
            if (m->written[i] != round)
                atomic_fetch_add(&m->wrong, 1);
        nrnn_crew_wait(&m->crew);
    }
}

static void check_crew(int32_t threads, bool spin) {
    static meeting m;
    nrnn_pool *pool = NULL;
    expect(nrnn_pool_create(&pool, threads, spin) == NRNN_OK, "create");
    for (int i = 0; i < 5; ++i) {
        nrnn_crew_start(&m.crew, threads);
        nrnn_pool_run(pool, meet_often, &m, threads);
    }
    expect(atomic_load(&m.wrong) == 0, "nobody goes on before all have come");
    nrnn_pool_destroy(pool);
}

int main(void) {
    static const int32_t threads[] = {1, 2, 3, 7};
    for (int i = 0; i < 4; ++i)
        for (int spin = 0; spin < 2; ++spin) {
            stress(threads[i], spin, 5000);
            check_crew(threads[i], spin);
        }
    for (int i = 0; i < 50; ++i) { /* stopped before the workers have seen anything */
        nrnn_pool *pool = NULL;
        expect(nrnn_pool_create(&pool, 4, i % 2) == NRNN_OK, "create");
        nrnn_pool_destroy(pool);
    }
    expect(nrnn_usable_cpus() >= 1, "usable cpus");
    printf(failures ? "%d checks failed\n" : "all checks passed\n", failures);
    return failures != 0;
}
