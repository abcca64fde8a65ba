/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* answer-scorer.h - what the plugin answer-scorer knows of a variant. */
#ifndef ANSWER_SCORER_H
#define ANSWER_SCORER_H

#include <stdbool.h>
#include <transect/capture.h>
#include <transect/plugin.h>
#include <transect/prompts.h>

/* Numbers of a sample. Those up to KL are columns of answers.csv, and of all
 * but TOP_ID there is a mean. What there is none of is NaN. */
enum score {
    ANSWER_LOGIT,
    FOIL_LOGIT,
    LOGIT_DIFF,
    ANSWER_LOGPROB,
    ANSWER_RANK,
    TOP_ID, /* -1: the row has values that are not finite */
    LOSS,
    KL,
    PROMPT_DIFF, /* LOGIT_DIFF of the prompt in the unedited model; with kl */
    N_SCORES
};

struct scorer {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_capture_host *captures; /* NULL: no rows of the
                                                     unedited model are kept */
    bool is_unedited; /* kl is wanted, and this is the unedited model */
    bool is_pair; /* the variant of the records' second prompts */
    int32_t n_sample;
    struct transect_prompt *prompts; /* (n_sample) */
    const int32_t **tokens;          /* (n_slot) of the samples under way */
    /* Kept: (n_sample, N_SCORES), LOSS as a sum over the tokens of the
     * continuation; and how many these were. */
    double *scores;
    int64_t *n_loss;
};

/* row.c: of one row of logits (n), in float64. */
/* Fills all scores of the row behind the prompt but KL and PROMPT_DIFF, and
 * returns the row's log sum exp. */
double row_score(const float *logits, int64_t n,
                 const struct transect_prompt *prompt, double *scores);
/* Sum of p (log p - log q), in nats; all_q: the log sum exp of q. */
double row_divergence(const float *p, const float *q, double all_q, int64_t n);

/* tables.c: answers.csv, summary.csv, labels.csv and the findings. */
void scorer_write(const struct scorer *self);
/* Mean over samples with its standard error, of those that have the score. */
struct scorer_mean {
    double mean, se;
    int64_t n;
};
struct scorer_mean scorer_mean_of(const struct scorer *self,
                                  enum score score);

/* compare.c: the descriptor's compare(), a figure over the variants. */
int scorer_compare(void *const *states, const char *const *names, size_t n);

#endif
