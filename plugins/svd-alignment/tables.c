/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the tables and findings of svd-alignment. */
#include "svd-alignment.h"

#include <transect/kit/columns.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* What the baseline's dims are, in all variants. */
static const struct svd_alignment *
chooser_of(const struct svd_alignment *self,
           const struct svd_alignment *baseline)
{
    return baseline ? baseline : self;
}

static void write_singular(const struct svd_alignment *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"index", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "1 for the largest singular value"},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the singular value of the MLP's output matrix"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "singular", columns, COUNT(columns));
    size_t n = self->n_singular && (size_t)self->n_singular < self->n_value
                   ? (size_t)self->n_singular
                   : self->n_value;

    for (size_t i = 0; i < self->n_chosen; i++)
        for (size_t k = 0; k < n; k++) {
            host->put_int(table, self->chosen[i]);
            host->put_int(table, (int64_t)k + 1);
            host->put_real(table, self->layers[self->chosen[i]].values[k]);
        }
}

static void write_alignment(const struct svd_alignment *self,
                            const struct svd_alignment *chooser)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim of mlp_out"},
        {"slope", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "of the line of the dim by h.u1"},
        {"intercept", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "of the same line"},
        {"r2", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the part of the variance that the line explains"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "tokens",
         "how many the line is through"},
        {"right_share", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the dim's part of the first right singular vector"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "alignment", columns, COUNT(columns));

    for (size_t i = 0; i < self->n_chosen; i++) {
        int32_t l = self->chosen[i], dim = dim_of(self, chooser, l);
        const struct layer *layer = &self->layers[l];
        struct fit fit = fit_of(layer, column_of(self, dim));

        host->put_int(table, l);
        host->put_int(table, dim);
        host->put_real(table, fit.slope);
        host->put_real(table, fit.intercept);
        host->put_real(table, fit.r2);
        host->put_int(table, (int64_t)layer->x->n);
        host->put_real(table, layer->right[dim] * layer->right[dim]);
    }
}

static void write_words(const struct svd_alignment *self,
                        const struct svd_alignment *chooser)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"group", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "function or content words"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "tokens",
         "how many are of the group"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean cosine of h and u1"},
        {"std", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the standard deviation of the cosines"},
        {"trigger_rate", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the part of tokens whose dim is above the threshold"},
    };
    static const char *const group_names[N_GROUPS] = {"function", "content"};
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "words", columns, COUNT(columns));

    for (size_t i = 0; i < self->n_chosen; i++) {
        int32_t l = self->chosen[i];
        int32_t column = column_of(self, dim_of(self, chooser, l));
        const struct layer *layer = &self->layers[l];

        for (int g = 0; g < N_GROUPS; g++) {
            host->put_int(table, l);
            host->put_text(table, group_names[g]);
            host->put_int(table, (int64_t)layer->cosines[g].n);
            host->put_real(table, transect_moments_mean(&layer->cosines[g]));
            host->put_real(table, transect_moments_std(&layer->cosines[g]));
            host->put_real(table, trigger_rate(layer, (enum group)g, column));
        }
    }
}

static struct transect_welch test_of(const struct layer *layer)
{
    return transect_welch_of(&layer->cosines[FUNCTION_WORD],
                    &layer->cosines[CONTENT_WORD]);
}

static void write_test(const struct svd_alignment *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"difference", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean cosine of function less that of content words"},
        {"t", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "Welch's t of the difference"},
        {"df", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its degrees of freedom"},
        {"p", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "of that test, two-sided"},
        {"d", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "Cohen's d of the difference"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "words-test", columns, COUNT(columns));

    for (size_t i = 0; i < self->n_chosen; i++) {
        struct transect_welch welch = test_of(&self->layers[self->chosen[i]]);

        host->put_int(table, self->chosen[i]);
        host->put_real(table, welch.difference);
        host->put_real(table, welch.t);
        host->put_real(table, welch.df);
        host->put_real(table, welch.p);
        host->put_real(table, welch.d);
    }
}

bool has_words(const struct svd_alignment *self)
{
    const struct layer *layer = &self->layers[self->chosen[0]];

    return layer->cosines[FUNCTION_WORD].n > 0 ||
           layer->cosines[CONTENT_WORD].n > 0;
}

/* The weights, and so their singular values, are the same in all variants. */
void tables_write(const struct svd_alignment *self,
                  const struct svd_alignment *baseline)
{
    const struct svd_alignment *chooser = chooser_of(self, baseline);

    if (!baseline)
        write_singular(self);
    write_alignment(self, chooser);
    if (!has_words(self))
        return;
    write_words(self, chooser);
    write_test(self);
}

/* The layer whose dim gets the largest. */
static int32_t main_layer(const struct svd_alignment *self)
{
    int32_t best = self->chosen[0];

    for (size_t i = 1; i < self->n_chosen; i++)
        if (largest_of(self, self->chosen[i]) > largest_of(self, best))
            best = self->chosen[i];
    return best;
}

static void say_words(const struct svd_alignment *self, int32_t l,
                      int32_t dim)
{
    const struct layer *layer = &self->layers[l];
    const struct transect_moments *function = &layer->cosines[FUNCTION_WORD],
                         *content = &layer->cosines[CONTENT_WORD];
    struct transect_welch welch = test_of(layer);
    int32_t column = column_of(self, dim);

    self->host->say(
        self->ctx,
        "cosine with it: %.3f \u00b1 %.3f for %.0f function words, %.3f "
        "\u00b1 %.3f for %.0f content words (Welch t = %.4g, p = %.2g "
        "if tokens are independent, Cohen d = %.3g); |dim %d| > %g in "
        "%.3g %% and %.3g %% of them",
        transect_moments_mean(function), transect_moments_std(function),
        function->n, transect_moments_mean(content),
        transect_moments_std(content), content->n, welch.t, welch.p, welch.d,
        (int)dim, self->threshold,
        100 * trigger_rate(layer, FUNCTION_WORD, column),
        100 * trigger_rate(layer, CONTENT_WORD, column));
}

void findings_say(const struct svd_alignment *self,
                  const struct svd_alignment *baseline)
{
    const struct svd_alignment *chooser = chooser_of(self, baseline);
    int32_t l = main_layer(chooser);
    const struct layer *layer = &self->layers[l];
    int32_t dim = dim_of(self, chooser, l);
    struct fit fit = fit_of(layer, column_of(self, dim));

    if (!(largest_of(chooser, l) > 0)) {
        self->host->say(self->ctx, "no MLP writes anything%s",
                        self->dim < 0 ? "" : " into this dim");
        return;
    }
    self->host->say(self->ctx,
                    "layer %d, dim %d, the largest output of %s%s: first "
                    "singular value of W_out %.4g (%.3g x the next); the "
                    "projection on its left vector gives the dim with slope "
                    "%.4g (%.4g, if all came from there), R\u00b2 %.4f",
                    (int)l, (int)dim,
                    self->dim < 0 ? "an MLP" : "an MLP into this dim",
                    baseline ? " in the baseline" : "",
                    layer->values[0],
                    layer->values[0] /
                        layer->values[self->n_value > 1 ? 1 : 0],
                    fit.slope, layer->values[0] * layer->right[dim], fit.r2);
    if (has_words(self))
        say_words(self, l, dim);
    else
        self->host->say(self->ctx, "no words to compare: the samples have "
                                   "none, or the model folder has no "
                                   "tokenizer that says so");
}
