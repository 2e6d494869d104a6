/* pool.c - the thread pool on C11 atomics, one mutex and two condition variables.
 *
 * A job is published in one 64-bit word: the job's number in the high half, the shards not yet taken in the low half.
 * Taking a shard is a compare-and-swap that lowers the word by one, so a worker that wakes up late finds either the
 * present job or nothing, and the caller waits for shards, never for workers. The job's other fields are plain: they
 * are read only by who holds a shard, and the caller cannot write them before that shard is done. */
#include "pool.h"

#include "base.h"
#include "cpu.h"
#include "place.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define ALIGNED _Alignas(64) /* counters that different threads write live in lines of their own */

enum { SPIN_ROUNDS = 2000 }; /* tens of microseconds: longer than the gap between two phases of a call */

typedef struct nrnn_worker {
    nrnn_pool *pool;
    pthread_t thread;
    nrnn_place place;
} nrnn_worker;

struct nrnn_pool {
    ALIGNED _Atomic uint64_t state;
    ALIGNED _Atomic int64_t done;
    ALIGNED _Atomic int32_t sleepers;
    _Atomic bool caller_sleeps;
    _Atomic bool stop;
    ALIGNED nrnn_task *task;
    void *argument;
    int64_t count;
    int32_t threads;
    bool spin;
    pthread_mutex_t mutex;
    pthread_cond_t work, finished;
    nrnn_worker workers[NRNN_MAX_THREADS];
};

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void nrnn_pool_yield(void) {
    sched_yield();
}

static bool has_work(uint64_t state) {
    return (uint32_t)state != 0;
}

/* Takes shards until there are none left. */
static void work_on(nrnn_pool *pool) {
    uint64_t state = atomic_load_explicit(&pool->state, memory_order_acquire);
    while (has_work(state)) {
        if (!atomic_compare_exchange_weak_explicit(&pool->state, &state, state - 1, memory_order_acq_rel,
                                                   memory_order_acquire))
            continue;
        int64_t count = pool->count;
        pool->task(pool->argument, count - (int64_t)(uint32_t)state);
        /* Sequentially consistent, as is caller_sleeps: one of the two sees the other. */
        if (atomic_fetch_add(&pool->done, 1) + 1 == count && atomic_load(&pool->caller_sleeps)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->mutex);
        }
        state = atomic_load_explicit(&pool->state, memory_order_acquire);
    }
}

/* True while there is reason to go on, after a short wait and then a sleep. */
static bool wait_for_work(nrnn_worker *worker) {
    nrnn_pool *pool = worker->pool;
    for (int i = 0; pool->spin && i < SPIN_ROUNDS; ++i) {
        if (has_work(atomic_load_explicit(&pool->state, memory_order_relaxed)))
            return true;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleepers, 1);
    nrnn_place_sleep(&worker->place);
    while (!has_work(atomic_load(&pool->state)) && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->work, &pool->mutex);
    nrnn_place_leave(&worker->place);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->mutex);
    return !atomic_load(&pool->stop);
}

static void *work(void *argument) {
    nrnn_worker *worker = argument;
    nrnn_fp_enter();
    while (wait_for_work(worker))
        work_on(worker->pool);
    return NULL;
}

/* Wakes as many as there are shards for them. */
static void wake_workers(nrnn_pool *pool, int64_t count) {
    pthread_mutex_lock(&pool->mutex);
    for (int32_t i = 0; pool->spin && i < pool->threads - 1; ++i)
        nrnn_place_wake(&pool->workers[i].place, pool->workers[i].thread);
    if (count > pool->threads)
        pthread_cond_broadcast(&pool->work);
    else
        for (int64_t i = 1; i < count; ++i)
            pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
}

