/* cpu.h - what the process may use of the machine, and the floating-point mode of a thread. */
#ifndef NRNN_CPU_H
#define NRNN_CPU_H

#include <stdint.h>

/* Threads worth starting: the affinity mask, cut by the cgroup's CPU quota (v2 and v1); at least 1. */
int32_t nrnn_usable_cpus(void);

/* Denormals are flushed, on results and on operands, alike on every thread that works on a call: with them the speed
 * would depend on the data, and the bits on which thread had which mode. enter returns what leave puts back. */
uint64_t nrnn_fp_enter(void);
void nrnn_fp_leave(uint64_t saved);

#endif
