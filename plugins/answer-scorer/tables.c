/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - scores of the samples, their means, and the recovered part. */
#include "answer-scorer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <transect/kit/columns.h>
#include <transect/kit/statistics.h>
#include <transect/state.h>

/* Scores with a mean. */
static const struct {
    enum score score;
    const char *name;
} means[] = {
    {ANSWER_LOGIT, "answer_logit"}, {FOIL_LOGIT, "foil_logit"},
    {LOGIT_DIFF, "logit_diff"},     {ANSWER_LOGPROB, "answer_logprob"},
    {ANSWER_RANK, "answer_rank"},   {LOSS, "loss"},
    {KL, "kl"},
};

#define N_MEANS (sizeof means / sizeof *means)

static double score_of(const struct scorer *self, int32_t sample,
                       enum score score)
{
    double value = self->scores[(size_t)sample * N_SCORES + score];

    return score == LOSS ? value / (double)self->n_loss[sample] : value;
}

static bool has_label(const struct scorer *self, int32_t sample,
                      const char *label)
{
    const char *own = self->prompts[sample].label;

    return own && strcmp(own, label) == 0;
}

/* Over the samples with a label; NULL: over all. */
static struct scorer_mean mean_of(const struct scorer *self, enum score score,
                                  const char *label)
{
    struct transect_moments moments = {0};
    struct scorer_mean mean;

    for (int32_t i = 0; i < self->n_sample; i++) {
        double value = score_of(self, i, score);

        if (!isnan(value) && (!label || has_label(self, i, label)))
            transect_moments_add(&moments, value);
    }
    mean.mean = transect_moments_mean(&moments);
    mean.se = transect_moments_error(&moments);
    mean.n = (int64_t)moments.n;
    return mean;
}

struct scorer_mean scorer_mean_of(const struct scorer *self,
                                  enum score score)
{
    return mean_of(self, score, NULL);
}

/* Where there are pairs: how far a logit difference went from the prompt's to
 * the pair's, which the unedited model has. */
struct way {
    bool any; /* the input has pairs */
    /* (n_sample, N_SCORES) of them, and in their variant of the prompts, or
     * NULL. */
    const double *pair, *prompt;
    double gone, whole; /* sums over the n samples that have both */
    int64_t n;
};

static double way_begin(const struct scorer *self, const struct way *way,
                        int32_t sample)
{
    size_t at = (size_t)sample * N_SCORES;

    if (!self->is_pair)
        return self->scores[at + PROMPT_DIFF];
    return way->prompt ? way->prompt[at + LOGIT_DIFF] : NAN;
}

/* false: the sample has no such way. */
static bool way_step(const struct scorer *self, const struct way *way,
                     int32_t sample, double *gone, double *whole)
{
    size_t at = (size_t)sample * N_SCORES;
    double begin = way_begin(self, way, sample);

    *gone = self->scores[at + LOGIT_DIFF] - begin;
    *whole = way->pair[at + LOGIT_DIFF] - begin;
    return !isnan(*gone) && !isnan(*whole);
}

static struct way way_of(const struct scorer *self)
{
    const struct transect_state_host *states =
        self->host->extension(self->ctx, TRANSECT_STATE);
    struct way way = {0};
    double gone, whole;

    if (self->is_pair) {
        way.pair = self->scores;
        way.prompt = states->other(self->ctx, "scores");
    } else {
        way.pair = states->pair(self->ctx, "scores");
    }
    way.any = way.pair != NULL;
    for (int32_t i = 0; way.any && i < self->n_sample; i++)
        if (way_step(self, &way, i, &gone, &whole)) {
            way.gone += gone;
            way.whole += whole;
            way.n++;
        }
    return way;
}

static double part(double gone, double whole)
{
    return whole == 0 ? NAN : gone / whole + 0; /* no -0 */
}

/* The ratio of the means, with the standard error of the jackknife: each
 * sample is left out in turn (Efron and Stein, Ann. Statist. 9, 586). */
static struct scorer_mean recovered(const struct scorer *self,
                                    const struct way *way)
{
    struct scorer_mean mean = {.mean = part(way->gone, way->whole),
                               .se = NAN, .n = way->n};
    struct transect_moments without = {0};
    double gone, whole;

    for (int32_t i = 0; i < self->n_sample; i++)
        if (way_step(self, way, i, &gone, &whole))
            transect_moments_add(&without,
                                 part(way->gone - gone, way->whole - whole));
    if (mean.n > 1)
        mean.se = sqrt(without.squares * (without.n - 1) / without.n);
    return mean;
}

/* Of one sample: the ratio, and what it adds to the ratio of the means. */
static void put_recovered(const struct scorer *self, const struct way *way,
                          int32_t sample, transect_table *table)
{
    double gone = NAN, whole = NAN;

    way_step(self, way, sample, &gone, &whole);
    self->host->put_real(table, part(gone, whole));
    self->host->put_real(table,
                         part(gone * (double)way->n,
                              isnan(whole) ? NAN : way->whole));
}

