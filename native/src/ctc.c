/* ctc.c - connectionist temporal classification (Graves et al. 2006) in log space: docs/math.md. A sequence of the
 * batch is one piece of work; its sums are double. */
#include "base.h"
#include "cpu.h"
#include "kernels/kernels.h"
#include "pool.h"

#include <math.h>

typedef struct ctc_job {
    nrnn_context *context;
    const nrnn_ctc_args *args;
    int64_t shards, row_doubles;
    double *workspace;
} ctc_job;

/* A sequence, and the path through its labels: blank, first label, blank, second label, …, blank. */
typedef struct sequence {
    const nrnn_ctc_args *a;
    const int32_t *labels;
    int32_t b, T, L;
    double *alpha; /* [T, L]: log probability of all that ends at t in s */
    double *beta;  /* [L]: of all that follows t, from s */
    double *norm;  /* [T]: log of the sum of the exponentials */
} sequence;

static int32_t label_of(const sequence *q, int32_t s) {
    return s % 2 ? q->labels[s / 2] : q->a->blank;
}

static const float *logits_of(const sequence *q, int32_t t) {
    return q->a->logits + ((int64_t)t * q->a->B + q->b) * q->a->C;
}

static double log_probability(const sequence *q, int32_t t, int32_t s) {
    return (double)logits_of(q, t)[label_of(q, s)] - q->norm[t];
}

static double log_add(double x, double y) {
    const double top = x > y ? x : y;
    return top == -INFINITY ? top : top + log1p(exp(-fabs(x - y)));
}

/* Whether a path may go from s to s + 2: only between labels that differ. */
static bool skips(const sequence *q, int32_t s) {
    return s % 2 && s + 2 < q->L && label_of(q, s) != label_of(q, s + 2);
}

/* Returns the log probability of the labels. */
static double go_forward(const sequence *q) {
    if (q->T == 0)
        return q->L == 1 ? 0 : -INFINITY;
    for (int32_t t = 0; t < q->T; ++t) {
        double *now = q->alpha + (int64_t)t * q->L;
        const double *before = now - q->L;
        for (int32_t s = 0; s < q->L; ++s) {
            double sum = t == 0 ? (s < 2 ? 0 : -INFINITY) : before[s];
            if (t > 0 && s > 0)
                sum = log_add(sum, before[s - 1]);
            if (t > 0 && s > 1 && skips(q, s - 2))
                sum = log_add(sum, before[s - 2]);
            now[s] = sum + log_probability(q, t, s);
        }
    }
    const double *last = q->alpha + (int64_t)(q->T - 1) * q->L;
    return q->L == 1 ? last[0] : log_add(last[q->L - 1], last[q->L - 2]);
}

/* dlogits holds scale * softmax: takes off scale times the probability that the path is at s in step t. */
static void go_backward(const sequence *q, double scale, double log_total) {
    for (int32_t s = 0; s < q->L; ++s)
        q->beta[s] = s + 2 < q->L ? -INFINITY : 0;
    for (int32_t t = q->T - 1; t >= 0; --t) {
        const double *alpha = q->alpha + (int64_t)t * q->L;
        float *d = q->a->dlogits + ((int64_t)t * q->a->B + q->b) * q->a->C;
        for (int32_t s = 0; s < q->L; ++s)
            d[label_of(q, s)] -= (float)(scale * exp(alpha[s] + q->beta[s] - log_total));
        for (int32_t s = 0; s < q->L; ++s) { /* in place: only what lies ahead is read */
            double sum = q->beta[s] + log_probability(q, t, s);
            if (s + 1 < q->L)
                sum = log_add(sum, q->beta[s + 1] + log_probability(q, t, s + 1));
            if (skips(q, s))
                sum = log_add(sum, q->beta[s + 2] + log_probability(q, t, s + 2));
            q->beta[s] = sum;
        }
    }
}

static void clear(const nrnn_ctc_args *a, int32_t b, int32_t from) {
    for (int64_t t = from; t < a->T; ++t)
        for (int32_t c = 0; c < a->C; ++c)
            a->dlogits[(t * a->B + b) * a->C + c] = 0;
}

