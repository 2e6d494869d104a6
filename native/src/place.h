/* place.h - keeps a thread that is woken off the processor of the one that wakes it.
 * Some kernels wake a thread where it fell asleep even if the waker computes there now and another processor is idle,
 * and move it only after milliseconds: on a virtual machine that hides which processors share a cache, for one. */
#ifndef NRNN_PLACE_H
#define NRNN_PLACE_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

/* Of one sleeper. Its fields belong to who holds the mutex under which it falls asleep and is woken. */
typedef struct nrnn_place {
    int cpu;       /* where it fell asleep; -1: awake */
    bool narrowed; /* it may not use the waker's processor until it leaves */
    cpu_set_t allowed;
} nrnn_place;

/* The calling thread is about to sleep; has woken up. */
void nrnn_place_sleep(nrnn_place *place);
void nrnn_place_leave(nrnn_place *place);

/* The calling thread is about to wake this one and to go on working itself. */
void nrnn_place_wake(nrnn_place *place, pthread_t sleeper);

#endif
