/* tape.h - derivatives of scalar expressions in double precision: every operation is written down with its local
 * derivatives as it is computed, and played back. */
#ifndef TAPE_H
#define TAPE_H

#include <stdint.h>

typedef struct tape_entry {
    int32_t a, b, n; /* n > 0: the sum of the products of n neighbours from a and from b on */
    double da, db;   /* else the derivatives with respect to a and b */
} tape_entry;

typedef struct tape {
    tape_entry *entries;
    double *value, *gradient;
    int32_t length, capacity;
} tape;

void tape_free(tape *t);
void tape_cut(tape *t, int32_t length); /* forgets what came after */
void tape_play(tape *t);                /* from the last entry to the first: gradients of all that they are made of */

/* All of these return the number of their (first) entry. */
int32_t tape_leaves(tape *t, int64_t n, const double *values); /* neighbours; NULL: zeros */
int32_t tape_copies(tape *t, int64_t n, const int32_t *of);    /* neighbours */
int32_t tape_add(tape *t, int32_t a, int32_t b);
int32_t tape_multiply(tape *t, int32_t a, int32_t b);
int32_t tape_line(tape *t, double factor, int32_t a, double constant); /* factor*a + constant */
int32_t tape_function(tape *t, int32_t a, double value, double slope);
int32_t tape_dot(tape *t, int64_t n, int32_t a, int32_t b);

#endif
