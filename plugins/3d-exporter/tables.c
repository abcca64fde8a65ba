/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tables.c - the numbers of 3d-exporter, and what it finds in them. */
#include "surface.h"

#include <transect/kit/columns.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

void tables_write_site(const struct surface *self, const struct site *site)
{
    static const struct transect_described columns[] = {
        {"pos", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the position, from 0"},
        {"token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "", "the token there"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"magnitude", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the absolute value of the activation"},
    };
    const struct transect_host *host = self->host;
    transect_table *table;
    char name[64];

    site_name(site, "surface", name, sizeof name);
    table = transect_table_described(self->ctx, host, name, columns, 4);
    for (size_t t = 0; t < self->n_rows; t++)
        for (size_t i = 0; i < self->n_shown; i++) {
            host->put_int(table, self->first + (int64_t)t);
            host->put_text(table, surface_label(self, t));
            host->put_int(table, surface_dim(self, site->shown[i]));
            host->put_real(table, surface_at(self, site, site, t, i));
        }
}

/* Where the largest of something lies. */
struct found {
    double value;
    size_t site, row, column;
};

static double value_at(const struct surface *self, const struct found *at)
{
    return (double)self->sites[at->site]
        .magnitude[at->row * self->n_cols + at->column];
}

static double change_at(const struct surface *self,
                        const struct surface *baseline,
                        const struct found *at)
{
    return value_at(self, at) - value_at(baseline, at);
}

/* The largest magnitude, or change, of all that is kept: where dims are
 * chosen by the baseline, this may be in one that is not shown. */
static struct found find_largest(const struct surface *self,
                                 const struct surface *baseline)
{
    struct found best = {0}, at = {0};

    for (at.site = 0; at.site < self->n_sites; at.site++)
        for (at.row = 0; at.row < self->n_rows; at.row++)
            for (at.column = 0; at.column < self->n_cols; at.column++) {
                at.value = baseline ? change_at(self, baseline, &at)
                                    : value_at(self, &at);
                if (fabs(at.value) > fabs(best.value))
                    best = at;
            }
    return best;
}

/* "resid_post of layer 2, position 0 ("Summer"), dim 447" */
static void describe(const struct surface *self, const struct found *at,
                     char *to, size_t size)
{
    const struct site *site = &self->sites[at->site];
    char title[64];

    site_title(site, title, sizeof title);
    snprintf(to, size, "%s, position %d (%.100s), dim %d%s", title,
             (int)self->first + (int)at->row, surface_label(self, at->row),
             (int)surface_dim(self, at->column),
             site_shows(self, site, at->column)
                 ? "" : ", which is not among the dims shown");
}

void tables_say(const struct surface *self, const struct surface *baseline)
{
    const struct transect_host *host = self->host;
    struct found best = find_largest(self, NULL);
    char place[320];

    describe(self, &best, place, sizeof place);
    host->say(self->ctx, "largest magnitude %.5g: %s", best.value, place);
    if (!baseline)
        return;
    best = find_largest(self, baseline);
    describe(self, &best, place, sizeof place);
    if (best.value == 0)
        host->say(self->ctx, "no magnitude is changed against baseline");
    else
        host->say(self->ctx, "largest change against baseline %+.5g (%.5g "
                             "-> %.5g): %s", best.value,
                  value_at(baseline, &best), value_at(self, &best), place);
}

/* The change of each shown dim, over all positions. */
static void put_dim(const struct surface *self, const struct surface *first,
                    size_t i_site, size_t i, transect_table *table)
{
    const struct transect_host *host = first->host;
    const struct site *site = &first->sites[i_site];
    struct found at = {.site = i_site, .column = site->shown[i]};
    struct found best = at;
    double total = 0;

    for (at.row = 0; at.row < first->n_rows; at.row++) {
        at.value = change_at(self, first, &at);
        total += fabs(at.value);
        if (fabs(at.value) > fabs(best.value))
            best = at;
    }
    host->put_text(table, point_title(site->point));
    host->put_int(table, site->layer);
    host->put_int(table, surface_dim(first, at.column));
    host->put_real(table, total);
    host->put_real(table, best.value);
    host->put_int(table, first->first + (int64_t)best.row);
    host->put_text(table, surface_label(first, best.row));
}

int tables_compare(void *const *states, const char *const *names, size_t n)
{
    static const struct transect_described columns[] = {
        {"variant", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "",
         "the variant that the row is of"},
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "", "the hook point"},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "",
         "the layer, from 0; -1 where there is none"},
        {"dim", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the dim, from 0"},
        {"total_change", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the absolute changes of the magnitude, summed over positions"},
        {"largest_change", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "",
         "the change of the magnitude where it is largest"},
        {"largest_pos", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the position of that change"},
        {"largest_token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "the token there"},
    };
    const struct surface *first = states[0];
    transect_table *table;

    /* Without a baseline each variant shows dims of its own. */
    if (strcmp(names[0], "baseline") != 0)
        return TRANSECT_OK;
    table = transect_table_described(first->ctx, first->host, "change",
                                     columns, 8);
    for (size_t v = 1; v < n; v++)
        for (size_t s = 0; s < first->n_sites; s++)
            for (size_t i = 0; i < first->n_shown; i++) {
                first->host->put_text(table, names[v]);
                put_dim(states[v], first, s, i, table);
            }
    return TRANSECT_OK;
}