static double row_loss(const ctc_job *job, int32_t b, double *workspace) {
    const nrnn_ctc_args *a = job->args;
    const int32_t labels = a->target_lengths[b];
    sequence q = {
        .a = a, .labels = a->targets + (int64_t)b * a->S, .b = b, .T = a->input_lengths[b], .L = 2 * labels + 1};
    q.alpha = workspace, q.beta = q.alpha + (int64_t)a->T * (2 * a->S + 1), q.norm = q.beta + 2 * a->S + 1;
    const double part = a->mean ? 1.0 / (labels > 0 ? labels : 1) : 1, scale = a->scale * part;
    for (int32_t t = 0; t < q.T; ++t) { /* as the loss of class 0 has it, but for that class */
        const float *logits = logits_of(&q, t);
        float *d = a->dlogits ? a->dlogits + (logits - a->logits) : NULL;
        const double first = (double)logits[0];
        q.norm[t] = first + job->context->kernels->cross_entropy_row(a->C, scale, logits, 0, d);
        if (d)
            d[0] += (float)scale;
    }
    const double log_total = go_forward(&q);
    const bool impossible = log_total == -INFINITY;
    if (a->dlogits) {
        if (!impossible)
            go_backward(&q, scale, log_total);
        clear(a, b, impossible ? 0 : q.T);
    }
    return impossible && a->zero_infinity ? 0 : -log_total * part;
}

static void ctc_shard(void *argument, int64_t index) {
    const ctc_job *job = argument;
    const int64_t end = nrnn_part_begin(job->args->B, job->shards, index + 1, 1);
    double sum = 0;
    for (int64_t b = nrnn_part_begin(job->args->B, job->shards, index, 1); b < end; ++b)
        sum += row_loss(job, (int32_t)b, job->workspace + b * job->row_doubles);
    job->context->partials[index] = sum;
}

/* Doubles for one sequence: alpha, beta, norm. */
static int64_t row_doubles(int32_t T, int32_t S) {
    return (int64_t)T * (2 * (int64_t)S + 1) + 2 * (int64_t)S + 1 + T;
}

int64_t nrnn_ctc_workspace(int32_t T, int32_t B, int32_t S) {
    if (S < 0 || S > INT32_MAX / 4 || !nrnn_fits(T, 4 * (int64_t)S + 8, B))
        return -1;
    return 2 * B * row_doubles(T, S) + 2; /* two more to align the doubles */
}

static bool lengths_ok(const nrnn_ctc_args *a) {
    for (int32_t b = 0; b < a->B; ++b) {
        if (a->input_lengths[b] < 0 || a->input_lengths[b] > a->T || a->target_lengths[b] < 0 ||
            a->target_lengths[b] > a->S)
            return false;
        const int32_t *labels = a->targets + (int64_t)b * a->S;
        if (!nrnn_indices_ok(a->target_lengths[b], labels, a->C))
            return false;
        for (int32_t s = 0; s < a->target_lengths[b]; ++s)
            if (labels[s] == a->blank)
                return false;
    }
    return true;
}

int32_t nrnn_ctc(nrnn_context *context, nrnn_ctc_args *a) {
    if (!context || !a || nrnn_ctc_workspace(a->T, a->B, a->S) < 0 || !nrnn_fits(a->T, a->B, a->C) || !a->logits ||
        (a->S > 0 && !a->targets) || !a->input_lengths || !a->target_lengths || !a->workspace || a->blank < 0 ||
        a->blank >= a->C || !lengths_ok(a))
        return NRNN_BAD_ARGUMENT;
    uint64_t mode = nrnn_fp_enter();
    ctc_job job = {.context = context,
                   .args = a,
                   .shards = nrnn_min(a->B, NRNN_MAX_PARTIALS),
                   .row_doubles = row_doubles(a->T, a->S),
                   .workspace = (double *)(((uintptr_t)a->workspace + 7) / 8 * 8)};
    nrnn_pool_run(context->pool, ctc_shard, &job, job.shards);
    double sum = 0;
    for (int64_t i = 0; i < job.shards; ++i)
        sum += context->partials[i];
    a->loss = a->scale * sum;
    nrnn_fp_leave(mode);
    return NRNN_OK;
}
