/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - ledger.csv, sums.csv and running.csv. */
#include "ledger.h"

#include <math.h>
#include <string.h>
#include <transect/kit/columns.h>

#define N_COLUMNS(columns) (sizeof(columns) / sizeof *(columns))

static const char place_meaning[] =
    "which place of the list of positions it is, from 0";
static const char position_meaning[] =
    "the position; -1: not the same in all samples";

int32_t tables_position(const struct ledger *self, int32_t place)
{
    int32_t found = -1;

    if (self->auto_places)
        return self->positions[place];
    for (int32_t i = 0; i < self->model.n_sample; i++) {
        int32_t position = kept_position(self, i, self->model.n_token, place);

        if (position < 0)
            continue;
        if (found >= 0 && position != found)
            return -1;
        found = position;
    }
    return found;
}

bool tables_has(const struct ledger *self, size_t spot)
{
    size_t n = 1 + (size_t)self->model.n_layer;

    return self->runs[spot * n * N_RUNS + RUN_STREAM].n > 0;
}

double tables_value(const struct ledger *self, size_t target)
{
    double sum = 0;
    int64_t n = 0;

    for (size_t i = 0; i < (size_t)self->model.n_sample; i++) {
        size_t at = i * self->most_targets + target;

        sum += self->sums[at * N_SUMS + SUM_VALUE];
        n += self->seen[at] > 0;
    }
    return n ? sum / (double)n : NAN;
}

static void put_mean(const struct ledger *self, transect_table *table,
                     const struct transect_moments *moments)
{
    self->host->put_real(table, transect_moments_mean(moments));
    self->host->put_real(table, transect_moments_error(moments));
}

/* A row of ledger.csv begins with its target. */
struct rows {
    const struct ledger *self;
    transect_table *table;
    const struct target *target;
    int32_t position;
    double value;
};

static void put_writer(const struct rows *rows, const struct writer *writer)
{
    const struct transect_host *host = rows->self->host;
    const struct spot *spot = &rows->self->spots[rows->target->spot];
    double share = transect_moments_mean(writer->wrote) / rows->value;

    host->put_int(rows->table, rows->target->layer);
    host->put_int(rows->table, rows->position);
    host->put_int(rows->table, spot->dim);
    host->put_text(rows->table, writer->component);
    host->put_int(rows->table, writer->layer);
    host->put_int(rows->table, writer->head);
    host->put_int(rows->table, writer->unit);
    put_mean(rows->self, rows->table, writer->wrote);
    host->put_real(rows->table, isfinite(share) ? share : NAN);
    host->put_int(rows->table, (int64_t)writer->wrote->n);
    host->put_int(rows->table, spot->place);
}

/* Hidden units stand behind their MLP; those that the baseline names. */
static void put_target(const struct rows *rows, const struct ledger *baseline)
{
    const struct ledger *self = rows->self;
    struct writer units[MOST_UNITS], *all;
    size_t n, n_units = writers_units(baseline ? baseline : self,
                                      rows->target, -1, units,
                                      (size_t)self->n_unit);

    all = writers_all(self, rows->target, &n);
    for (size_t i = 0; i < n_units; i++)
        writers_take(self, rows->target, &units[i]);
    for (size_t i = 0; i < n; i++) {
        put_writer(rows, &all[i]);
        for (size_t u = 0; u < n_units; u++)
            if (strcmp(all[i].component, units[u].component) == 0 &&
                all[i].layer == units[u].layer)
                put_writer(rows, &units[u]);
    }
}

