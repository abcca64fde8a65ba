/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* compare.c - what the edits cost: losses against those of the same samples
 * without them. */
#include "perplexity.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <transect/kit/columns.h>
#include <transect/kit/drawing.h>
#include <transect/kit/statistics.h>
#include <transect/verdict.h>

/* What p must be below for a change to count as one. */
#define CLEAR 0.05

/* Change of a sample's loss, over samples. NaN for one sample: error and p. */
struct change {
    double mean;  /* in nats */
    double error; /* standard error of the mean */
    double p;     /* of Student's t = mean / error, n - 1 degrees of freedom;
                     two standard errors would not do: of two samples, 30 %
                     of the means that come from nothing are beyond those */
};

static double loss_of(const struct perplexity *self, int32_t sample)
{
    return self->loss[sample] / (double)self->n[sample];
}

/* The samples are the same, and so they are paired: what they have in common
 * drops out. s / sqrt(n), with n - 1 in s. */
static struct change change_of(const struct perplexity *self,
                               const struct perplexity *first)
{
    struct transect_moments moments = {0};
    struct change change = {.error = NAN, .p = NAN};

    for (int32_t i = 0; i < self->n_sample; i++)
        transect_moments_add(&moments, loss_of(self, i) - loss_of(first, i));
    change.mean = moments.mean;
    if (moments.n > 1) {
        change.error = transect_moments_error(&moments);
        change.p = change.mean == 0
                       ? 1
                       : transect_student_p(change.mean / change.error,
                                            moments.n - 1);
    }
    return change;
}

static void write_changes(const struct perplexity *first,
                          const struct change *changes,
                          const char *const *names, size_t n)
{
    static const struct transect_described columns[] = {
        {"variant", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "the variant that the row is of"},
        {"loss_change", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the mean change of the loss over samples"},
        {"standard_error", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the standard error of that mean"},
        {"p", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "of Student's t test that the mean change is 0"},
        {"perplexity_factor", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "by what the perplexity is multiplied"},
    };
    const struct transect_host *host = first->host;
    transect_table *table = transect_table_described(
        first->ctx, host, "changes", columns, 5);

    for (size_t i = 1; i < n; i++) {
        host->put_text(table, names[i]);
        host->put_real(table, changes[i].mean);
        host->put_real(table, changes[i].error);
        host->put_real(table, changes[i].p);
        host->put_real(table, exp(changes[i].mean));
    }
}

/* "worse", and than what: the pairs are other prompts, not edited ones. */
static const char *what_became(const struct change *change, bool is_pair)
{
    if (!(change->p < CLEAR))
        return is_pair ? "as well as in the prompts, as far as these samples "
                         "tell"
                       : "as well as before, as far as these samples tell";
    if (change->mean > 0)
        return is_pair ? "worse than in the prompts" : "worse";
    return is_pair ? "better than in the prompts" : "better";
}

static void judge(void *const *states, const struct change *changes,
                  const char *const *names, size_t n)
{
    const struct perplexity *first = states[0];
    const struct transect_verdict_host *judge =
        first->host->extension(first->ctx, TRANSECT_VERDICT);

    for (size_t i = 1; first->n_sample > 1 && i < n; i++)
        judge->verdict(
            first->ctx,
            "A change of the mean loss counts if p < 0.05 in Student's t "
            "test of the changes of the single samples, which takes these "
            "to be independent.",
            "%s: the model predicts the next token %s (loss %+.4g ± %.2g "
            "nats in %d samples, p = %.2g; perplexity x %.4g)", names[i],
            what_became(&changes[i],
                        ((const struct perplexity *)states[i])->is_pair),
            changes[i].mean, changes[i].error, (int)first->n_sample,
            changes[i].p, exp(changes[i].mean));
}

static int draw(void *const *states, const struct change *changes,
                const char *const *names, size_t n)
{
    const struct perplexity *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);
    struct transect_panel *panel = transect_drawing_panel(
        &drawing, TRANSECT_BARS, NULL, "variant",
        "change of the loss (nats per token)");
    double *means = transect_drawing_values(&drawing, 2 * n);
    bool several = first->n_sample > 1;
    bool pairs = n > 1 && ((const struct perplexity *)states[1])->is_pair;
    struct transect_series *series = transect_drawing_series(
        &drawing, panel, several ? "mean \u00b1 standard error" : "mean",
        means, n - 1);

    for (size_t i = 1; i < n; i++) {
        means[i - 1] = changes[i].mean;
        means[n + i - 1] = changes[i].error;
    }
    if (several)
        series->spread = means + n;
    panel->x_names = names + 1;
    return transect_drawing_end(&drawing, "changes",
                                pairs ? "What the pairs and the edits change "
                                        "in prediction"
                                      : "What the edits cost in prediction",
                                1);
}

int perplexity_compare(void *const *states, const char *const *names,
                       size_t n)
{
    const struct perplexity *first = states[0];
    struct change *changes;

    /* What the edits cost can be said against the unedited model only. */
    if (strcmp(names[0], "baseline") != 0)
        return TRANSECT_OK;
    changes = first->host->alloc(first->ctx, n, sizeof *changes);
    for (size_t i = 1; i < n; i++)
        changes[i] = change_of(states[i], first);
    write_changes(first, changes, names, n);
    judge(states, changes, names, n);
    return draw(states, changes, names, n);
}
