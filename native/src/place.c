/* place.c - see place.h. What the system refuses is left as it is: only time is lost. */
#define _GNU_SOURCE
#include "place.h"

void nrnn_place_sleep(nrnn_place *place) {
    place->cpu = sched_getcpu();
}

void nrnn_place_leave(nrnn_place *place) {
    place->cpu = -1;
    if (place->narrowed)
        pthread_setaffinity_np(pthread_self(), sizeof place->allowed, &place->allowed);
    place->narrowed = false;
}

void nrnn_place_wake(nrnn_place *place, pthread_t sleeper) {
    const size_t here = (size_t)sched_getcpu(); /* -1 is beyond all sets */
    if (here >= CPU_SETSIZE || place->cpu != (int)here || place->narrowed ||
        pthread_getaffinity_np(sleeper, sizeof place->allowed, &place->allowed) != 0)
        return;
    cpu_set_t elsewhere = place->allowed;
    CPU_CLR(here, &elsewhere);
    place->narrowed = CPU_COUNT(&elsewhere) > 0 && pthread_setaffinity_np(sleeper, sizeof elsewhere, &elsewhere) == 0;
}
