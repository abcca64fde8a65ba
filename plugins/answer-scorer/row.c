/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row.c - what a row of logits says of right and wrong continuations. */
#include "answer-scorer.h"

#include <math.h>
#include <transect/kit/logits.h>

double row_score(const float *logits, int64_t n,
                 const struct transect_prompt *prompt, double *scores)
{
    double all = transect_logits_log_sum(logits, n);
    double answer = transect_logits_log_sum_of(logits, prompt->answers,
                                               prompt->n_answer);
    double foil = transect_logits_log_sum_of(logits, prompt->foils,
                                             prompt->n_foil);
    bool sound = isfinite(all); /* else it has no order either */
    int32_t top = -1;

    scores[ANSWER_LOGIT] = answer;
    scores[FOIL_LOGIT] = foil;
    scores[LOGIT_DIFF] = answer - foil;
    scores[ANSWER_LOGPROB] = answer - all;
    scores[ANSWER_RANK] = NAN;
    if (sound) {
        scores[ANSWER_RANK] = (double)transect_logits_rank(
            logits, n, prompt->answers, prompt->n_answer);
        transect_logits_top(logits, n, &top, 1);
    }
    scores[TOP_ID] = top;
    scores[LOSS] = all - answer;
    return all;
}

static double largest_of(const float *row, int64_t n)
{
    double largest = (double)row[0];

    for (int64_t i = 1; i < n; i++)
        if ((double)row[i] > largest)
            largest = (double)row[i];
    return largest;
}

/* With z = exp(p - max p): sum of z (p - q) / sum of z, less the difference of
 * the log sums. One exponential for each token, where the sum of p's
 * exponentials and then that of its logarithms would take two. */
double row_divergence(const float *p, const float *q, double all_q, int64_t n)
{
    double largest = largest_of(p, n), sum = 0, weighed = 0, divergence;

    for (int64_t i = 0; i < n; i++) {
        double z = exp((double)p[i] - largest);

        sum += z;
        if (z != 0) /* 0 log 0 is 0 */
            weighed += z * ((double)p[i] - (double)q[i]);
    }
    divergence = weighed / sum - (largest + log(sum)) + all_q;
    return divergence < 0 ? 0 : divergence; /* below 0 by rounding alone */
}
