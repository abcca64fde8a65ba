/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the magnitudes that mlp-trace writes, and its findings. */
#include "mlp-trace.h"

#include <transect/kit/columns.h>

#include <math.h>

void checkpoints_write(const struct mlp_trace *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer, from 0"},
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "", "the hook point"},
        {"max", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean over samples of the largest magnitude"},
        {"median", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the mean over samples of the median magnitude"},
        {"ratio", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "max over median"},
        {"max_unit", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the unit, or dim, of the largest of all samples"},
        {"max_pos", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the position of the largest of all samples"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "checkpoints", columns, 7);

    for (size_t i = 0; i < self->n_chosen; i++)
        for (int at = 0; at < N_CHECKPOINTS; at++) {
            int32_t l = self->chosen[i];

            if (!self->reported[at])
                continue;
            host->put_int(table, l);
            host->put_text(table, checkpoint_names[at]);
            host->put_real(table, trace_max(self, l, at));
            host->put_real(table, trace_median(self, l, at));
            host->put_real(table, trace_ratio(self, l, at));
            host->put_int(table, (int64_t)self->layers[l].best[at][BEST_UNIT]);
            host->put_int(table, (int64_t)self->layers[l].best[at][BEST_ROW]);
        }
}

/* The layer whose MLP writes the largest value for its median; -1 if no
 * MLP writes anything. */
static int32_t largest_for_its_median(const struct mlp_trace *self)
{
    int32_t best = -1;

    for (size_t i = 0; i < self->n_chosen; i++) {
        int32_t l = self->chosen[i];

        if (self->layers[l].peak[BEST_MAGNITUDE] > 0 &&
            (best < 0 || trace_ratio(self, l, MLP_OUT) >
                             trace_ratio(self, best, MLP_OUT)))
            best = l;
    }
    return best;
}

/* What the units with the largest weights write into the peak token, and
 * which of them the most. */
static void say_units(const struct mlp_trace *self, int32_t layer,
                      int32_t dim, const struct unit *units, int n)
{
    int most = 0;
    double share = 0;

    for (int i = 0; i < n; i++) {
        share += units[i].share;
        if (fabs(units[i].share) > fabs(units[most].share))
            most = i;
    }
    if (n > 0 && !isnan(units[most].share))
        self->host->say(self->ctx,
                        "the %d units with the largest |weight| into dim %d "
                        "write %.1f %% of the peak token's %.4g there, of "
                        "them the most unit %d: %.4g, or %.1f %%", n,
                        (int)dim, 100 * share,
                        self->layers[layer].peak_out[dim],
                        (int)units[most].unit, units[most].peak,
                        100 * units[most].share);
}

static int say_largest(const struct mlp_trace *self)
{
    int32_t l = largest_for_its_median(self);
    struct unit units[MAX_UNITS];
    const double *best;
    int32_t dim;
    int n;

    if (l < 0) {
        self->host->say(self->ctx, "every MLP's output is zero");
        return TRANSECT_OK;
    }
    best = self->layers[l].best[MLP_OUT];
    dim = (int32_t)best[BEST_UNIT];
    n = units_strongest(self, l, dim, units);
    if (n < 0)
        return TRANSECT_FAILED;
    self->host->say(self->ctx,
                    "output of an MLP with the highest ratio to its layer's "
                    "median: layer %d, max %.4g in mlp_post and %.4g = "
                    "%.4g x median in mlp_out; peak token at position %d, in "
                    "dim %d",
                    (int)l, trace_max(self, l, MLP_POST),
                    trace_max(self, l, MLP_OUT),
                    trace_ratio(self, l, MLP_OUT), (int)best[BEST_ROW],
                    (int)dim);
    say_units(self, l, dim, units, n);
    return TRANSECT_OK;
}

static void say_change(const struct mlp_trace *self,
                       const struct mlp_trace *baseline)
{
    double largest = 0;
    int32_t at = self->chosen[0];

    for (size_t i = 0; i < self->n_chosen; i++) {
        int32_t l = self->chosen[i];
        double before = trace_max(baseline, l, MLP_OUT);
        double change = 100 * (trace_max(self, l, MLP_OUT) - before) / before;

        if (fabs(change) > fabs(largest)) {
            largest = change;
            at = l;
        }
    }
    self->host->say(self->ctx,
                    "max of mlp_out against baseline: largest change "
                    "%+.2f %% in layer %d (%.4g -> %.4g)", largest, (int)at,
                    trace_max(baseline, at, MLP_OUT),
                    trace_max(self, at, MLP_OUT));
}

int findings_say(const struct mlp_trace *self,
                 const struct mlp_trace *baseline)
{
    if (say_largest(self))
        return TRANSECT_FAILED;
    if (baseline)
        say_change(self, baseline);
    return TRANSECT_OK;
}
