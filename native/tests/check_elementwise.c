/* check_elementwise.c - functions of one variable, sums, random numbers. */
#include "base.h"
#include "check.h"
#include "kernels/kernels.h"
#include "random.h"
#include "reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double exact(int which, double x) {
    return which == 0 ? exp(x) : which == 1 ? 1 / (1 + exp(-x)) : tanh(x);
}

/* Units in the last place of the largest error, over arguments of every size. */
static double worst_ulp(const nrnn_kernels *kernels, int which) {
    enum { N = 4096 };
    float x[N], y[N];
    double worst = 0;
    for (int round = 0; round < 400; ++round) {
        for (int i = 0; i < N; ++i)
            x[i] = round % 2 ? (float)(check_random() * 20)
                             : (float)ldexp(check_random(), (int)(check_random() * 20) - 13);
        for (int i = 0; i < N; ++i)
            x[i] = fminf(87, fmaxf(-87, x[i]));
        kernels->math(which, N, x, y);
        for (int i = 0; i < N; ++i) {
            double want = exact(which, (double)x[i]);
            if (fabs(want) < 1.3e-38)
                continue;
            double unit = ldexp(1, ilogb(want) - 23);
            worst = fmax(worst, fabs((double)y[i] - want) / unit);
        }
    }
    return worst;
}

static void check_math(nrnn_context *context) {
    static const char *names[] = {"exp", "sigmoid", "tanh"};
    static const double bounds[] = {2, 3, 3};
    static const float special[] = {0,  -0.0f, INFINITY, -INFINITY, 1e4f,   -1e4f, 88.5f,
                                    89, -86,   -120,     3e38f,     -3e38f, 20};
    for (int which = 0; which < 3; ++which) {
        snprintf(check_label, sizeof check_label, "%s on %s", names[which], context->kernels->isa);
        double worst = worst_ulp(context->kernels, which);
        CHECK(worst < bounds[which]);
        printf("    %s: %.2f ulp\n", names[which], worst);
        enum { N = sizeof special / sizeof *special };
        float y[N];
        context->kernels->math(which, N, special, y);
        for (int i = 0; i < N; ++i) {
            double want = exact(which, (double)special[i]);
            if (want > 3.4028235e38)
                want = INFINITY;
            CHECK((double)y[i] == want || fabs((double)y[i] - want) <= 1e-6 * fabs(want) + 1.2e-38);
        }
        float zeros[2] = {0, -0.0f}, nans[9], out[9];
        context->kernels->math(which, 2, zeros, out);
        if (which == 2)
            CHECK(!signbit(out[0]) && signbit(out[1]));
        for (int i = 0; i < 9; ++i)
            nans[i] = i % 2 ? NAN : -NAN;
        context->kernels->math(which, 9, nans, out);
        for (int i = 0; i < 9; ++i)
            CHECK(isnan(out[i]));
    }
}

static void sums_case(nrnn_context *context, int64_t n) {
    snprintf(check_label, sizeof check_label, "sums n=%lld", (long long)n);
    buffer x = buffer_random(n, 3);
    double squares = 0, sum;
    for (int64_t i = 0; i < n; ++i)
        squares += (double)x.p[i] * (double)x.p[i];
    CALL(nrnn_sum_of_squares(context, n, x.p, &sum));
    check_close_scalar("sum of squares", sum, squares, 1e-10);
    buffer_free(&x);
}

static void check_philox(nrnn_context *context) {
    /* The known answers published with Random123. */
    static const uint32_t known[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
         0x24126ea1}};
    snprintf(check_label, sizeof check_label, "philox");
    for (int i = 0; i < 3; ++i) {
        uint32_t words[4];
        nrnn_philox_block(known[i], known[i] + 4, words);
        CHECK(memcmp(words, known[i] + 6, sizeof words) == 0);
    }
    enum { N = 100003 };
    const uint64_t seed = 0x123456789abcdef0u, stream = 0xfedcba9876543210u, offset = 0x3fffffff9u;
    buffer out = buffer_new(N), part = buffer_new(N);
    CALL(nrnn_philox(context, seed, stream, offset, N, out.p));
    for (int64_t i = 0; i < N; i += 997) {
        const uint64_t e = offset + (uint64_t)i, block = e / 4;
        uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
        uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, words[4];
        nrnn_philox_block(counter, key, words);
        CHECK((double)out.p[i] == (words[e % 4] >> 8) * 0x1p-24 && out.p[i] < 1);
    }
    for (int64_t from = 0; from < 9; ++from) { /* any part of the sequence is the same numbers */
        CALL(nrnn_philox(context, seed, stream, offset + (uint64_t)from, 11, part.p));
        CHECK(memcmp(part.p, out.p + from, 11 * sizeof(float)) == 0);
    }
    CALL(nrnn_dropout_mask(context, seed, stream, offset, 0.3, N, part.p));
    for (int64_t i = 0; i < N; ++i)
        CHECK(part.p[i] == (out.p[i] < 0.3f ? 0 : (float)(1 / 0.7)));
    check_digest_add(out.p, N * (int64_t)sizeof(float));
    check_digest_add(part.p, N * (int64_t)sizeof(float));
    buffer_free(&out), buffer_free(&part);
}