static void write_ledger(const struct ledger *self,
                         const struct ledger *baseline)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the layer whose resid_post is taken apart, from 0"},
        {"position", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         position_meaning},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"component", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "embed, pos_embed, head, mlp, attn_bias, mlp_bias, norm_bias or "
         "edit"},
        {"from_layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "its layer; -1: none"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "its head; -1: none"},
        {"unit", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "a hidden unit of an MLP; -1: the whole"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "what it wrote, the mean over samples"},
        {"se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard error of the mean"},
        {"share", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean over that of the coordinate"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "samples that have the place"},
        {"place", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", place_meaning},
    };
    struct rows rows = {
        .self = self,
        .table = transect_table_described(self->ctx, self->host, "ledger",
                                          columns, N_COLUMNS(columns)),
    };

    for (size_t t = 0; t < self->n_target; t++) {
        rows.target = &self->targets[t];
        if (!tables_has(self, (size_t)rows.target->spot))
            continue;
        rows.position = tables_position(
            self, self->spots[rows.target->spot].place);
        rows.value = tables_value(self, t);
        put_target(&rows, baseline);
    }
}

static void put_sums(const struct ledger *self, transect_table *table,
                     int32_t sample, size_t t)
{
    const struct transect_host *host = self->host;
    const struct target *target = &self->targets[t];
    const struct spot *spot = &self->spots[target->spot];
    size_t at = (size_t)sample * self->most_targets + t;
    const double *sums = self->sums + at * N_SUMS;
    int32_t position = kept_position(self, sample, self->model.n_token,
                                     spot->place);

    if (!self->seen[at] || position < 0)
        return;
    host->put_int(table, sample);
    host->put_int(table, target->layer);
    host->put_int(table, position);
    host->put_int(table, spot->dim);
    host->put_real(table, sums[SUM_PARTS]);
    host->put_real(table, sums[SUM_VALUE]);
    host->put_real(table, sums[SUM_PARTS] - sums[SUM_VALUE]);
    host->put_real(table, sums[SUM_MAGNITUDE]);
    host->put_int(table, spot->place);
}

static void write_sums(const struct ledger *self)
{
    static const struct transect_described columns[] = {
        {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the sample"},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the layer whose resid_post is taken apart, from 0"},
        {"position", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the position in this sample"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"parts", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the sum of all parts but those of hidden units"},
        {"value", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the coordinate, as the pass has it"},
        {"miss", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "parts less value"},
        {"magnitude", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the sum of the magnitudes of all products that the parts are sums "
         "of, which rounding goes by"},
        {"place", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", place_meaning},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "sums", columns, N_COLUMNS(columns));

    for (int32_t i = 0; i < self->model.n_sample; i++)
        for (size_t t = 0; t < self->n_target; t++)
            put_sums(self, table, i, t);
}

static void put_run(const struct ledger *self, transect_table *table,
                    size_t s, int32_t layer)
{
    const struct transect_host *host = self->host;
    const struct spot *spot = &self->spots[s];
    size_t n = (size_t)self->model.n_layer;
    const struct transect_moments *runs =
        self->runs + (s * (1 + n) + (size_t)(layer + 1)) * N_RUNS;

    host->put_int(table, layer);
    host->put_int(table, tables_position(self, spot->place));
    host->put_int(table, spot->dim);
    for (int k = 0; k < N_RUNS; k++)
        put_mean(self, table, &runs[k]);
    host->put_int(table, (int64_t)runs[RUN_STREAM].n);
    host->put_int(table, spot->place);
}

static void write_runs(const struct ledger *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the layer, from 0; -1: what enters the first"},
        {"position", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         position_meaning},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"attention", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the coordinate in attn_out, the mean over samples"},
        {"attention_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its standard error"},
        {"mlp", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the coordinate in mlp_out, the mean over samples"},
        {"mlp_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its standard error"},
        {"stream", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the coordinate in resid_post, the mean over samples"},
        {"stream_se", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "its standard error"},
        {"n", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "samples that have the place"},
        {"place", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", place_meaning},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "running", columns, N_COLUMNS(columns));

    for (size_t s = 0; s < self->n_spot; s++)
        for (int32_t l = -1; tables_has(self, s) && l < self->model.n_layer;
             l++)
            put_run(self, table, s, l);
}

void tables_write(const struct ledger *self, const struct ledger *baseline)
{
    write_ledger(self, baseline);
    write_sums(self);
    write_runs(self);
}
