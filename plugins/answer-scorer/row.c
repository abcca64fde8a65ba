/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* row.c - what a row of logits says of right and wrong continuations. */
#include "answer-scorer.h"

#include <math.h>
#include <transect/kit/logits.h>

void row_score(const float *logits, int64_t n,
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
}

double row_divergence(const float *p, const float *q, int64_t n)
{
    return transect_logits_divergence(p, transect_logits_log_sum(p, n), q,
                                      transect_logits_log_sum(q, n), n);
}