/* The register of the floating-point mode: as a new thread has it, and the bits of rounding down. */
#if defined(__x86_64__)
#define HAS_MODE
enum { STANDARD_MODE = 0x1f80, ROUND_DOWN = 0x2000 };
static uint64_t mode(void) {
    return _mm_getcsr();
}
static void set_mode(uint64_t value) {
    _mm_setcsr((unsigned)value);
}
#elif defined(__aarch64__)
#define HAS_MODE
enum { STANDARD_MODE = 0, ROUND_DOWN = 2 << 22 };
static uint64_t mode(void) {
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
}
static void set_mode(uint64_t value) {
    __asm__ volatile("msr fpcr, %0" : : "r"(value));
}
#endif

/* Denormals count as zero during a call, and the caller's mode is as before afterwards. */
static void check_mode(nrnn_context *context) {
#if defined(HAS_MODE)
    snprintf(check_label, sizeof check_label, "floating-point mode");
    const uint64_t before = mode();
    set_mode(STANDARD_MODE | ROUND_DOWN);
    float x[40], y[40] = {0};
    for (int i = 0; i < 40; ++i)
        x[i] = 1e-40f;
    int32_t ids[1] = {0};
    CALL(nrnn_embedding_backward(context, 1, 1, 40, ids, x, y));
    CHECK(mode() == (STANDARD_MODE | ROUND_DOWN));
    set_mode(before);
    for (int i = 0; i < 40; ++i)
        CHECK(memcmp(y + i, &(float){0}, sizeof *y) == 0);
#else
    (void)context;
#endif
}

static void check_activations(nrnn_context *context) {
    static const float alphas[NRNN_ACTIVATION_COUNT] = {
        [NRNN_ACTIVATION_HARD_SIGMOID] = 0.2f, [NRNN_ACTIVATION_ELU] = 0.7f,
        [NRNN_ACTIVATION_LEAKY_RELU] = 0.1f,   [NRNN_ACTIVATION_THRESHOLDED_RELU] = 0.3f,
        [NRNN_ACTIVATION_SCALED_TANH] = -1.5f, [NRNN_ACTIVATION_AFFINE] = -0.6f};
    enum { N = 2050 };
    float x[N], y[N];
    for (int i = 0; i < N; ++i)
        x[i] = (float)(i - N / 2) / 64;
    x[0] = alphas[NRNN_ACTIVATION_THRESHOLDED_RELU]; /* not above itself */
    x[N - 1] = NAN;
    for (int32_t kind = 1; kind < NRNN_ACTIVATION_COUNT; ++kind) {
        const nrnn_activation f = {kind, alphas[kind], 0.45f};
        nrnn_function function = {.kind = kind, .alpha = f.alpha, .beta = f.beta};
        double want[N], slope;
        snprintf(check_label, sizeof check_label, "activation %d on %s", kind, context->kernels->isa);
        if (kind == NRNN_ACTIVATION_THRESHOLDED_RELU)
            function.beta = nextafterf(f.alpha, INFINITY);
        context->kernels->activation(&function, N, x, y);
        for (int i = 0; i < N - 1; ++i) {
            want[i] = reference_activation(&f, (double)x[i], &slope);
            check_close_scalar("value", (double)y[i], want[i], 4e-7);
        }
        CHECK(isnan(y[N - 1]));
    }
}

void check_elementwise(nrnn_context *context) {
    static const int64_t sizes[] = {1, 7, 8, 33, 1000, 70001};
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); ++i)
        sums_case(context, sizes[i]);
    check_philox(context);
    check_activations(context);
    check_mode(context);
    if (check_reference) /* has nothing to do with threads */
        check_math(context);
}
