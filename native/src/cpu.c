/* cpu.c - usable processors and the floating-point mode. */
#define _GNU_SOURCE
#include "cpu.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* The processors that a quota of this many microseconds per period pays for; 0 where there is none. */
static int32_t cpus_of_quota(double quota, double period) {
    if (!(quota > 0) || !(period > 0))
        return 0;
    double cpus = quota / period;
    return cpus < 1 ? 1 : cpus > 65536 ? 65536 : (int32_t)cpus;
}

static int32_t smaller_limit(int32_t a, int32_t b) {
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static double read_number(const char *path) {
    double value = -1;
    FILE *file = fopen(path, "re");
    if (file) {
        if (fscanf(file, "%lf", &value) != 1)
            value = -1;
        fclose(file);
    }
    return value;
}

/* The quota of one cgroup directory, in either version's files. */
static int32_t directory_limit(const char *directory) {
    char path[1400];
    int32_t limit = 0;
    snprintf(path, sizeof path, "%s/cpu.max", directory);
    FILE *file = fopen(path, "re");
    if (file) {
        double quota, period;
        if (fscanf(file, "%lf %lf", &quota, &period) == 2) /* "max 100000" does not match: no limit */
            limit = cpus_of_quota(quota, period);
        fclose(file);
    }
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", directory);
    double quota = read_number(path);
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", directory);
    return smaller_limit(limit, cpus_of_quota(quota, read_number(path)));
}

/* The tightest quota from the process's own group up to the root: each level may set one. */
static int32_t hierarchy_limit(const char *mount, const char *group) {
    char path[1300];
    int32_t limit = directory_limit(mount);
    snprintf(path, sizeof path, "%s%s", mount, group);
    for (size_t root = strlen(mount); strlen(path) > root;) {
        limit = smaller_limit(limit, directory_limit(path));
        char *slash = strrchr(path, '/');
        if (!slash)
            break;
        *slash = 0;
    }
    return limit;
}

static int32_t cgroup_limit(void) {
    char line[1200];
    int32_t limit = smaller_limit(directory_limit("/sys/fs/cgroup"), directory_limit("/sys/fs/cgroup/cpu"));
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file)
        return limit;
    while (fgets(line, sizeof line, file)) { /* "0::/group" in version 2, "4:cpu,cpuacct:/group" in version 1 */
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = 0;
        ++controllers;
        if (!*controllers)
            limit = smaller_limit(limit, hierarchy_limit("/sys/fs/cgroup", group));
        else if (strncmp(controllers, "cpu", 3) == 0 && (controllers[3] == 0 || controllers[3] == ','))
            limit = smaller_limit(limit, hierarchy_limit("/sys/fs/cgroup/cpu", group));
    }
    fclose(file);
    return limit;
}

int32_t nrnn_usable_cpus(void) {
    cpu_set_t set;
    int32_t cpus = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        cpus = CPU_COUNT(&set);
    int32_t limit = cgroup_limit();
    return limit > 0 && limit < cpus ? limit : cpus;
}

#if defined(__x86_64__)
/* The whole register, not two bits of it: round to nearest and masked exceptions, whatever the caller had. */
uint64_t nrnn_fp_enter(void) {
    uint64_t saved = _mm_getcsr();
    _mm_setcsr(0x9fc0);
    return saved;
}
void nrnn_fp_leave(uint64_t saved) {
    _mm_setcsr((unsigned)saved);
}
#elif defined(__aarch64__)
uint64_t nrnn_fp_enter(void) {
    uint64_t saved;
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)1 << 24));
    return saved;
}
void nrnn_fp_leave(uint64_t saved) {
    __asm__ volatile("msr fpcr, %0" : : "r"(saved));
}
#else
uint64_t nrnn_fp_enter(void) {
    return 0;
}
void nrnn_fp_leave(uint64_t saved) {
    (void)saved;
}
#endif
