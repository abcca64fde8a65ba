/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* compare.c - what the edits cost: losses against those of the same samples
 * without them. */
#include "perplexity.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <transect/figure.h>
#include <transect/verdict.h>

/* How many standard errors a change must have to count as one. */
#define CLEAR 2

/* Change of a sample's loss, over samples. */
struct change {
    double mean;  /* in nats */
    double error; /* standard error of the mean; NaN for one sample */
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
    double n = self->n_sample, mean = 0, squares = 0;

    for (int32_t i = 0; i < self->n_sample; i++)
        mean += (loss_of(self, i) - loss_of(first, i)) / n;
    for (int32_t i = 0; i < self->n_sample; i++) {
        double x = loss_of(self, i) - loss_of(first, i) - mean;

        squares += x * x;
    }
    return (struct change){mean, n > 1 ? sqrt(squares / (n - 1) / n) : NAN};
}

static bool is_clear(const struct change *change)
{
    return fabs(change->mean) > CLEAR * change->error;
}

static void write_changes(const struct perplexity *first,
                          const struct change *changes,
                          const char *const *names, size_t n)
{
    static const struct transect_column columns[] = {
        {"variant", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"loss_change", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"standard_error", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"perplexity_factor", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    const struct transect_host *host = first->host;
    transect_table *table = host->table(first->ctx, "changes", columns, 4);

    for (size_t i = 1; i < n; i++) {
        host->put_text(table, names[i]);
        host->put_real(table, changes[i].mean);
        host->put_real(table, changes[i].error);
        host->put_real(table, exp(changes[i].mean));
    }
}

static void judge(const struct perplexity *first,
                  const struct change *changes, const char *const *names,
                  size_t n)
{
    const struct transect_verdict_host *judge =
        first->host->extension(first->ctx, TRANSECT_VERDICT);

    for (size_t i = 1; judge && first->n_sample > 1 && i < n; i++)
        judge->verdict(
            first->ctx,
            "A change of the mean loss counts if it is more than two "
            "standard errors of the changes of the single samples.",
            "%s: the model predicts the next token %s (loss %+.4g ± %.2g "
            "nats, perplexity x %.4g)", names[i],
            !is_clear(&changes[i])   ? "as well as before, as far as these "
                                       "samples tell"
            : changes[i].mean > 0 ? "worse"
                                  : "better",
            changes[i].mean, changes[i].error, exp(changes[i].mean));
}

static int draw(const struct perplexity *first, const struct change *changes,
                const char *const *names, size_t n)
{
    const struct transect_figure_host *figures =
        first->host->extension(first->ctx, TRANSECT_FIGURE);
    double *means = calloc(2 * n, sizeof *means), *errors = means + n;
    struct transect_series series = {
        .name = "mean \u00b1 standard error", .y = means,
        .spread = first->n_sample > 1 ? errors : NULL, .n = n - 1};
    struct transect_panel panel = {
        .size = sizeof panel,
        .kind = TRANSECT_BARS,
        .x_label = "variant",
        .y_label = "change of the loss (nats per token)",
        .series = &series,
        .n_series = 1,
        .x_names = names + 1,
    };
    int status;

    if (!means)
        return first->host->fail(first->ctx, "no memory");
    for (size_t i = 1; i < n; i++) {
        means[i - 1] = changes[i].mean;
        errors[i - 1] = changes[i].error;
    }
    status = figures ? figures->figure(first->ctx, "changes",
                                       "What the edits cost in prediction",
                                       &panel, 1, 1)
                     : TRANSECT_OK;
    free(means);
    return status;
}

int perplexity_compare(void *const *states, const char *const *names,
                       size_t n)
{
    const struct perplexity *first = states[0];
    struct change *changes;
    int status;

    /* What the edits cost can be said against the unedited model only. */
    if (strcmp(names[0], "baseline") != 0)
        return TRANSECT_OK;
    changes = calloc(n, sizeof *changes);
    if (!changes)
        return first->host->fail(first->ctx, "no memory");
    for (size_t i = 1; i < n; i++)
        changes[i] = change_of(states[i], first);
    write_changes(first, changes, names, n);
    judge(first, changes, names, n);
    status = draw(first, changes, names, n);
    free(changes);
    return status;
}
