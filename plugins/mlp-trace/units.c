/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* units.c - the hidden units that write most into a dim. */
#include "mlp-trace.h"

#include <transect/kit/columns.h>

#include <math.h>

const int32_t *units_dims(const struct mlp_trace *self,
                          const struct mlp_trace *chooser, int32_t layer,
                          int32_t *one, size_t *n)
{
    *n = self->auto_dims ? 1 : self->n_dims;
    if (!self->auto_dims)
        return self->dims;
    *one = (int32_t)chooser->layers[layer].best[MLP_OUT][BEST_UNIT];
    return one;
}

/* Behind a norm mlp_out is no sum over units, which then have no share. */
static bool is_normalized(const struct mlp_trace *self, int32_t layer)
{
    struct transect_view gain;

    return self->host->weight(self->ctx, TRANSECT_MLP_POST_GAIN, layer, -1,
                              &gain) == TRANSECT_OK;
}

static struct unit unit_of(const struct layer *layer, int32_t unit,
                           int32_t dim, double weight)
{
    double low = (double)layer->low[unit], high = (double)layer->high[unit];
    double largest = fabs(low) > fabs(high) ? low : high;
    double out = layer->peak_out[dim];
    struct unit found = {
        .unit = unit,
        .weight = weight,
        .mean = layer->sum[unit] / (double)*layer->n_row,
        .max = high,
        .contribution = weight * largest,
        .peak = NAN,
        .share = NAN,
    };

    if (layer->peak[BEST_MAGNITUDE] > 0)
        found.peak = weight * layer->peak_post[unit];
    if (out < 0 || out > 0)
        found.share = found.peak / out;
    return found;
}

int units_strongest(const struct mlp_trace *self, int32_t layer, int32_t dim,
                    struct unit *units)
{
    int n = self->n_unit < self->d_mlp ? self->n_unit : self->d_mlp;
    float(*top)[3] = self->host->alloc(self->ctx, (size_t)n, sizeof *top);
    struct transect_view column;
    bool normalized = is_normalized(self, layer);

    if (self->host->weight(self->ctx, TRANSECT_W_OUT, layer, -1, &column)) {
        self->host->fail(self->ctx, "layer %d has no W_out", (int)layer);
        return -1;
    }
    column.data += dim * column.col_stride; /* (F, 1) of (F, D) */
    column.cols = 1;
    self->reduces->top(self->ctx, &column, n, top[0]);
    while (n > 0 && !(top[n - 1][0] > 0))
        n--; /* the other units write nothing */
    for (int i = 0; i < n; i++) {
        int32_t unit = (int32_t)top[i][1];

        units[i] = unit_of(&self->layers[layer], unit, dim,
                           (double)column.data[unit * column.row_stride]);
        if (normalized)
            units[i].share = NAN;
    }
    return n;
}

static void put_units(const struct mlp_trace *self, transect_table *table,
                      int32_t layer, int32_t dim, const struct unit *units,
                      int n)
{
    const struct transect_host *host = self->host;

    for (int i = 0; i < n; i++) {
        host->put_int(table, layer);
        host->put_int(table, dim);
        host->put_int(table, i + 1);
        host->put_int(table, units[i].unit);
        host->put_real(table, units[i].weight);
        host->put_real(table, units[i].mean);
        host->put_real(table, units[i].max);
        host->put_real(table, units[i].contribution);
        host->put_real(table, units[i].peak);
        host->put_real(table, units[i].share);
    }
}

int units_write(const struct mlp_trace *self,
                const struct mlp_trace *baseline)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim of mlp_out"},
        {"rank", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "1 for the unit with the largest weight"},
        {"unit", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the hidden unit, from 0"},
        {"weight", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the weight from the unit into the dim"},
        {"mean", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean of the unit over all tokens"},
        {"max", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the largest value of the unit"},
        {"contribution", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the most that the unit writes into the dim"},
        {"peak", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "what the unit writes at the peak token"},
        {"share", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the peak over the value of the dim there"},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "units", columns,
        sizeof columns / sizeof columns[0]);
    struct unit *units = self->host->alloc(self->ctx, (size_t)self->n_unit,
                                           sizeof *units);
    int found = 0;

    for (size_t i = 0; i < self->n_chosen && found >= 0; i++) {
        int32_t layer = self->chosen[i], one;
        size_t n;
        const int32_t *dims = units_dims(self, baseline ? baseline : self,
                                         layer, &one, &n);

        for (size_t d = 0; d < n && found >= 0; d++) {
            found = units_strongest(self, layer, dims[d], units);
            put_units(self, table, layer, dims[d], units,
                      found > 0 ? found : 0);
        }
    }
    return found < 0 ? TRANSECT_FAILED : TRANSECT_OK;
}