static void wait_until_done(nrnn_pool *pool, int64_t count) {
    for (int i = 0; pool->spin && i < SPIN_ROUNDS; ++i) {
        if (atomic_load_explicit(&pool->done, memory_order_acquire) == count)
            return;
        pause_briefly();
    }
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (atomic_load(&pool->done) != count)
        pthread_cond_wait(&pool->finished, &pool->mutex);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

void nrnn_pool_run(nrnn_pool *pool, nrnn_task *task, void *argument, int64_t count) {
    if (pool->threads == 1 || count <= 1) {
        for (int64_t i = 0; i < count; ++i)
            task(argument, i);
        return;
    }
    pool->task = task;
    pool->argument = argument;
    pool->count = count;
    atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
    uint64_t number = (atomic_load_explicit(&pool->state, memory_order_relaxed) >> 32) + 1;
    atomic_store(&pool->state, number << 32 | (uint32_t)count);
    if (atomic_load(&pool->sleepers) > 0) /* who is not asleep yet looks at the state before it sleeps */
        wake_workers(pool, count);
    work_on(pool);
    wait_until_done(pool, count);
}

void nrnn_crew_start(nrnn_crew *crew, int32_t members) {
    atomic_init(&crew->waiting, 0);
    atomic_init(&crew->meetings, 0);
    atomic_init(&crew->long_waits, 0);
    crew->members = members;
}

/* Spins only as long as a member that has a processor may take; one that has none needs ours. */
void nrnn_crew_wait(nrnn_crew *crew) {
    const int32_t meeting = atomic_load_explicit(&crew->meetings, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&crew->waiting, 1, memory_order_acq_rel) + 1 == crew->members) {
        atomic_store_explicit(&crew->waiting, 0, memory_order_relaxed);
        atomic_store_explicit(&crew->meetings, meeting + 1, memory_order_release);
        return;
    }
    for (int i = 0; atomic_load_explicit(&crew->meetings, memory_order_acquire) == meeting; ++i)
        if (i < SPIN_ROUNDS) {
            pause_briefly();
        } else {
            if (i == SPIN_ROUNDS)
                atomic_fetch_add_explicit(&crew->long_waits, 1, memory_order_relaxed);
            sched_yield();
        }
}

typedef struct work_list {
    const nrnn_work *works;
    int length;
} work_list;

static void run_entry(void *argument, int64_t index) {
    const work_list *list = argument;
    for (int i = 0; i < list->length; ++i) {
        if (index < list->works[i].count) {
            list->works[i].task(list->works[i].argument, index);
            return;
        }
        index -= list->works[i].count;
    }
}

void nrnn_pool_run_list(nrnn_pool *pool, const nrnn_work *list, int length) {
    work_list whole = {list, length};
    int64_t count = 0;
    for (int i = 0; i < length; ++i)
        count += list[i].count;
    nrnn_pool_run(pool, run_entry, &whole, count);
}

static void stop_workers(nrnn_pool *pool, int32_t started) {
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->mutex);
    for (int32_t i = 0; i < started; ++i)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->mutex);
    nrnn_free(pool);
}

int32_t nrnn_pool_create(nrnn_pool **result, int32_t threads, bool spin) {
    nrnn_pool *pool = nrnn_alloc(sizeof *pool);
    if (!pool)
        return NRNN_NO_MEMORY;
    atomic_init(&pool->state, 0);
    atomic_init(&pool->done, 0);
    atomic_init(&pool->sleepers, 0);
    atomic_init(&pool->caller_sleeps, false);
    atomic_init(&pool->stop, false);
    pool->threads = threads;
    pool->spin = spin;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->finished, NULL);
    for (int32_t i = 0; i < threads - 1; ++i) {
        nrnn_worker *worker = &pool->workers[i];
        *worker = (nrnn_worker){.pool = pool, .place = {.cpu = -1}};
        if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
            stop_workers(pool, i);
            return NRNN_NO_THREAD;
        }
    }
    *result = pool;
    return NRNN_OK;
}

void nrnn_pool_destroy(nrnn_pool *pool) {
    stop_workers(pool, pool->threads - 1);
}
