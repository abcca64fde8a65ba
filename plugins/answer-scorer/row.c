/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row.c - what a row of logits says of right and wrong continuations. */
#include "answer-scorer.h"

#include <math.h>

double row_log_sum(const float *logits, int64_t n)
{
    double largest = (double)logits[0], sum = 0;

    for (int64_t i = 1; i < n; i++)
        if ((double)logits[i] > largest)
            largest = (double)logits[i];
    for (int64_t i = 0; i < n; i++)
        sum += exp((double)logits[i] - largest);
    return largest + log(sum);
}

double row_log_sum_of(const float *logits, const int32_t *ids, int32_t n_ids)
{
    double largest = -INFINITY, sum = 0;

    for (int32_t i = 0; i < n_ids; i++)
        if ((double)logits[ids[i]] > largest)
            largest = (double)logits[ids[i]];
    for (int32_t i = 0; i < n_ids; i++)
        sum += exp((double)logits[ids[i]] - largest);
    return n_ids > 0 ? largest + log(sum) : NAN;
}

/* Does a token come before another one? Of equals the smaller id does. */
static bool before(const float *logits, int64_t a, int64_t b)
{
    return logits[a] > logits[b] || (logits[a] == logits[b] && a < b);
}

/* How many come before the first of the answers. */
static int64_t rank_of(const float *logits, int64_t n,
                       const struct transect_prompt *prompt)
{
    int64_t best = prompt->answers[0], rank = 0;

    for (int32_t i = 1; i < prompt->n_answer; i++)
        if (before(logits, prompt->answers[i], best))
            best = prompt->answers[i];
    for (int64_t i = 0; i < n; i++)
        rank += before(logits, i, best);
    return rank;
}

static int64_t top_of(const float *logits, int64_t n)
{
    int64_t top = 0;

    for (int64_t i = 1; i < n; i++)
        if (before(logits, i, top))
            top = i;
    return top;
}

void row_score(const float *logits, int64_t n,
               const struct transect_prompt *prompt, double *scores)
{
    double all = row_log_sum(logits, n);
    double answer = row_log_sum_of(logits, prompt->answers, prompt->n_answer);
    double foil = row_log_sum_of(logits, prompt->foils, prompt->n_foil);
    bool sound = isfinite(all); /* else it has no order either */

    scores[ANSWER_LOGIT] = answer;
    scores[FOIL_LOGIT] = foil;
    scores[LOGIT_DIFF] = answer - foil;
    scores[ANSWER_LOGPROB] = answer - all;
    scores[ANSWER_RANK] = sound ? (double)rank_of(logits, n, prompt) : NAN;
    scores[TOP_ID] = sound ? (double)top_of(logits, n) : -1;
    scores[LOSS] = all - answer;
}

double row_divergence(const float *p, const float *q, int64_t n)
{
    double log_p = row_log_sum(p, n), log_q = row_log_sum(q, n), sum = 0;

    for (int64_t i = 0; i < n; i++) {
        double of_p = (double)p[i] - log_p, of_q = (double)q[i] - log_q;

        if (exp(of_p) != 0) /* 0 log 0 is 0 */
            sum += exp(of_p) * (of_p - of_q);
    }
    return sum < 0 ? 0 : sum; /* below 0 by rounding alone */
}
