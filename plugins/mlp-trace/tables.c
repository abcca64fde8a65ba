/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the magnitudes that mlp-trace writes, and its findings. */
#include "mlp-trace.h"

#include <math.h>

void checkpoints_write(const struct mlp_trace *self)
{
    static const struct transect_column columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
        {"max", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"median", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"ratio", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"max_unit", TRANSECT_COL_INT, TRANSECT_COL_INFO},
        {"max_pos", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    };
    const struct transect_host *host = self->host;
    transect_table *table = host->table(self->ctx, "checkpoints", columns, 7);

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
            host->put_int(table, self->layers[l].at[at].best.col);
            host->put_int(table, self->layers[l].at[at].best.row);
        }
}

/* The layer whose MLP writes the largest value for its median; -1 if no
 * MLP writes anything. */
static int32_t largest_for_its_median(const struct mlp_trace *self)
{
    int32_t best = -1;

    for (size_t i = 0; i < self->n_chosen; i++) {
        int32_t l = self->chosen[i];

        if (self->layers[l].at[MLP_OUT].best.magnitude > 0 &&
            (best < 0 || trace_ratio(self, l, MLP_OUT) >
                             trace_ratio(self, best, MLP_OUT)))
            best = l;
    }
    return best;
}

/* The unit that writes most of the largest value. */
static void say_unit(const struct mlp_trace *self, int32_t dim,
                     const struct unit *units, int n)
{
    int most = 0;

    for (int i = 1; i < n; i++)
        if (fabs(units[i].share) > fabs(units[most].share))
            most = i;
    if (n > 0)
        self->host->say(self->ctx,
                        "of the %d strongest units into dim %d, unit %d "
                        "writes most of that value: %.4g, or %.1f %%", n,
                        (int)dim, (int)units[most].unit, units[most].peak,
                        100 * units[most].share);
}

static int say_largest(const struct mlp_trace *self)
{
    int32_t l = largest_for_its_median(self);
    struct unit units[MAX_UNITS];
    const struct top *top;
    int n;

    if (l < 0) {
        self->host->say(self->ctx, "every MLP's output is zero");
        return TRANSECT_OK;
    }
    top = &self->layers[l].at[MLP_OUT].best;
    n = units_strongest(self, l, (int32_t)top->col, units);
    if (n < 0)
        return TRANSECT_FAILED;
    self->host->say(self->ctx,
                    "largest output of an MLP for its layer: layer %d, max "
                    "%.4g in mlp_post and %.4g = %.4g x median in mlp_out, "
                    "at position %d, dim %d",
                    (int)l, trace_max(self, l, MLP_POST),
                    trace_max(self, l, MLP_OUT),
                    trace_ratio(self, l, MLP_OUT), (int)top->row,
                    (int)top->col);
    say_unit(self, (int32_t)top->col, units, n);
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
