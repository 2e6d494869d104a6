/* check_pool.c - the thread pool under stress: every shard runs exactly once, what it wrote is seen afterwards,
 * and nobody is woken on a processor that is at work.
 * Built without OpenBLAS, so that the thread sanitizer sees all synchronisation. */
#define _GNU_SOURCE
#include "base.h"
#include "cpu.h"
#include "place.h"
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

/* A thread that falls asleep and is woken, on processors of its own choice. */
typedef struct sleeper {
    pthread_mutex_t mutex;
    pthread_cond_t called, asleep;
    nrnn_place place;
    cpu_set_t bed, woken, after; /* where it falls asleep; where it may be then and once it has left */
    bool sleeps, wake;
} sleeper;

static void *sleep_once(void *argument) {
    sleeper *s = argument;
    cpu_set_t all;
    pthread_getaffinity_np(pthread_self(), sizeof all, &all);
    pthread_setaffinity_np(pthread_self(), sizeof s->bed, &s->bed);
    pthread_mutex_lock(&s->mutex);
    nrnn_place_sleep(&s->place);
    pthread_setaffinity_np(pthread_self(), sizeof all, &all);
    s->sleeps = true;
    pthread_cond_signal(&s->asleep);
    while (!s->wake)
        pthread_cond_wait(&s->called, &s->mutex);
    pthread_getaffinity_np(pthread_self(), sizeof s->woken, &s->woken);
    nrnn_place_leave(&s->place);
    pthread_getaffinity_np(pthread_self(), sizeof s->after, &s->after);
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

/* Who sleeps on the waker's processor must be woken on another one, and be free again after that. */
static void check_place(size_t bed, size_t here, const cpu_set_t *all) {
    sleeper s = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                 .called = PTHREAD_COND_INITIALIZER,
                 .asleep = PTHREAD_COND_INITIALIZER,
                 .place = {.cpu = -1}};
    pthread_t thread;
    cpu_set_t mine, expected = *all;
    CPU_ZERO(&s.bed);
    CPU_SET(bed, &s.bed);
    expect(pthread_create(&thread, NULL, sleep_once, &s) == 0, "thread");
    pthread_mutex_lock(&s.mutex);
    while (!s.sleeps)
        pthread_cond_wait(&s.asleep, &s.mutex);
    CPU_ZERO(&mine);
    CPU_SET(here, &mine);
    pthread_setaffinity_np(pthread_self(), sizeof mine, &mine);
    nrnn_place_wake(&s.place, thread);
    pthread_setaffinity_np(pthread_self(), sizeof *all, all);
    s.wake = true;
    pthread_cond_signal(&s.called);
    pthread_mutex_unlock(&s.mutex);
    pthread_join(thread, NULL);
    if (bed == here)
        CPU_CLR(here, &expected);
    expect(CPU_EQUAL(&s.woken, &expected), "woken on another processor");
    expect(CPU_EQUAL(&s.after, all), "free again");
}

static void check_places(void) {
    cpu_set_t all;
    size_t first = 0, second;
    if (pthread_getaffinity_np(pthread_self(), sizeof all, &all) != 0 || CPU_COUNT(&all) < 2)
        return; /* there is no other processor */
    while (!CPU_ISSET(first, &all))
        ++first;
    for (second = first + 1; !CPU_ISSET(second, &all);)
        ++second;
    check_place(first, first, &all);
    check_place(second, second, &all);
    check_place(first, second, &all);
}

int main(void) {
    static const int32_t threads[] = {1, 2, 3, 7};
    for (int i = 0; i < 4; ++i)
        for (int spin = 0; spin < 2; ++spin) {
            stress(threads[i], spin, 5000);
            check_crew(threads[i], spin);
        }
    check_places();
    for (int i = 0; i < 50; ++i) { /* stopped before the workers have seen anything */
        nrnn_pool *pool = NULL;
        expect(nrnn_pool_create(&pool, 4, i % 2) == NRNN_OK, "create");
        nrnn_pool_destroy(pool);
    }
    expect(nrnn_usable_cpus() >= 1, "usable cpus");
    printf(failures ? "%d checks failed\n" : "all checks passed\n", failures);
    return failures != 0;
}
