/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the parts, and whether they add up. */
#include "attribution.h"

#include <stdlib.h>
#include <transect/kit/columns.h>
#include <transect/kit/text.h>

#define N_SAID 5 /* parts that the summary names */

static void put_mean(const struct attribution *self, transect_table *table,
                     const struct transect_moments *moments)
{
    self->host->put_real(table, transect_moments_mean(moments));
    self->host->put_real(table, transect_moments_error(moments));
}

static void put_part(const struct attribution *self, transect_table *table,
                     size_t at)
{
    const struct part *part = &self->parts[at];
    const struct transect_moments *moments = &self->moments[at];

    if (!part->there || (part->kind == EDIT && moments->mean == 0 &&
                         moments->squares == 0))
        return;
    self->host->put_text(table, part_name(part->kind));
    self->host->put_int(table, part->layer);
    self->host->put_int(table, part->head);
    put_mean(self, table, moments);
    self->host->put_int(table, (int64_t)moments->n);
}

static void write_components(const struct attribution *self)
{
    const struct transect_described columns[] = {
        {"component", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "what wrote the part: embed, pos_embed, head, mlp, a bias or edit"},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "its layer, -1 for none"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the head, -1 for none"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         about(self, "the mean over samples of its part of the %s")},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "how many samples that is of"},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "components", columns, 6);

    put_part(self, table, part_at(self, EMBED, -1, -1));
    put_part(self, table, part_at(self, POS_EMBED, -1, -1));
    put_part(self, table, part_at(self, EDIT, -1, -1));
    for (int32_t l = 0; l < self->model.n_layer; l++) {
        for (int32_t h = 0; h < self->model.n_head; h++)
            put_part(self, table, part_at(self, HEAD, l, h));
        put_part(self, table, part_at(self, ATTN_BIAS, l, -1));
        put_part(self, table, part_at(self, MLP, l, -1));
        put_part(self, table, part_at(self, MLP_BIAS, l, -1));
        put_part(self, table, part_at(self, NORM_BIAS, l, -1));
        put_part(self, table, part_at(self, EDIT, l, -1));
    }
    put_part(self, table, part_at(self, NORM_BIAS, -1, -1));
    put_part(self, table, part_at(self, UNEMBED_BIAS, -1, -1));
}

static void write_layers(const struct attribution *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"attention", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the mean part of its attention: all heads and attn_bias"},
        {"attention_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         "the standard error of that"},
        {"mlp", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the mean part of its MLP: mlp and mlp_bias"},
        {"mlp_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "how many samples the means are of"},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "layers", columns, 6);

    for (int32_t l = 0; l < self->model.n_layer; l++) {
        const struct transect_moments *mlps =
            &self->moments[part_at(self, MLPS, l, -1)];

        self->host->put_int(table, l);
        put_mean(self, table,
                 &self->moments[part_at(self, ATTENTION, l, -1)]);
        put_mean(self, table, mlps);
        self->host->put_int(table, (int64_t)mlps->n);
    }
}

static void write_sums(const struct attribution *self)
{
    const struct transect_described columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the sample, from 0"},
        {"parts", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         "the sum of all parts"},
        {"logit_diff", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
         about(self, "the %s of the pass, before a cap")},
        {"miss", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         "parts - logit_diff"},
        {"place", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "which place of the list of positions it is, from 0"},
        {"position", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "where that is in the sample, from 0"},
        {"largest", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         "the magnitude of the largest part"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(self->ctx, host, "sums",
                                                     columns, 7);

    for (int32_t i = 0; i < self->model.n_sample; i++) {
        const int32_t *positions, *places;
        size_t n = self->prompts->positions(self->ctx, "positions", i,
                                            &positions);

        self->prompts->places(self->ctx, "positions", i, &places);
        for (size_t k = 0; k < n; k++) {
            size_t at = self->first[i] + k;
            double parts = self->all_parts[at], diff = self->all_diffs[at];

            host->put_int(table, i);
            host->put_real(table, parts);
            host->put_real(table, diff);
            host->put_real(table, parts - diff);
            host->put_int(table, places[k]);
            host->put_int(table, positions[k]);
            host->put_real(table, self->all_largest[at]);
        }
    }
}

/* Something with a mean, to be sorted. */
struct ranked {
    size_t at;
    double size; /* of its mean; NaN as the smallest */
};

static int by_size(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->size < y->size || x->size > y->size)
        return x->size < y->size ? 1 : -1;
    return x->at < y->at ? -1 : 1;
}

/* By the magnitude of the mean, largest first; of equals the first. */
static struct ranked *rank(const struct attribution *self,
                           const struct transect_moments *moments, size_t n)
{
    struct ranked *all = self->host->alloc(self->ctx, n, sizeof *all);

    for (size_t i = 0; i < n; i++) {
        double size = fabs(transect_moments_mean(&moments[i]));

        all[i] = (struct ranked){i, isnan(size) ? -1 : size};
    }
    qsort(all, n, sizeof *all, by_size);
    return all;
}

static void write_units(const struct attribution *self)
{
    const struct transect_described columns[] = {
        {"rank", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "1 for the unit with the largest mean, by magnitude"},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the layer of the unit, from 0"},
        {"unit", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the hidden unit of its MLP, from 0"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         about(self, "the mean over samples of its part of the %s")},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "nats",
         "the standard error of that"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "how many samples that is of"},
    };
    size_t f = (size_t)self->model.d_mlp;
    size_t n = (size_t)self->model.n_layer * f;
    const struct ranked *all = rank(self, self->unit_moments, n);
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(self->ctx, host, "units",
                                                     columns, 6);

    for (size_t i = 0; i < n && i < (size_t)self->n_strongest; i++) {
        const struct transect_moments *unit = &self->unit_moments[all[i].at];

        host->put_int(table, (int64_t)i + 1);
        host->put_int(table, (int64_t)(all[i].at / f));
        host->put_int(table, (int64_t)(all[i].at % f));
        put_mean(self, table, unit);
        host->put_int(table, (int64_t)unit->n);
    }
}

static void add_number(struct transect_text *text,
                       const struct transect_moments *moments)
{
    double error = transect_moments_error(moments);

    transect_text_add(text, " %+.4g", transect_moments_mean(moments));
    if (!isnan(error))
        transect_text_add(text, " \u00b1 %.2g", error);
}

static void say_largest(const struct attribution *self)
{
    const struct ranked *all = rank(self, self->moments, self->n_part);
    struct transect_text text = transect_text_new(self->ctx, self->host);
    int n = 0;

    for (size_t i = 0; i < self->n_part && n < N_SAID; i++) {
        const struct part *part = &self->parts[all[i].at];

        if (!part->there || part->kind >= ATTENTION)
            continue;
        transect_text_add(&text, "%s %s", n++ ? "," : "",
                          part_label(self, part));
        add_number(&text, &self->moments[all[i].at]);
    }
    self->host->say(self->ctx, "largest parts of the %s:%s", self->subject,
                    text.bytes);
}

static double larger(double x, double y)
{
    return y > x || isnan(y) ? y : x;
}

static void say_miss(const struct attribution *self)
{
    size_t n = self->first[self->model.n_sample];
    double cap = self->model.logit_cap, miss = 0, share = 0, sum = 0;
    bool misses = false;

    for (size_t i = 0; i < n; i++) {
        double off = fabs(self->all_parts[i] - self->all_diffs[i]);

        sum += self->all_diffs[i];
        miss = larger(miss, off);
        misses = misses || trace_misses(off, self->all_magnitudes[i]);
        share = larger(share, off / self->all_largest[i]);
    }
    if (!misses)
        self->host->say(self->ctx, "the parts add up to the %s, "
                        "on average %+.4g, but for %.2g at most, or %.2g of "
                        "the largest part", self->subject, sum / (double)n,
                        miss, share);
    else
        self->host->say(self->ctx, "the parts do not add up to the %s, "
                        "on average %+.4g: they miss it by %.2g at most; what "
                        "an edit puts into ln_final or logits is no part's",
                        self->subject, sum / (double)n, miss);
    if (cap > 0)
        self->host->say(self->ctx, "parts and %ss are before "
                        "the cap of %g that the model puts on logits",
                        self->subject, cap);
}

static void say_left_out(const struct attribution *self)
{
    int32_t n = 0;

    for (int32_t i = 0; i < self->model.n_sample; i++)
        n += self->first[i + 1] == self->first[i];
    if (n)
        self->host->say(self->ctx, "%d of %d samples have none of the "
                        "positions and are in no mean", (int)n,
                        (int)self->model.n_sample);
}

void tables_write(const struct attribution *self)
{
    write_components(self);
    write_sums(self);
    write_layers(self);
    if (self->unit_moments)
        write_units(self);
    say_largest(self);
    say_miss(self);
    say_left_out(self);
}
