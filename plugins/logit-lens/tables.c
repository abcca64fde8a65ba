/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the tables of the logit lens, and what they come to. */
#include "lens.h"

#include <math.h>
#include <transect/kit/columns.h>
#include <transect/kit/statistics.h>

/* Columns of all tables that have a row for each row that was read. */
#define PLACE                                                               \
    {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",                      \
     "the sample, from 0"},                                                 \
    {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",                       \
     "the layer, from 0"},                                                  \
    {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",                      \
     "the point of it that was read"},                                      \
    {"position", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",                   \
     "the position in the sample, from 0"}
/* The last of them. */
#define WHICH                                                               \
    {"place", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",                       \
     "which place of the list of positions that is, from 0"}

static void put_place(const struct lens *self, transect_table *table,
                      int32_t sample, int32_t site, int32_t at)
{
    const struct transect_host *host = self->host;

    host->put_int(table, sample);
    host->put_int(table, self->sites[site].layer);
    host->put_text(table, host->point_name(self->sites[site].point));
    host->put_int(table, self->positions[sample][at]);
}

static void put_which(const struct lens *self, transect_table *table,
                      int32_t sample, int32_t at)
{
    self->host->put_int(table, self->places[sample][at]);
}

/* Writes what a table has of one row that was read, its place included. */
typedef void put_fn(const struct lens *self, transect_table *table,
                    int32_t sample, int32_t site, int32_t at);

static void write_rows(const struct lens *self, const char *name,
                       const struct transect_described *columns, size_t n,
                       put_fn *put)
{
    transect_table *table = transect_table_described(self->ctx, self->host,
                                                     name, columns, n);

    for (int32_t i = 0; i < self->model.n_sample; i++)
        for (int32_t site = 0; site < self->n_site; site++)
            for (int32_t at = 0; at < self->n_position[i]; at++)
                put(self, table, i, site, at);
}

static void put_lens(const struct lens *self, transect_table *table,
                     int32_t sample, int32_t site, int32_t at)
{
    const struct transect_host *host = self->host;
    size_t row = lens_row(self, sample, site, at);
    const double *scores = self->scores + row * N_SCORES;
    int32_t id = self->top_ids[row * (size_t)self->top];

    put_place(self, table, sample, site, at);
    host->put_real(table, scores[ENTROPY]);
    host->put_real(table, scores[KL]);
    host->put_real(table, scores[ANSWER_RANK]);
    host->put_real(table, scores[ANSWER_LOGPROB]);
    host->put_int(table, id);
    host->put_real(table, lens_top_prob(self, row));
    host->put_text(table, self->text->label(self->ctx, id));
    put_which(self, table, sample, at);
}

static void write_lens(const struct lens *self)
{
    static const struct transect_described columns[] = {
        PLACE,
        {"entropy", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the entropy of the distribution that is read there"},
        {"kl", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the divergence of it from the last layer's: sum p (log p - log q), "
         "p the last layer's"},
        {"answer_rank", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "how many tokens are more probable than the answer"},
        {"answer_logprob", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the logarithm of the answer's probability"},
        {"top_id", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the most probable token"},
        {"top_prob", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "its probability"},
        {"top_token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "what it says"},
        WHICH,
    };

    write_rows(self, "lens", columns, sizeof columns / sizeof *columns,
               put_lens);
}

static void put_top(const struct lens *self, transect_table *table,
                    int32_t sample, int32_t site, int32_t at)
{
    const struct transect_host *host = self->host;
    size_t row = lens_row(self, sample, site, at);
    double all = self->scores[row * N_SCORES + LOG_SUM];

    for (int32_t rank = 0; rank < self->top; rank++) {
        size_t cell = row * (size_t)self->top + (size_t)rank;

        put_place(self, table, sample, site, at);
        host->put_int(table, rank);
        host->put_int(table, self->top_ids[cell]);
        host->put_text(table,
                       self->text->label(self->ctx, self->top_ids[cell]));
        host->put_real(table, (double)self->top_logits[cell]);
        host->put_real(table, exp((double)self->top_logits[cell] - all));
        put_which(self, table, sample, at);
    }
}

static void write_top(const struct lens *self)
{
    static const struct transect_described columns[] = {
        PLACE,
        {"rank", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "how many tokens are more probable"},
        {"id", TRANSECT_COL_INT, TRANSECT_COL_INFO, "", "the token"},
        {"token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "", "what it says"},
        {"logit", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats", "its logit"},
        {"prob", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its probability"},
        WHICH,
    };

    write_rows(self, "top", columns, sizeof columns / sizeof *columns,
               put_top);
}

static void put_tokens(const struct lens *self, transect_table *table,
                       int32_t sample, int32_t site, int32_t at)
{
    const struct transect_host *host = self->host;
    size_t row = lens_row(self, sample, site, at);
    double all = self->scores[row * N_SCORES + LOG_SUM];

    for (int32_t i = 0; i < self->n_token; i++) {
        size_t cell = row * (size_t)self->n_token + (size_t)i;
        double logit = (double)self->token_logits[cell];

        put_place(self, table, sample, site, at);
        host->put_int(table, self->tokens[i]);
        host->put_text(table, self->text->label(self->ctx, self->tokens[i]));
        host->put_real(table, logit);
        host->put_real(table, logit - all);
        host->put_real(table, isfinite(all) ? self->token_ranks[cell] : NAN);
        put_which(self, table, sample, at);
    }
}

static void write_tokens(const struct lens *self)
{
    static const struct transect_described columns[] = {
        PLACE,
        {"id", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the token"},
        {"token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "", "what it says"},
        {"logit", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "its logit"},
        {"logprob", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the logarithm of its probability"},
        {"rank", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "how many tokens are more probable"},
        WHICH,
    };

    write_rows(self, "tokens", columns, sizeof columns / sizeof *columns,
               put_tokens);
}

/* NaN: the row does not count. The answer is what follows the prompt. */
static double metric_at(const struct lens *self, int32_t sample, int32_t site,
                        int32_t at, enum metric metric)
{
    size_t row = lens_row(self, sample, site, at);
    const double *scores = self->scores + row * N_SCORES;
    bool is_last = self->positions[sample][at] + 1 ==
                   self->asked[sample].n_prompt;

    if (!is_last && (metric == MEAN_RANK || metric == MEAN_LOGPROB ||
                     metric == MEAN_FIRST))
        return NAN;
    switch (metric) {
    case MEAN_ENTROPY:
        return scores[ENTROPY];
    case MEAN_KL:
        return scores[KL];
    case MEAN_RANK:
        return scores[ANSWER_RANK];
    case MEAN_LOGPROB:
        return scores[ANSWER_LOGPROB];
    case MEAN_FIRST:
        return isnan(scores[ANSWER_RANK]) ? NAN : scores[ANSWER_RANK] == 0;
    default:
        return lens_top_prob(self, row);
    }
}

struct lens_mean lens_mean_of(const struct lens *self, int32_t site,
                              enum metric metric)
{
    struct transect_moments samples = {0};
    struct lens_mean mean;

    for (int32_t i = 0; i < self->model.n_sample; i++) {
        struct transect_moments own = {0};

        for (int32_t at = 0; at < self->n_position[i]; at++) {
            double value = metric_at(self, i, site, at, metric);

            if (!isnan(value))
                transect_moments_add(&own, value);
        }
        if (own.n > 0)
            transect_moments_add(&samples, own.mean);
    }
    mean.mean = transect_moments_mean(&samples);
    mean.se = transect_moments_error(&samples);
    mean.n = (int64_t)samples.n;
    return mean;
}

bool lens_has_answers(const struct lens *self)
{
    for (int32_t i = 0; i < self->model.n_sample; i++)
        if (self->asked[i].n_answer)
            return true;
    return false;
}

static void write_summary(const struct lens *self)
{
    static const char *const names[N_METRICS] = {
        [MEAN_ENTROPY] = "entropy",          [MEAN_KL] = "kl",
        [MEAN_RANK] = "answer_rank",         [MEAN_TOP_PROB] = "top_prob",
        [MEAN_LOGPROB] = "answer_logprob",   [MEAN_FIRST] = "answer_first"};
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "the point of it that was read"},
        {"metric", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "a column of lens.csv; answer_first: is answer_rank 0?"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its mean over samples, of each the mean over its positions; of the "
         "answer's at the prompt's last token alone"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "samples that have the column"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "summary", columns,
        sizeof columns / sizeof *columns);

    for (int32_t site = 0; site < self->n_site; site++)
        for (int metric = 0; metric < N_METRICS; metric++) {
            struct lens_mean mean = lens_mean_of(self, site,
                                                 (enum metric)metric);

            host->put_int(table, self->sites[site].layer);
            host->put_text(table, host->point_name(self->sites[site].point));
            host->put_text(table, names[metric]);
            host->put_real(table, mean.mean);
            host->put_real(table, mean.se);
            host->put_int(table, mean.n);
        }
}

/* The first site from which on the answer comes first in at least half of the
 * samples; n_site: not even at the last. */
static int32_t settled(const struct lens *self)
{
    int32_t site = self->n_site;

    while (site > 0 && lens_mean_of(self, site - 1, MEAN_FIRST).mean >= 0.5)
        site--;
    return site;
}

static void say(const struct lens *self)
{
    const struct transect_host *host = self->host;
    int32_t last = self->n_site - 1, from = settled(self);
    struct lens_mean first = lens_mean_of(self, last, MEAN_FIRST);
    struct lens_mean logprob = lens_mean_of(self, last, MEAN_LOGPROB);

    if (isnan(first.mean))
        return;
    host->say(self->ctx, "read at %s of layer %d, the answer is the most "
              "probable token in %.4g %% of %d sample%s; its log-probability "
              "is %.4g", host->point_name(self->sites[last].point),
              (int)self->sites[last].layer, 100 * first.mean, (int)first.n,
              first.n == 1 ? "" : "s", logprob.mean);
    if (from < last)
        host->say(self->ctx, "so it is in half of the samples or more from %s "
                  "of layer %d on",
                  host->point_name(self->sites[from].point),
                  (int)self->sites[from].layer);
}

/* A state that was restored may be any numbers; these are ids. */
static int check_state(const struct lens *self)
{
    for (size_t i = 0; i < self->n_row * (size_t)self->top; i++)
        if (self->top_ids[i] < -1 || self->top_ids[i] >= self->model.n_vocab)
            return self->host->fail(self->ctx, "the state is not one of these "
                                    "samples: there is no token %d",
                                    (int)self->top_ids[i]);
    return TRANSECT_OK;
}

int lens_write(const struct lens *self)
{
    if (check_state(self))
        return TRANSECT_FAILED;
    write_lens(self);
    write_top(self);
    if (self->n_token)
        write_tokens(self);
    write_summary(self);
    say(self);
    return TRANSECT_OK;
}
