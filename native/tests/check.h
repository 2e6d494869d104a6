/* check.h - what the checks share: guarded buffers, random inputs, comparisons, a digest of all results.
 * A failed check prints one line and counts; main returns 1 if any failed. */
#ifndef CHECK_H
#define CHECK_H

#include "nativernn.h"

#include <stdbool.h>
#include <stdint.h>

extern int check_failures;
extern bool check_reference;  /* false: only the digest is wanted, references need not be computed */
extern uint64_t check_digest; /* of every result compared since it was reset */
extern char check_label[200]; /* what is being checked, for messages */

void check_that(bool ok, const char *text, const char *file, int line);
#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)

/* Calls of the malloc family and of mmap in this program so far, OpenBLAS's included. */
int64_t check_heap_calls(void);

/* A call of the library that must succeed and must not allocate. */
#define CALL(call)                                                                                                     \
    do {                                                                                                               \
        int64_t heap_before = check_heap_calls();                                                                      \
        CHECK((call) == NRNN_OK);                                                                                      \
        CHECK(check_heap_calls() == heap_before);                                                                      \
    } while (0)

/* n floats, not even 8-byte aligned, between guard bands; new ones are NaN. */
typedef struct buffer {
    float *p;
    int64_t n;
    float *memory, *copy;
} buffer;

buffer buffer_new(int64_t n);
buffer buffer_random(int64_t n, double scale);
/* rows of `columns` random values, `stride` apart; NaN between them. */
buffer buffer_rows(int64_t rows, int64_t columns, int64_t stride, double scale);
void buffer_keep(buffer *b);            /* remembers the contents for buffer_unchanged */
void buffer_unchanged(const buffer *b); /* also checks the guard bands */
void buffer_free(buffer *b);            /* checks the guard bands */

double check_random(void); /* uniform in -1..1, the same sequence after check_seed */
void check_seed(uint64_t seed);

/* |got - want| <= bound * max(1, largest |want|) everywhere; adds got to the digest. Rows of `columns`, `stride` apart
 * in got, dense in want. */
void check_close(const char *name, const float *got, const double *want, int64_t rows, int64_t columns, int64_t stride,
                 double bound);
void check_close_scalar(const char *name, double got, double want, double bound);
/* What lies between the rows of a buffer_new is still NaN. */
void check_padding(const buffer *b, int64_t columns, int64_t stride);
void check_digest_add(const void *bytes, int64_t n);

double *doubles_of(const float *x, int64_t n); /* to be freed by the caller */
double *zeros_of(int64_t n);

void check_recurrent(nrnn_context *context);
void check_dense(nrnn_context *context);
void check_elementwise(nrnn_context *context);
void check_updates(nrnn_context *context);
void check_losses(nrnn_context *context);
void check_arguments(nrnn_context *context);
int check_time(void);

#endif
