/* pool.h - the thread pool: runs the numbered shards of a task, the calling thread included.
 * Which thread runs which shard is left to chance; tasks are written so that it cannot show in the results. */
#ifndef NRNN_POOL_H
#define NRNN_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct nrnn_pool nrnn_pool;
typedef void nrnn_task(void *argument, int64_t index);

/* One entry of a list of tasks that may run at the same time. */
typedef struct nrnn_work {
    nrnn_task *task;
    void *argument;
    int64_t count; /* runs task(argument, 0 .. count-1); may be 0 */
} nrnn_work;

/* threads counts the caller. spin: wait briefly before sleeping; only where every thread has a core of its own.
 * Returns an nrnn_status. */
int32_t nrnn_pool_create(nrnn_pool **pool, int32_t threads, bool spin);
void nrnn_pool_destroy(nrnn_pool *pool);

/* Returns when all shards have run; what they wrote is visible then. One call at a time, and not from a task. */
void nrnn_pool_run(nrnn_pool *pool, nrnn_task *task, void *argument, int64_t count);
void nrnn_pool_run_list(nrnn_pool *pool, const nrnn_work *list, int length);

/* Threads that wait for each other between the parts of one task: as many shards as members, none more than there are
 * threads, each of which calls wait equally often. */
typedef struct nrnn_crew {
    _Alignas(64) _Atomic int32_t waiting;
    _Alignas(64) _Atomic int32_t meetings;
    _Atomic int32_t long_waits; /* for members that seem to have lost their processor */
    int32_t members;
} nrnn_crew;

void nrnn_crew_start(nrnn_crew *crew, int32_t members);

/* Returns when all members are here; what they wrote before is visible then. */
void nrnn_crew_wait(nrnn_crew *crew);

/* Gives the processor to another thread. */
void nrnn_pool_yield(void);

#endif