static void write_answers(const struct scorer *self, const struct way *way)
{
    static const struct transect_described columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the sample, from 0"},
        {"answer_id", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the first token of the right continuation"},
        {"foil_id", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "that of the wrong one, -1 for none"},
        {"answer_logit", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the answer's logit, of several log sum exp"},
        {"foil_logit", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the foil's"},
        {"logit_diff", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "answer_logit - foil_logit"},
        {"answer_logprob", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the logarithm of the answer's probability"},
        {"answer_rank", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "how many tokens are more probable than the answer"},
        {"top_id", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the most probable token"},
        {"loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the mean of -log p over the tokens of the continuation"},
        {"kl", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the divergence from the unedited model's distribution"},
        {"recovered", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "which part of the way to the pair's logit difference"},
        {"recovered_part", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the same of the samples' mean way, so that its mean is the part"},
    };
    const struct transect_host *host = self->host;
    size_t n = sizeof columns / sizeof *columns - (way->any ? 0 : 2);
    transect_table *table = transect_table_described(self->ctx, host,
                                                     "answers", columns, n);

    for (int32_t i = 0; i < self->n_sample; i++) {
        const struct transect_prompt *prompt = &self->prompts[i];

        host->put_int(table, i);
        host->put_int(table, prompt->answers[0]);
        host->put_int(table, prompt->n_foil ? prompt->foils[0] : -1);
        for (int score = 0; score <= KL; score++)
            if (score == TOP_ID)
                host->put_int(table, (int64_t)score_of(self, i, TOP_ID));
            else
                host->put_real(table, score_of(self, i, (enum score)score));
        if (way->any)
            put_recovered(self, way, i, table);
    }
}

static void put_mean(const struct scorer *self, transect_table *table,
                     const char *name, struct scorer_mean mean)
{
    self->host->put_text(table, name);
    self->host->put_real(table, mean.mean);
    self->host->put_real(table, mean.se);
    self->host->put_int(table, mean.n);
}

static void write_summary(const struct scorer *self, const struct way *way)
{
    static const struct transect_described columns[] = {
        {"metric", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "a column of answers.csv"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its mean over samples; of recovered the ratio of means"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "samples that have the column"},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "summary", columns,
        sizeof columns / sizeof *columns);

    for (size_t i = 0; i < N_MEANS; i++)
        put_mean(self, table, means[i].name,
                 scorer_mean_of(self, means[i].score));
    if (way->any)
        put_mean(self, table, "recovered", recovered(self, way));
}

/* Is it the first sample with its label? */
static bool begins_label(const struct scorer *self, int32_t sample)
{
    const char *label = self->prompts[sample].label;

    for (int32_t i = 0; label && i < sample; i++)
        if (has_label(self, i, label))
            return false;
    return label != NULL;
}

/* What summary.csv has of all samples, of those with each label, in the order
 * in which they appear. */
static void write_labels(const struct scorer *self)
{
    static const struct transect_described columns[] = {
        {"label", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "the label of the samples, as their records have it"},
        {"metric", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "a column of answers.csv"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its mean over the samples with the label"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "samples with the label that have the column"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = NULL;

    for (int32_t i = 0; i < self->n_sample; i++) {
        const char *label = self->prompts[i].label;

        if (!begins_label(self, i))
            continue;
        if (!table)
            table = transect_table_described(
                self->ctx, host, "labels", columns,
                sizeof columns / sizeof *columns);
        for (size_t k = 0; k < N_MEANS; k++) {
            host->put_text(table, label);
            put_mean(self, table, means[k].name,
                     mean_of(self, means[k].score, label));
        }
    }
}

static int32_t n_first(const struct scorer *self)
{
    int32_t n = 0;

    for (int32_t i = 0; i < self->n_sample; i++)
        n += score_of(self, i, ANSWER_RANK) == 0;
    return n;
}

struct said {
    char text[64];
};

/* "-0.12 \u00b1 0.03"; of one sample without a standard error, and no -0. */
static struct said said(struct scorer_mean mean, bool plus)
{
    struct said said;
    int n = snprintf(said.text, sizeof said.text, plus ? "%+.4g" : "%.4g",
                     mean.mean + 0);

    if (!isnan(mean.se))
        snprintf(said.text + n, sizeof said.text - (size_t)n, " \u00b1 %.2g",
                 mean.se);
    return said;
}

/* What no sample has, and what the unedited model recovers, is not said. */
static void say(const struct scorer *self, const struct way *way)
{
    const struct transect_host *host = self->host;
    struct scorer_mean diff = scorer_mean_of(self, LOGIT_DIFF);
    struct scorer_mean logprob = scorer_mean_of(self, ANSWER_LOGPROB);
    struct scorer_mean all = {.mean = NAN};

    if (way->any && !self->is_pair)
        all = recovered(self, way);
    if (!isnan(logprob.mean))
        host->say(self->ctx, "the answer is the most probable token in %d of "
                  "%d sample%s; its log-probability is %s",
                  (int)n_first(self), (int)self->n_sample,
                  self->n_sample == 1 ? "" : "s",
                  said(logprob, false).text);
    if (!isnan(diff.mean))
        host->say(self->ctx, "logit difference of answer and foil %s, in "
                  "%" PRId64 " sample%s", said(diff, true).text, diff.n,
                  diff.n == 1 ? "" : "s");
    if (!isnan(all.mean) && (all.mean != 0 || all.se > 0))
        host->say(self->ctx, "recovered: %s of the way from the prompts' "
                  "logit difference to the pairs'", said(all, false).text);
}

void scorer_write(const struct scorer *self)
{
    struct way way = way_of(self);

    write_answers(self, &way);
    write_summary(self, &way);
    write_labels(self);
    say(self, &way);
}
