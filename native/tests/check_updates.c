/* check_updates.c - every rule of the optimizers against its formula, one parameter at a time in double precision. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[NRNN_RULE_COUNT] = {"sgd",  "adagrad", "adadelta", "rmsprop",
                                                   "adam", "nadam",   "adamax",   "asgd"};

/* Moves one parameter and its state; a state that is not there is NAN. */
static void reference(const nrnn_update_args *a, double grad, double *p, double state[3]) {
    double g = a->grad_scale * grad, x = *p - a->shrink * *p, *first = &state[0], *second = &state[1];
    if (a->limit > 0)
        g = fmax(-a->limit, fmin(a->limit, g));
    g += a->l2 * *p;
    const double mean = a->beta1 * *first + (1 - a->beta1) * g;
    switch (a->rule) {
    case NRNN_RULE_SGD: {
        double v = a->first ? a->momentum * *first + (1 - a->dampening) * g : g;
        *first = v;
        *p = x - a->rate * (a->nesterov ? g + a->momentum * v : v);
        break;
    }
    case NRNN_RULE_ADAGRAD:
        *first += g * g;
        *p = x - a->rate * g / (sqrt(*first) + a->eps);
        break;
    case NRNN_RULE_ADADELTA: {
        *first = a->beta2 * *first + (1 - a->beta2) * g * g;
        double along = sqrt(*second + a->eps) / sqrt(*first + a->eps) * g;
        *second = a->beta2 * *second + (1 - a->beta2) * along * along;
        *p = x - a->rate * along;
        break;
    }
    case NRNN_RULE_RMSPROP: {
        double off = a->second ? g - *second : g;
        *first = a->beta2 * *first + (a->second ? a->beta2 : 1) * (1 - a->beta2) * off * off;
        *second += (1 - a->beta1) * off;
        double along = g / (sqrt(*first) + a->eps);
        if (a->third)
            along = state[2] = a->momentum * state[2] + along;
        *p = x - a->rate * along;
        break;
    }
    case NRNN_RULE_ADAM:
    case NRNN_RULE_NADAM: {
        *first = mean;
        *second = a->beta2 * *second + (1 - a->beta2) * g * g;
        double square = *second;
        if (a->rule == NRNN_RULE_ADAM && a->third)
            square = state[2] = fmax(state[2], square);
        double bottom = sqrt(square) * a->root + a->eps;
        *p = x - (a->rule == NRNN_RULE_ADAM ? a->rate * mean : a->rate * g + a->mean_rate * mean) / bottom;
        break;
    }
    case NRNN_RULE_ADAMAX:
        *first = mean;
        *second = fmax(a->beta2 * *second, fabs(g) + a->eps);
        *p = x - a->rate * mean / *second;
        break;
    default:
        *p = x - a->rate * g;
        *first += a->average * (*p - *first);
    }
}

/* Two updates with `states` arrays of state from those that `skipped` (bits) does not leave out. */
static void update_case(nrnn_context *context, nrnn_update_args a, int states, int skipped) {
    snprintf(check_label, sizeof check_label, "%s n=%lld states=%d-%d", names[a.rule], (long long)a.n, states, skipped);
    buffer p = buffer_random(a.n, 1), g = buffer_random(a.n, 1), s[3];
    double *want = doubles_of(p.p, a.n), *state[3];
    float **kept[3] = {&a.first, &a.second, &a.third};
    a.p = p.p, a.grad = g.p;
    buffer_keep(&g);
    for (int i = 0; i < 3; ++i) {
        s[i] = buffer_random(a.n, 0.1);
        for (int64_t k = 0; k < a.n; ++k) /* squares are positive, and no mean is larger than its squares allow */
            s[i].p[k] = (i == 1 ? 0.1f : 1) * fabsf(s[i].p[k]) + (i == 1 ? 0 : 0.1f);
        *kept[i] = i < states && !(skipped >> i & 1) ? s[i].p : NULL;
        buffer_keep(&s[i]);
        state[i] = doubles_of(s[i].p, a.n);
    }
    for (int step = 0; step < 2; ++step) {
        CALL(nrnn_update(context, &a));
        for (int64_t k = 0; k < a.n; ++k) {
            double of_k[3] = {state[0][k], state[1][k], state[2][k]};
            reference(&a, (double)g.p[k], &want[k], of_k);
            for (int i = 0; i < 3; ++i)
                state[i][k] = of_k[i];
        }
    }
    check_close("p", p.p, want, 1, a.n, a.n, 1e-6);
    for (int i = 0; i < 3; ++i) {
        if (*kept[i])
            check_close("state", s[i].p, state[i], 1, a.n, a.n, 1e-6);
        else
            buffer_unchanged(&s[i]);
        buffer_free(&s[i]), free(state[i]);
    }
    buffer_unchanged(&g);
    buffer_free(&p), buffer_free(&g), free(want);
}

void check_updates(nrnn_context *context) {
    static const int64_t sizes[] = {1, 7, 8, 33, 1000, 70001};
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); ++i) {
        nrnn_update_args plain = {.n = sizes[i],
                                  .grad_scale = 0.7,
                                  .rate = 0.1,
                                  .mean_rate = 0.05,
                                  .beta1 = 0.9,
                                  .beta2 = 0.99,
                                  .eps = 1e-3,
                                  .root = 1.5,
                                  .average = 0.25};
        nrnn_update_args all = plain; /* every setting */
        all.limit = 0.4, all.l2 = 0.01, all.shrink = 0.02, all.momentum = 0.9, all.dampening = 0.3,
        all.nesterov = i % 2;
        static const int states[NRNN_RULE_COUNT] = {1, 1, 2, 3, 3, 2, 2, 1};
        static const int optional[NRNN_RULE_COUNT] = {1, 0, 0, 6,
                                                      4, 0, 0, 0}; /* bits of the arrays it can do without */
        for (int32_t rule = 0; rule < NRNN_RULE_COUNT; ++rule) {
            plain.rule = all.rule = rule;
            update_case(context, plain, states[rule], optional[rule]);
            update_case(context, all, states[rule], 0);
        }
        plain.rule = NRNN_RULE_RMSPROP;
        update_case(context, plain, 2, 0);
    }
}
